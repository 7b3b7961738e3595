//! Sources: where items come from, and when to look there.

pub(crate) mod entity;
mod pattern;
mod schedule;
mod service;

pub(crate) use pattern::Pattern;
pub(crate) use schedule::Schedule;
pub use service::{NewSource, Source, SourceTest, Sources};
pub(crate) use service::{filling, open_location};

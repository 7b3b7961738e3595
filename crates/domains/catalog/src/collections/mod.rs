//! Collections as data: definitions, their rules, and the generations that serve them.

mod compiled;
mod definition;
pub(crate) mod entity;
mod live;
mod reindex;
mod service;
mod template;

pub(crate) use compiled::Compiled;
pub use definition::{Definition, Embed, Field, Fields};
pub use live::Stamp;
pub(crate) use live::{Gate, Gates, Live, LiveCache, Target};
pub use service::{Collection, CollectionState, Collections, PutOutcome};
pub(crate) use service::{number_of, to_json};

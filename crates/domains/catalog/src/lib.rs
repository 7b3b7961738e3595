//! The catalog: collections as data, items, sources, crawling, ingest and search.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod collections;
mod error;
mod items;

pub use collections::{Definition, Embed, Field, Fields};
pub use error::{CatalogError, CatalogResult};
pub use items::{Refusal, RefusalCode};

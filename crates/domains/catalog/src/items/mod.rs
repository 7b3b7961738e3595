//! Items: typed, hashed, written to every generation that needs them, read back.

pub(crate) mod prepare;
pub(crate) mod refusal;
mod service;
pub(crate) mod typing;
pub(crate) mod write;

pub use refusal::{Refusal, RefusalCode};
pub use service::{Item, ItemQuery, Items, RefusedItem, UpsertReport};

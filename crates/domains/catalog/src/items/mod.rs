//! Items: typed, hashed, written to every generation that needs them, read back.

pub(crate) mod prepare;
pub(crate) mod refusal;
pub(crate) mod typing;

pub use refusal::{Refusal, RefusalCode};

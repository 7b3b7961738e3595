//! Collections as data: definitions, their rules, and the generations that serve them.

mod compiled;
mod definition;
mod template;

pub(crate) use compiled::Compiled;
pub use definition::{Definition, Embed, Field, Fields};

//! What is done with users.

pub(crate) mod change;
mod delete;
mod directory;
pub(crate) mod register;
pub(crate) mod role;

pub use register::NewUser;

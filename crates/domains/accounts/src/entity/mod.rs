//! The tables' rows.

pub(crate) mod api_key;
pub(crate) mod password;
pub(crate) mod session;
pub(crate) mod setup;
pub mod user;

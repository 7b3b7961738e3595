//! The tables of this domain. Instants are milliseconds since 1970, so that every database orders them alike.

pub(crate) mod log;
pub(crate) mod run;

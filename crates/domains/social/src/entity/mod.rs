//! The tables of this domain. Instants are milliseconds since 1970, so that every database orders them alike.

pub(crate) mod audit;
pub(crate) mod block;
pub(crate) mod change;
pub(crate) mod follow;
pub(crate) mod like;
pub(crate) mod mute;
pub(crate) mod prompt;
pub(crate) mod report;

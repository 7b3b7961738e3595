//! The real router over real embedded parts in a folder that is removed afterwards. The modules mirror the address tree.
#![allow(clippy::unwrap_used, clippy::panic)]

mod accounts;
mod compat;
mod guarded;
mod hostile;
mod matrix;
mod openapi;
mod ops;
mod page;
mod problems;
mod support;
mod v1;

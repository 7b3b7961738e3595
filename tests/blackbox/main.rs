//! Black-box tests: the built binary, driven as people drive it, over HTTP and the command line.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod alone;
mod backup;
mod kill;
mod people;
mod questions;
mod refusals;
mod support;
mod wrong;

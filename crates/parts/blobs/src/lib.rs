//! The blobs part: objects by path, with `object_store`'s contract.
//!
//! | URL | meaning |
//! |---|---|
//! | `file:` | the folder `blobs` in the data folder |
//! | `file:PATH` | that folder; as a source also a single file |
//! | `s3://bucket/prefix` | a bucket of AWS or of a server that speaks its protocol |
//!
//! Options of `s3:` are `region`, `endpoint` (with its `http://` or `https://`), `allow_http`, `virtual_host` (both
//! `true` or `false`) and `anonymous`. The credentials are the URL's user name and password, else the environment's
//! `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` (and the other `AWS_…` variables), else the machine's own role.
//! TLS needs a rustls provider, which the binary installs before it opens anything.

#![cfg_attr(any(test, feature = "suite"), allow(clippy::unwrap_used, clippy::panic))]

mod blobs;
mod error;
mod local;
mod open;
mod snapshot;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
mod walk;
mod writer;

pub use blobs::{Blobs, path};
pub use object_store::path::Path;
pub use object_store::{ObjectMeta, ObjectStore};
pub use snapshot::Summary;
pub use writer::Writer;

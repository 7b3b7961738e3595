//! Ingest: files become items, row by row, each exactly once.
//!
//! A file waits as a message in the broker and as a row of `source_files`. A worker takes the message, streams the
//! file, and writes down how far it came after each commit of the index; the message is acknowledged last. Killed
//! anywhere, the file is taken up again where it stopped; what was committed but not yet written down is written once
//! more under the same ids, which changes nothing.

mod checkpoint;
mod dead;
pub(crate) mod files;
mod format;
mod guard;
mod imports;
mod message;
mod open;
mod pipeline;
mod readers;
mod rejections;
mod retry;
mod sweep;
mod worker;

pub use dead::{DeadLetter, DeadLetters};
pub(crate) use files::{forget_collection, forget_source};
pub use format::Format;
pub(crate) use imports::etag_of;
pub use imports::{Imports, ReadAs};
pub use rejections::{Rejection, RejectionQuery, Rejections};

/// The topic on which files wait.
pub(crate) const TOPIC: &str = "catalejo.files";
/// The group of workers that share it.
pub(crate) const GROUP: &str = "ingest";
/// The location of files that were handed over and lie among our own blobs.
pub(crate) const UPLOADS: &str = "uploads:";

//! Backups: a folder that holds a consistent copy of every embedded part and a manifest that proves it.
//!
//! The order of the copies is the order in which work flows, so that what one part says of another is there: uploads,
//! queue, store, index, and once more the uploads that came meanwhile. What the queue copy repeats is harmless, because
//! items are upserted by id.

mod create;
mod files;
mod manifest;
mod restore;
#[cfg(test)]
mod tests;
mod verify;

pub use create::Backup;
pub use manifest::Manifest;
pub use restore::restore;
pub use verify::verify;

/// The parts' places, the same in a backup and in a data folder.
const STORE: &str = "store/catalejo.sqlite";
const BROKER: &str = "broker/broker.sqlite";
const INDEX: &str = "index";
const BLOBS: &str = "blobs";
const MODEL: &str = "model.json";
const MANIFEST: &str = "manifest.json";

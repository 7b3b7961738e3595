//! The index port: items, whole, found by meaning, by words and by filter.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod embedded;
mod filter;
mod metered;
mod open;
pub mod suite;

mod types;

use std::fmt::Debug;
use std::path::Path;

use async_trait::async_trait;
use catalejo_port::PortResult;

pub use filter::{Comparison, Filter, FilterError, Value};
pub use metered::Metered;
pub use open::open;
pub use types::{
    Answer, Document, Facet, FacetRequest, FieldSpec, FieldType, Hit, IndexInfo, Schema, Search, Signal,
    TextQuery, Total, VectorSpec,
};

/// Holds the items of every collection, whole: source document, vector and content hash.
///
/// An *index* is one physical generation of a collection, e.g. `songs-3`. An *alias* (`songs`) points at one index;
/// every call takes either name. Names are `[a-z0-9_-]{1,80}`; aliases and indexes share one name space.
///
/// # Contract
/// - **Upsert and delete** are idempotent by id and take effect at the next `flush`, in the order they were given.
///   A batch is visible whole or not at all. Between call and flush a crash loses them; after the flush nothing does.
///   Batches that would not fit the backend's write buffer wait; memory stays bounded.
/// - **Flush** returns when all earlier calls are durable and visible to every search that starts afterwards.
///   Flushes that come close together share one commit. It answers the index's version, which each commit that
///   changed something raises. The version seen through an alias never falls, and rises when the alias moves to
///   other documents: alias and version together name one state of the documents.
/// - **Search** applies the filter and the excluded ids inside: when `k` items match, `k` are found (approximate
///   vector search may miss near neighbours, never the count). `exact` gives the true neighbours.
/// - **Typing mistakes** in words that few documents hold are forgiven: one from four letters on, two from eight on
///   when the first letter is right. Swapped neighbours are one mistake. A word of four letters that occurs at all is
///   taken as spelt right.
/// - **Fusion** of text and vector is reciprocal rank fusion with constant 60.
/// - **Ties** are broken by id, so that paging is stable while nothing changes.
/// - A missing index is `NotFound`; a vector of the wrong length, a filter on an unknown field or a document whose
///   field has the wrong type is `Invalid` and changes nothing of its batch.
/// - **Snapshot** is a consistent copy while reads and writes go on.
#[async_trait]
pub trait Index: Debug + Send + Sync {
    /// Creates an empty index; the same again with an equal schema is no error, with another one `AlreadyExists`.
    async fn create(&self, name: &str, schema: &Schema) -> PortResult<()>;

    /// Removes an index and its data; a missing one is no error. An index that an alias points at is `Conflict`.
    async fn remove(&self, name: &str) -> PortResult<()>;

    /// Points `alias` at the index `name`, atomically; answers the index it pointed at before.
    async fn point(&self, alias: &str, name: &str) -> PortResult<Option<String>>;

    /// Removes an alias (not the index behind it); a missing one is no error.
    async fn unpoint(&self, alias: &str) -> PortResult<()>;

    /// All indexes, by name, with the aliases that point at them.
    async fn list(&self) -> PortResult<Vec<IndexInfo>>;

    /// One index, by its name or an alias.
    async fn info(&self, name: &str) -> PortResult<IndexInfo>;

    /// The version of an index, by its name or an alias, as `info` gives it; cheap enough for every request.
    async fn version(&self, name: &str) -> PortResult<u64>;

    /// Adds or replaces documents by id. Of equal ids in one batch the last wins.
    async fn upsert(&self, name: &str, documents: Vec<Document>) -> PortResult<()>;

    /// Removes documents by id; missing ones are no error.
    async fn delete(&self, name: &str, ids: &[String]) -> PortResult<()>;

    /// Makes all earlier writes durable and visible; answers the version.
    async fn flush(&self, name: &str) -> PortResult<u64>;

    /// Documents by id in the order asked, `None` where missing. `vectors` says whether to read them too.
    async fn get(&self, name: &str, ids: &[String], vectors: bool) -> PortResult<Vec<Option<Document>>>;

    /// The content hashes of flushed documents by id, `None` where missing: how ingest skips unchanged items.
    async fn hashes(&self, name: &str, ids: &[String]) -> PortResult<Vec<Option<u64>>>;

    /// Documents in id order after the id `after`, at most `limit`, optionally filtered: listing, export, re-indexing.
    async fn scan(
        &self,
        name: &str,
        after: Option<&str>,
        limit: usize,
        filter: Option<&Filter>,
        vectors: bool,
    ) -> PortResult<Vec<Document>>;

    /// Finds documents.
    async fn search(&self, name: &str, search: &Search) -> PortResult<Answer>;

    /// Copies everything into the empty folder `to`, consistently, while running.
    async fn snapshot(&self, to: &Path) -> PortResult<()>;

    /// Whether the backend answers, for readiness and `check`.
    async fn ping(&self) -> PortResult<()>;
}

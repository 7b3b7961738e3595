use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use catalejo_port::{PortResult, observe};
use metrics::counter;

use crate::{Answer, Document, Filter, Index, IndexInfo, Schema, Search};

/// An index that counts what is asked of another.
///
/// `catalejo_index_operations_total{operation, outcome}` counts calls, with `ok` or the error's kind;
/// `catalejo_index_seconds{operation}` is how long they took; `catalejo_index_documents_total{operation}`
/// counts the documents given to `upsert` and `delete`.
#[derive(Debug, Clone)]
pub struct Metered {
    inner: Arc<dyn Index>,
}

impl Metered {
    /// Counts the calls to `inner`.
    pub fn new(inner: Arc<dyn Index>) -> Self {
        Self { inner }
    }
}

fn count_documents(operation: &'static str, documents: usize) {
    counter!("catalejo_index_documents_total", "operation" => operation).increment(documents as u64);
}

#[async_trait]
impl Index for Metered {
    async fn create(&self, name: &str, schema: &Schema) -> PortResult<()> {
        observe("index", "create", self.inner.create(name, schema)).await
    }

    async fn remove(&self, name: &str) -> PortResult<()> {
        observe("index", "remove", self.inner.remove(name)).await
    }

    async fn point(&self, alias: &str, name: &str) -> PortResult<Option<String>> {
        observe("index", "point", self.inner.point(alias, name)).await
    }

    async fn unpoint(&self, alias: &str) -> PortResult<()> {
        observe("index", "unpoint", self.inner.unpoint(alias)).await
    }

    async fn list(&self) -> PortResult<Vec<IndexInfo>> {
        observe("index", "list", self.inner.list()).await
    }

    async fn info(&self, name: &str) -> PortResult<IndexInfo> {
        observe("index", "info", self.inner.info(name)).await
    }

    async fn version(&self, name: &str) -> PortResult<u64> {
        observe("index", "version", self.inner.version(name)).await
    }

    async fn upsert(&self, name: &str, documents: Vec<Document>) -> PortResult<()> {
        count_documents("upsert", documents.len());
        observe("index", "upsert", self.inner.upsert(name, documents)).await
    }

    async fn delete(&self, name: &str, ids: &[String]) -> PortResult<()> {
        count_documents("delete", ids.len());
        observe("index", "delete", self.inner.delete(name, ids)).await
    }

    async fn flush(&self, name: &str) -> PortResult<u64> {
        observe("index", "flush", self.inner.flush(name)).await
    }

    async fn get(&self, name: &str, ids: &[String], vectors: bool) -> PortResult<Vec<Option<Document>>> {
        observe("index", "get", self.inner.get(name, ids, vectors)).await
    }

    async fn hashes(&self, name: &str, ids: &[String]) -> PortResult<Vec<Option<u64>>> {
        observe("index", "hashes", self.inner.hashes(name, ids)).await
    }

    async fn scan(
        &self,
        name: &str,
        after: Option<&str>,
        limit: usize,
        filter: Option<&Filter>,
        vectors: bool,
    ) -> PortResult<Vec<Document>> {
        observe("index", "scan", self.inner.scan(name, after, limit, filter, vectors)).await
    }

    async fn search(&self, name: &str, search: &Search) -> PortResult<Answer> {
        observe("index", "search", self.inner.search(name, search)).await
    }

    async fn snapshot(&self, to: &Path) -> PortResult<()> {
        observe("index", "snapshot", self.inner.snapshot(to)).await
    }

    async fn ping(&self) -> PortResult<()> {
        observe("index", "ping", self.inner.ping()).await
    }
}

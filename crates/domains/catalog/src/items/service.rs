use std::collections::HashSet;
use std::sync::Arc;

use catalejo_encoder::Lane;
use catalejo_index::Filter;
use catalejo_runs::Page;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::refusal::{Refusal, RefusalCode};
use super::write::{Outcome, id_hash};
use crate::catalog::Core;
use crate::page::{from_cursor, page_size, to_cursor};
use crate::search::{SearchAnswer, SimilarRequest};
use crate::{CatalogError, CatalogResult};

/// Items in one call of [`Items::upsert`] or [`Items::delete`].
const BATCH: usize = 1000;

/// Writes, reads and deletes items one call at a time; files go through sources and imports.
#[derive(Clone)]
pub struct Items {
    pub(crate) core: Arc<Core>,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Its id within the collection.
    pub id: String,
    /// Its fields, defaults applied.
    pub item: Map<String, Json>,
    /// Its vector, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<Vec<f32>>,
}

/// What [`Items::upsert`] did. What it did not refuse is durable and visible.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct UpsertReport {
    /// Items that were not there.
    pub new: u64,
    /// Items that were there with another content.
    pub changed: u64,
    /// Items that were there just so.
    pub unchanged: u64,
    /// Items that were refused.
    pub refused: Vec<RefusedItem>,
    /// The collection's version afterwards.
    pub version: u64,
}

/// One refused item of a call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RefusedItem {
    /// Its place in the call, counted from 0.
    pub position: usize,
    /// Why.
    #[serde(flatten)]
    pub refusal: Refusal,
}

/// Which items to list, in the order of their ids.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct ItemQuery {
    /// Only items that pass.
    pub filter: Option<String>,
    /// Where the previous page ended.
    pub cursor: Option<String>,
    /// Items on a page: 1 to 1,000, 50 when zero.
    pub limit: usize,
    /// Whether to show the vectors too.
    pub vectors: bool,
}

impl Items {
    /// Adds or replaces up to 1,000 items. Each is judged on its own; a later one with the id of an earlier one is
    /// refused. Returns when what was accepted is durable and visible.
    pub async fn upsert(
        &self,
        collection: &str,
        items: Vec<Map<String, Json>>,
    ) -> CatalogResult<UpsertReport> {
        if items.len() > BATCH {
            return Err(CatalogError::request(
                "items",
                format!("at most {BATCH} in one call; import larger files"),
            ));
        }
        let core = &self.core;
        let live = core.live(collection).await?;
        let mut report = UpsertReport::default();
        let (mut kept, mut typed, mut positions) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for (position, item) in items.into_iter().enumerate() {
            match live.wanted().prepare(&item) {
                Ok(prepared) if !seen.insert(id_hash(&prepared.id)) => {
                    let refusal =
                        Refusal::new(RefusalCode::DuplicateId, "an earlier item of the call has this id");
                    report.refused.push(RefusedItem { position, refusal: refusal.id(&prepared.id) });
                }
                Ok(prepared) => {
                    kept.push(item);
                    typed.push(prepared);
                    positions.push(position);
                }
                Err(refusal) => report.refused.push(RefusedItem { position, refusal }),
            }
        }
        let mut batch = core.plan(live, kept, typed).await?;
        core.encode(&mut batch, Lane::Bulk).await?;
        let written = core.write(&mut batch, Lane::Bulk).await?;
        core.flush(collection, &written).await?;
        for (position, outcome) in positions.into_iter().zip(batch.outcomes) {
            match outcome {
                Outcome::New => report.new += 1,
                Outcome::Changed => report.changed += 1,
                Outcome::Unchanged => report.unchanged += 1,
                Outcome::Refused(refusal) => report.refused.push(RefusedItem { position, refusal }),
            }
        }
        report.refused.sort_by_key(|refused| refused.position);
        report.version = core.parts.index.version(collection).await?;
        Ok(report)
    }

    /// One item.
    pub async fn get(&self, collection: &str, id: &str) -> CatalogResult<Item> {
        self.core.live(collection).await?;
        let mut found = self.core.parts.index.get(collection, &[id.to_owned()], false).await?;
        match found.pop().flatten() {
            Some(document) => Ok(Item { id: document.id, item: document.source, vector: None }),
            None => Err(CatalogError::UnknownItem { collection: collection.to_owned(), id: id.to_owned() }),
        }
    }

    /// Items in the order of their ids.
    pub async fn list(&self, collection: &str, query: &ItemQuery) -> CatalogResult<Page<Item>> {
        let live = self.core.live(collection).await?;
        let filter = self.core.filter(&live, query.filter.as_deref())?;
        let after = query.cursor.as_deref().map(from_cursor).transpose()?;
        let limit = page_size(query.limit, 1000);
        let mut documents = self
            .core
            .parts
            .index
            .scan(collection, after.as_deref(), limit + 1, filter.as_ref(), query.vectors)
            .await?;
        let more = documents.len() > limit;
        documents.truncate(limit);
        let next_cursor = documents.last().filter(|_| more).map(|document| to_cursor(&document.id));
        let items = documents
            .into_iter()
            .map(|document| Item { id: document.id, item: document.source, vector: document.vector })
            .collect();
        Ok(Page { items, next_cursor })
    }

    /// Deletes up to 1,000 items; ids without an item are no error. Answers how many there were.
    pub async fn delete(&self, collection: &str, ids: &[String]) -> CatalogResult<u64> {
        if ids.len() > BATCH {
            return Err(CatalogError::request("ids", format!("at most {BATCH} in one call")));
        }
        let core = &self.core;
        core.live(collection).await?;
        let held = core.parts.index.hashes(collection, ids).await?;
        let written = core.remove(collection, ids).await?;
        core.flush(collection, &written).await?;
        Ok(held.into_iter().flatten().count() as u64)
    }

    /// The items nearest to one item, itself left out.
    pub async fn similar(
        &self,
        collection: &str,
        id: &str,
        request: &SimilarRequest,
    ) -> CatalogResult<SearchAnswer> {
        self.core.similar(collection, id, request).await
    }
}

impl Core {
    /// Reads and checks a filter against the generation that serves.
    pub(crate) fn filter(
        &self,
        live: &crate::collections::Live,
        text: Option<&str>,
    ) -> CatalogResult<Option<Filter>> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        let filter = Filter::parse(text)?;
        let schema = live.serving.compiled.schema(None);
        filter
            .check(&schema)
            .map_err(|error| CatalogError::InvalidFilter { at: None, reason: error.message().to_owned() })?;
        Ok(Some(filter))
    }
}

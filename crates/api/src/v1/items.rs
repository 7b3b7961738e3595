//! `/v1/collections/{collection}/items`: single items, read and written.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catalejo_catalog::{Item, ItemQuery, UpsertReport};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::cursor;
use crate::extract::{Path, Query};
use crate::problem::{Code, Problem, Result};
use crate::v1::{Desk, List};

/// One item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Item)]
pub struct ItemView {
    /// Its id within the collection.
    pub id: String,
    /// Its fields, defaults applied.
    #[schema(value_type = Object)]
    pub item: Map<String, Value>,
    /// Its vector, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<Vec<f32>>,
}

impl From<Item> for ItemView {
    fn from(Item { id, item, vector }: Item) -> Self {
        Self { id, item, vector }
    }
}

/// Which items to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ItemFilter {
    /// Only items that pass, e.g. `danceability > 0.8`.
    filter: Option<String>,
    /// Whether to show the vectors too.
    #[serde(default)]
    vectors: bool,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of this page; 50 when left out.
    limit: Option<usize>,
}

/// Items to add or replace.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemBatch {
    /// Up to 1,000 items, each with its id field.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Map<String, Value>>,
}

/// What became of the items of a call. What was not refused is durable and visible.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UpsertReport)]
pub struct UpsertView {
    /// Items that were not there.
    pub new: u64,
    /// Items that were there with another content.
    pub changed: u64,
    /// Items that were there just so.
    pub unchanged: u64,
    /// Items that were refused.
    pub refused: Vec<RefusedView>,
    /// The collection's version afterwards.
    pub version: u64,
}

/// One refused item.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedView {
    /// Its place in the call, from 0.
    pub position: usize,
    /// Its id, where it was read.
    pub id: Option<String>,
    /// What kind of wrong.
    pub code: String,
    /// The field at fault, where there is one.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl From<UpsertReport> for UpsertView {
    fn from(report: UpsertReport) -> Self {
        let refused = report.refused.into_iter().map(|refused| RefusedView {
            position: refused.position,
            id: refused.refusal.id,
            code: refused.refusal.code.as_str().to_owned(),
            field: refused.refusal.field,
            message: refused.refusal.message,
        });
        Self {
            new: report.new,
            changed: report.changed,
            unchanged: report.unchanged,
            refused: refused.collect(),
            version: report.version,
        }
    }
}

/// List items.
///
/// Lists items in the order of their ids.
#[utoipa::path(get, path = "/v1/collections/{collection}/items", tag = "collections", params(("collection" = String, Path, description = "Its name."), ItemFilter),
    responses((status = 200, description = "A page of items.", body = List<ItemView>)))]
pub async fn list(
    State(desk): State<Desk>,
    Path(collection): Path<String>,
    Query(filter): Query<ItemFilter>,
) -> Result<Json<List<ItemView>>> {
    let limit = cursor::limit(filter.limit, desk.limits.page)?;
    let query = ItemQuery { filter: filter.filter, cursor: filter.cursor, limit, vectors: filter.vectors };
    Ok(Json(List::from(desk.catalog.items().list(&collection, &query).await?)))
}

/// Add or replace items.
///
/// Adds or replaces items by id. Each is judged on its own; the answer comes when what was accepted is durable.
#[utoipa::path(post, path = "/v1/collections/{collection}/items", tag = "collections", params(("collection" = String, Path, description = "Its name.")), request_body = ItemBatch,
    responses((status = 200, description = "What became of them.", body = UpsertView)))]
pub async fn upsert(
    State(desk): State<Desk>,
    Path(collection): Path<String>,
    crate::extract::Json(batch): crate::extract::Json<ItemBatch>,
) -> Result<Json<UpsertView>> {
    Ok(Json(desk.catalog.items().upsert(&collection, batch.items).await?.into()))
}

/// Show an item.
///
/// Shows one item.
#[utoipa::path(get, path = "/v1/collections/{collection}/items/{id}", tag = "collections", params(("collection" = String, Path, description = "Its name."), ("id" = String, Path, description = "The item's id.")),
    responses((status = 200, description = "The item.", body = ItemView)))]
pub async fn show(
    State(desk): State<Desk>,
    Path((collection, id)): Path<(String, String)>,
) -> Result<Json<ItemView>> {
    Ok(Json(desk.catalog.items().get(&collection, &id).await?.into()))
}

/// Add or replace an item.
///
/// Adds or replaces one item.
#[utoipa::path(put, path = "/v1/collections/{collection}/items/{id}", tag = "collections", params(("collection" = String, Path, description = "Its name."), ("id" = String, Path, description = "The item's id.")),
    request_body(content = Object, description = "The item's fields; the id field may be left out."),
    responses((status = 200, description = "It was there and is now so.", body = ItemView),
        (status = 201, description = "It is new.", body = ItemView)))]
pub async fn put(
    State(desk): State<Desk>,
    Path((collection, id)): Path<(String, String)>,
    crate::extract::Json(mut item): crate::extract::Json<Map<String, Value>>,
) -> Result<Response> {
    let name = desk.catalog.collections().get(&collection).await?.definition.id;
    let said = item.entry(name.clone()).or_insert_with(|| id.clone().into());
    let word = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
    if word != id {
        return Err(Problem::invalid(format!("{name}: the item says {said}, the address says {id:?}")));
    }
    let report = desk.catalog.items().upsert(&collection, vec![item]).await?;
    if let Some(refused) = report.refused.into_iter().next() {
        return Err(Problem::new(Code::InvalidRequest, refused.refusal.message));
    }
    let status = if report.new == 1 { StatusCode::CREATED } else { StatusCode::OK };
    let item: ItemView = desk.catalog.items().get(&collection, &id).await?.into();
    Ok((status, Json(item)).into_response())
}

/// Remove an item.
///
/// Removes one item.
#[utoipa::path(delete, path = "/v1/collections/{collection}/items/{id}", tag = "collections", params(("collection" = String, Path, description = "Its name."), ("id" = String, Path, description = "The item's id.")),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(
    State(desk): State<Desk>,
    Path((collection, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    match desk.catalog.items().delete(&collection, std::slice::from_ref(&id)).await? {
        0 => Err(Problem::not_found(format!("collection {collection:?} has no item with the id {id:?}"))),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

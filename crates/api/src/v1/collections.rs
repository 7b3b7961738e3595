//! `/v1/collections`: what the catalogue holds.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalejo_catalog::{CatalogError, Collection, Definition, PutOutcome};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::cursor::{Page, Paging};
use crate::extract::{self, Path, Query};
use crate::problem::{Code, Problem, Result};
use crate::v1::Desk;

/// A collection as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Collection)]
pub struct CollectionView {
    /// Its name.
    pub name: String,
    /// What people should know about it.
    pub description: Option<String>,
    /// How many items can be found.
    pub items: u64,
    /// Raised by every commit that changed something; never falls.
    pub version: u64,
    /// `ready`, or `reindexing` while a new generation is due or being filled and the old one serves.
    pub state: String,
    /// The number of the generation that serves.
    pub generation: i32,
    /// The model that fills its vectors: `name`, `fingerprint`, `dimensions`; null when it has none.
    #[schema(value_type = Option<Object>)]
    pub model: Option<Value>,
    /// Whether the binary brought it.
    pub built_in: bool,
    /// Its definition: `name`, `id`, `title`, `embed`, `fields`, as it can be put back.
    #[schema(value_type = Object)]
    pub definition: Definition,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its definition last changed.
    pub updated_at: DateTime<Utc>,
    /// The run that fills a new generation, when a change just asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

impl From<Collection> for CollectionView {
    fn from(collection: Collection) -> Self {
        let word = |value: serde_json::Result<Value>| value.unwrap_or_default();
        Self {
            name: collection.name,
            description: collection.definition.description.clone(),
            items: collection.items,
            version: collection.version,
            state: word(serde_json::to_value(collection.state)).as_str().unwrap_or_default().to_owned(),
            generation: collection.generation,
            model: collection.model.map(|model| word(serde_json::to_value(model))),
            built_in: collection.built_in,
            definition: collection.definition,
            created_at: collection.created_at,
            updated_at: collection.updated_at,
            run_id: None,
        }
    }
}

/// List collections.
///
/// Lists collections by name.
#[utoipa::path(get, path = "/v1/collections", tag = "collections", params(Paging),
    responses((status = 200, description = "A page of collections.", body = Page<CollectionView>)))]
pub async fn list(
    State(desk): State<Desk>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<CollectionView>>> {
    let (after, limit) = (paging.after()?, paging.limit(desk.limits.page)?);
    let all = desk.catalog.collections().list().await?.into_iter().map(CollectionView::from);
    Ok(Json(Page::of(all, after, limit, |collection| &collection.name)))
}

/// Show a collection.
///
/// Shows one collection with its definition.
#[utoipa::path(get, path = "/v1/collections/{collection}", tag = "collections", params(("collection" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The collection.", body = CollectionView)))]
pub async fn show(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Json<CollectionView>> {
    Ok(Json(desk.catalog.collections().get(&name).await?.into()))
}

/// Add a collection.
///
/// Adds a collection; one that exists already is left alone.
#[utoipa::path(post, path = "/v1/collections", tag = "collections", request_body(content((Object = "application/json"), (String = "application/toml")),
        description = "The definition, in JSON or TOML; `docs/collections.md` explains it."),
    responses((status = 201, description = "The new collection.", body = CollectionView),
        (status = 409, description = "It exists already.", body = crate::problem::ProblemBody, content_type = "application/problem+json")))]
pub async fn create(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let definition = read(&headers, &body)?;
    match desk.catalog.collections().get(&definition.name).await {
        Err(CatalogError::UnknownCollection(_)) => {}
        Ok(known) => {
            let detail = format!("the collection {:?} exists already; PUT changes it", known.name);
            return Err(Problem::new(Code::AlreadyExists, detail));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(answer(desk.catalog.collections().put(definition).await?))
}

/// Add or change a collection.
///
/// Adds a collection or changes its definition. A change that concerns the index fills a new generation in the
/// background (`run_id`); the old one serves until then.
#[utoipa::path(put, path = "/v1/collections/{collection}", tag = "collections", params(("collection" = String, Path, description = "Its name, the same as in the definition.")),
    request_body(content((Object = "application/json"), (String = "application/toml")),
        description = "The definition, in JSON or TOML."),
    responses((status = 200, description = "The changed collection.", body = CollectionView),
        (status = 201, description = "The new collection.", body = CollectionView)))]
pub async fn put(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let definition = read(&headers, &body)?;
    if definition.name != name {
        let detail = format!(
            "the definition is named {:?}, the address says {name:?}; a name cannot change",
            definition.name
        );
        return Err(Problem::invalid(detail));
    }
    Ok(answer(desk.catalog.collections().put(definition).await?))
}

/// Remove a collection.
///
/// Removes a collection with all its items. Sources that fill it must go first.
#[utoipa::path(delete, path = "/v1/collections/{collection}", tag = "collections", params(("collection" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(State(desk): State<Desk>, Path(name): Path<String>) -> Result<StatusCode> {
    desk.catalog.collections().delete(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Index anew.
///
/// Fills a new generation from the old one, for example to repair it.
#[utoipa::path(post, path = "/v1/collections/{collection}/reindex", tag = "collections", params(("collection" = String, Path, description = "Its name.")),
    responses((status = 202, description = "The run that does it.", body = super::Accepted)))]
pub async fn reindex(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Response> {
    Ok(super::accepted(desk.catalog.collections().reindex(&name).await?))
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Definition> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media.contains("toml") {
        let text = std::str::from_utf8(body).map_err(|_| Problem::invalid("the definition is not UTF-8"))?;
        return Ok(Definition::from_toml(text)?);
    }
    if media.is_empty() || media.contains("json") {
        return extract::parse(body);
    }
    Err(Problem::new(Code::UnsupportedMediaType, "a definition is application/json or application/toml"))
}

fn answer(outcome: PutOutcome) -> Response {
    let status = if outcome.created { StatusCode::CREATED } else { StatusCode::OK };
    let place = format!("/v1/collections/{}", outcome.collection.name);
    let view = CollectionView { run_id: outcome.run, ..outcome.collection.into() };
    (status, [(header::LOCATION, place)], Json(view)).into_response()
}

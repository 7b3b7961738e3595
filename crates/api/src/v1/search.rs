//! Finding items: `search` and `similar`.

use axum::Json;
use axum::extract::State;
use catalejo_catalog::{FacetAsk, Mode, SearchRequest, SimilarRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::SearchView;
use crate::cursor;
use crate::extract::{self, Path, Query};
use crate::problem::Result;
use crate::v1::Desk;

/// What is asked. Without `query` and `vector`: all items that pass the filter, by id.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SearchRequest)]
pub struct SearchBody {
    /// What to find, in your own words.
    pub query: Option<String>,
    /// Which signals look: `hybrid` (default), `vector`, `text`.
    #[serde(default)]
    #[schema(value_type = String, example = "hybrid")]
    pub mode: Mode,
    /// A vector to be near to, instead of the query's.
    pub vector: Option<Vec<f32>>,
    /// Only items that pass, e.g. `danceability > 0.8 AND artists = "X"`; `docs/filters.md` explains the language.
    pub filter: Option<String>,
    /// Fields to count by value over all items that match.
    #[serde(default)]
    pub facets: Vec<FacetBody>,
    /// Ids never to answer.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Hits to answer; 10 when left out.
    pub limit: Option<usize>,
    /// Hits to skip first; together with `limit` at most 10,000.
    #[serde(default)]
    pub offset: usize,
    /// True neighbours, whatever it costs.
    #[serde(default)]
    pub exact: bool,
    /// Fields of the items to answer; empty means all.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Whether to mark the words that matched; true when left out.
    pub highlight: Option<bool>,
}

/// A facet: the field alone, or with how many values to answer.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = FacetRequest)]
pub enum FacetBody {
    /// The ten most frequent values of the field.
    Field(String),
    /// That many of the most frequent values.
    Limited {
        /// A facetable field.
        field: String,
        /// From 1 to 1,000.
        limit: usize,
    },
}

/// What is asked of an item's neighbourhood.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SimilarFilter {
    /// Only items that pass.
    filter: Option<String>,
    /// Ids never to answer, beside the item itself, separated by commas.
    exclude: Option<String>,
    /// Hits to answer; 10 when left out.
    limit: Option<usize>,
    /// Hits to skip first.
    #[serde(default)]
    offset: usize,
    /// True neighbours, whatever it costs.
    #[serde(default)]
    exact: bool,
    /// Fields of the items to answer, separated by commas; left out means all.
    fields: Option<String>,
}

const HITS: usize = 10;

/// Find items.
///
/// Finds items by meaning, by words, or by both, always inside the filter. `why` says which signal found each hit.
#[utoipa::path(post, path = "/v1/collections/{collection}/search", tag = "search", params(("collection" = String, Path, description = "Its name.")), request_body = SearchBody,
    responses((status = 200, description = "Best first.", body = SearchView)))]
pub async fn search(
    State(desk): State<Desk>,
    Path(collection): Path<String>,
    extract::Json(body): extract::Json<SearchBody>,
) -> Result<Json<SearchView>> {
    let request = SearchRequest {
        query: body.query,
        mode: body.mode,
        vector: body.vector,
        filter: body.filter,
        facets: body.facets.into_iter().map(FacetAsk::from).collect(),
        exclude: body.exclude,
        limit: cursor::limit(body.limit.or(Some(HITS)), desk.limits.page)?,
        offset: body.offset,
        exact: body.exact,
        fields: body.fields,
        highlight: body.highlight.unwrap_or(true),
    };
    let answer = desk.catalog.search().search(&collection, request).await?;
    desk.count_cache(answer.cached);
    Ok(Json(answer.into()))
}

/// Find similar items.
///
/// Finds the items nearest to one item, itself left out.
#[utoipa::path(get, path = "/v1/collections/{collection}/items/{id}/similar", tag = "search", params(("collection" = String, Path, description = "Its name."), ("id" = String, Path, description = "The item's id."),
        SimilarFilter),
    responses((status = 200, description = "Nearest first.", body = SearchView)))]
pub async fn similar(
    State(desk): State<Desk>,
    Path((collection, id)): Path<(String, String)>,
    Query(filter): Query<SimilarFilter>,
) -> Result<Json<SearchView>> {
    let list = |text: Option<String>| {
        let text = text.unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let request = SimilarRequest {
        filter: filter.filter,
        exclude: list(filter.exclude),
        limit: cursor::limit(filter.limit.or(Some(HITS)), desk.limits.page)?,
        offset: filter.offset,
        exact: filter.exact,
        fields: list(filter.fields),
    };
    Ok(Json(desk.catalog.items().similar(&collection, &id, &request).await?.into()))
}

impl From<FacetBody> for FacetAsk {
    fn from(facet: FacetBody) -> Self {
        match facet {
            FacetBody::Field(field) => Self::Field(field),
            FacetBody::Limited { field, limit } => Self::Limited { field, limit },
        }
    }
}

use catalejo_index::FacetRequest;
use serde::{Deserialize, Serialize};

use crate::collections::Live;
use crate::{CatalogError, CatalogResult};

/// Hits in one answer.
const MOST_HITS: usize = 1000;
/// How far one may page.
const FARTHEST: usize = 10_000;

/// Which signals look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Meaning and words, fused.
    #[default]
    Hybrid,
    /// Meaning.
    Vector,
    /// Words.
    Text,
}

/// What is asked of a collection. Without query and vector: all items that pass the filter, by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchRequest {
    /// What to find, in words.
    pub query: Option<String>,
    /// Which signals look.
    pub mode: Mode,
    /// A vector to be near to, instead of the query's.
    pub vector: Option<Vec<f32>>,
    /// Only items that pass, e.g. `danceability > 0.8 AND artists = "X"`.
    pub filter: Option<String>,
    /// Fields to count over all items that match.
    pub facets: Vec<FacetAsk>,
    /// Ids never to answer.
    pub exclude: Vec<String>,
    /// Hits to answer: at most 1,000.
    pub limit: usize,
    /// Hits to skip first; `offset + limit` is at most 10,000.
    pub offset: usize,
    /// True neighbours, whatever it costs.
    pub exact: bool,
    /// Fields of the items to answer; empty means all.
    pub fields: Vec<String>,
    /// Whether to mark the words that matched.
    pub highlight: bool,
}

impl Default for SearchRequest {
    fn default() -> Self {
        Self {
            query: None,
            mode: Mode::Hybrid,
            vector: None,
            filter: None,
            facets: Vec::new(),
            exclude: Vec::new(),
            limit: 10,
            offset: 0,
            exact: false,
            fields: Vec::new(),
            highlight: true,
        }
    }
}

/// A facet: the field alone, or with the number of values to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FacetAsk {
    /// The ten most frequent values.
    Field(String),
    /// That many of the most frequent values.
    Limited {
        /// A facetable field.
        field: String,
        /// Values to answer: 1 to 1,000.
        limit: usize,
    },
}

/// What is asked of an item's neighbourhood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimilarRequest {
    /// Only items that pass.
    pub filter: Option<String>,
    /// Ids never to answer, beside the item itself.
    pub exclude: Vec<String>,
    /// Hits to answer: at most 1,000.
    pub limit: usize,
    /// Hits to skip first.
    pub offset: usize,
    /// True neighbours, whatever it costs.
    pub exact: bool,
    /// Fields of the items to answer; empty means all.
    pub fields: Vec<String>,
}

impl Default for SimilarRequest {
    fn default() -> Self {
        Self { filter: None, exclude: Vec::new(), limit: 10, offset: 0, exact: false, fields: Vec::new() }
    }
}

pub(crate) fn check_page(limit: usize, offset: usize) -> CatalogResult<()> {
    if limit > MOST_HITS {
        return Err(CatalogError::request("limit", format!("at most {MOST_HITS}")));
    }
    if offset.saturating_add(limit) > FARTHEST {
        return Err(CatalogError::request(
            "offset",
            format!("offset and limit together are at most {FARTHEST}"),
        ));
    }
    Ok(())
}

impl SearchRequest {
    /// The query, unless there is none to speak of.
    pub(crate) fn words(&self) -> Option<&str> {
        self.query.as_deref().filter(|query| !query.trim().is_empty())
    }

    pub(crate) fn check(&self) -> CatalogResult<()> {
        check_page(self.limit, self.offset)?;
        if self.query.as_ref().is_some_and(|query| query.len() > 100_000) {
            return Err(CatalogError::request("query", "at most 100,000 bytes"));
        }
        if self.mode == Mode::Text && self.vector.is_some() {
            return Err(CatalogError::request("vector", "the mode `text` looks at words only"));
        }
        let Some(vector) = &self.vector else { return Ok(()) };
        if vector.is_empty() || vector.iter().any(|x| !x.is_finite()) || vector.iter().all(|x| *x == 0.0) {
            return Err(CatalogError::request("vector", "a list of finite numbers that are not all zero"));
        }
        Ok(())
    }

    pub(crate) fn facet_requests(&self, live: &Live) -> CatalogResult<Vec<FacetRequest>> {
        let fields = &live.serving.compiled.definition.fields;
        let mut requests = Vec::with_capacity(self.facets.len());
        for (place, facet) in self.facets.iter().enumerate() {
            let (field, limit) = match facet {
                FacetAsk::Field(field) => (field, 10),
                FacetAsk::Limited { field, limit } => (field, *limit),
            };
            if !fields.get(field).is_some_and(|known| known.is_facetable()) {
                let reason = format!("{field:?} is no facetable field of the collection");
                return Err(CatalogError::request(format!("facets[{place}]"), reason));
            }
            if limit == 0 || limit > 1000 {
                return Err(CatalogError::request(format!("facets[{place}].limit"), "1 to 1000"));
            }
            requests.push(FacetRequest { field: field.clone(), limit });
        }
        Ok(requests)
    }
}

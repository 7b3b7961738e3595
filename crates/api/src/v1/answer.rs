//! The shape of what a search found.

use std::collections::BTreeMap;

use catalejo_catalog::{FacetCounts, SearchAnswer, SearchHit, SignalWord};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResponse)]
pub struct SearchView {
    /// Best first.
    pub hits: Vec<HitView>,
    /// How many match. With mode `text`: items with a matching word that pass the filter. Otherwise: all that pass the
    /// filter.
    pub total: u64,
    /// False when `total` is only known to be at least so many.
    pub total_exact: bool,
    /// In the order asked.
    pub facets: Vec<FacetView>,
    /// Milliseconds spent, or spent finding it in the cache.
    pub took_ms: f64,
    /// The collection's version that answered.
    pub version: u64,
    /// Why only a part of the signals looked, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
}

/// One hit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hit)]
pub struct HitView {
    /// The item's id.
    pub id: String,
    /// Higher is better: cosine similarity, BM25, or their fused rank.
    pub score: f32,
    /// The item's fields.
    #[schema(value_type = Object)]
    pub item: Map<String, Value>,
    /// Which signals found it.
    pub why: WhyView,
}

/// Why a hit was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Why)]
pub struct WhyView {
    /// What meaning said; null when it did not find it.
    pub vector: Option<SignalView>,
    /// What words said; null when they did not find it.
    pub text: Option<SignalView>,
    /// Field to passages in which matched words stand between `<mark>` and `</mark>`; the rest is HTML-escaped.
    pub highlights: BTreeMap<String, Vec<String>>,
}

/// One signal's word on a hit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Signal)]
pub struct SignalView {
    /// 1 is first.
    pub rank: usize,
    /// Cosine similarity or BM25.
    pub score: f32,
}

/// The counts of one facet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Facet)]
pub struct FacetView {
    /// The field.
    pub field: String,
    /// The most frequent values first.
    pub values: Vec<FacetValueView>,
    /// Smallest and largest value of a numeric or datetime field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Vec<f64>>,
}

/// One value of a facet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetValue)]
pub struct FacetValueView {
    /// The value.
    pub value: Value,
    /// How many matching items hold it.
    pub count: u64,
}

impl From<SearchAnswer> for SearchView {
    fn from(answer: SearchAnswer) -> Self {
        Self {
            hits: answer.hits.into_iter().map(HitView::from).collect(),
            total: answer.total.value,
            total_exact: answer.total.exact,
            facets: answer.facets.into_iter().map(FacetView::from).collect(),
            // to the microsecond: more digits would be noise
            took_ms: (answer.took_ms * 1e3).round() / 1e3,
            version: answer.version,
            degraded: answer.degraded,
        }
    }
}

impl From<SearchHit> for HitView {
    fn from(hit: SearchHit) -> Self {
        let signal = |word: SignalWord| SignalView { rank: word.rank, score: word.score };
        let why = WhyView {
            vector: hit.why.vector.map(signal),
            text: hit.why.text.map(signal),
            highlights: hit.why.highlights,
        };
        Self { id: hit.id, score: hit.score, item: hit.item, why }
    }
}

impl From<FacetCounts> for FacetView {
    fn from(facet: FacetCounts) -> Self {
        let values =
            facet.values.into_iter().map(|value| FacetValueView { value: value.value, count: value.count });
        Self {
            field: facet.field,
            values: values.collect(),
            range: facet.range.map(|(low, high)| vec![low, high]),
        }
    }
}

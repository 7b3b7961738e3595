use std::collections::BTreeMap;

use catalejo_index::{Answer, Facet, Hit, Signal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// Best first.
    pub hits: Vec<SearchHit>,
    /// How many match.
    pub total: SearchTotal,
    /// Time spent on the search, or on finding it in the cache.
    pub took_ms: f64,
    /// In the order asked.
    pub facets: Vec<FacetCounts>,
    /// The collection's version that answered.
    pub version: u64,
    /// Why only a part of the signals looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
    /// Whether the answer came from the cache.
    #[serde(skip)]
    pub cached: bool,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchHit {
    /// The item's id.
    pub id: String,
    /// Higher is better: cosine similarity, BM25, or their fused rank.
    pub score: f32,
    /// The item's fields.
    pub item: Map<String, Json>,
    /// Which signals found it.
    pub why: Why,
}

/// Why a hit was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// What meaning said, when it found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<SignalWord>,
    /// What words said, when they found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<SignalWord>,
    /// Field to passages in which matched words stand between `<mark>` and `</mark>`; the rest is HTML-escaped.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub highlights: BTreeMap<String, Vec<String>>,
}

/// One signal's word on a hit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SignalWord {
    /// 1 is first.
    pub rank: usize,
    /// Cosine similarity or BM25.
    pub score: f32,
}

/// How many items match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchTotal {
    /// With mode `text`: items with a matching word that pass the filter. Otherwise: all that pass the filter.
    pub value: u64,
    /// False when it is only known to be at least so many.
    pub exact: bool,
}

/// The counts of one facet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FacetCounts {
    /// The field.
    pub field: String,
    /// The most frequent values first.
    pub values: Vec<FacetValue>,
    /// Smallest and largest value of a numeric or datetime field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(f64, f64)>,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FacetValue {
    /// The value.
    pub value: Json,
    /// How many items that match hold it.
    pub count: u64,
}

impl SearchAnswer {
    pub(crate) fn new(answer: Answer, fields: &[String], degraded: Option<String>) -> Self {
        Self {
            hits: answer.hits.into_iter().map(|hit| to_hit(hit, fields)).collect(),
            total: SearchTotal { value: answer.total.value, exact: answer.total.exact },
            took_ms: 0.0,
            facets: answer.facets.into_iter().map(to_facet).collect(),
            version: answer.version,
            degraded,
            cached: false,
        }
    }
}

fn to_hit(hit: Hit, fields: &[String]) -> SearchHit {
    let mut item = hit.source;
    if !fields.is_empty() {
        item.retain(|name, _| fields.contains(name));
    }
    let why =
        Why { vector: hit.vector.map(to_word), text: hit.text.map(to_word), highlights: hit.highlights };
    SearchHit { id: hit.id, score: hit.score, item, why }
}

fn to_word(signal: Signal) -> SignalWord {
    SignalWord { rank: signal.rank, score: signal.score }
}

fn to_facet(facet: Facet) -> FacetCounts {
    let values = facet.values.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
    FacetCounts { field: facet.field, values, range: facet.range }
}

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::Filter;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Prose: searched by its words.
    Text,
    /// One exact value.
    Keyword,
    /// A 64-bit floating point number.
    Float,
    /// A signed 64-bit integer.
    Integer,
    /// True or false.
    Boolean,
    /// RFC 3339, kept to the millisecond.
    Datetime,
    /// `{"lat": …, "lon": …}` in degrees.
    Geo,
    /// Any number of exact values.
    Tags,
}

/// One field and what may be asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// `[A-Za-z][A-Za-z0-9_]*`.
    pub name: String,
    /// What it holds.
    pub kind: FieldType,
    /// Found by its words (`text`, `keyword`, `tags`).
    pub searchable: bool,
    /// May stand in a filter.
    pub filterable: bool,
    /// May be counted by value (`keyword`, `tags`, `boolean`, `integer`) or by range (`float`, `integer`, `datetime`).
    pub facetable: bool,
}

/// The vectors of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VectorSpec {
    /// Components of a vector. Vectors are compared by cosine.
    pub dimensions: usize,
    /// The fingerprint of the model that fills it.
    pub model: String,
}

/// What an index holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Known fields; a document may hold others, which are kept but not found.
    pub fields: Vec<FieldSpec>,
    /// Present when documents carry vectors.
    pub vector: Option<VectorSpec>,
}

/// One item as the index keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The item's id, 1 to 512 bytes.
    pub id: String,
    /// The item's fields as they came, defaults applied.
    pub source: Map<String, Json>,
    /// Its vector; a document without one is found by words and filters only. It comes back with its direction, but a
    /// backend may keep it normalised.
    pub vector: Option<Vec<f32>>,
    /// Hash of its content, compared by ingest to skip what has not changed.
    pub hash: u64,
}

/// One index and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IndexInfo {
    /// Its own name.
    pub name: String,
    /// The aliases that point at it.
    pub aliases: Vec<String>,
    /// What it holds.
    pub schema: Schema,
    /// Live documents.
    pub items: u64,
    /// Raised by every commit that changed something.
    pub version: u64,
    /// Bytes on disk, where the backend knows.
    pub bytes: Option<u64>,
}

/// What is asked of an index. Text and vector together are fused; neither means "all that pass the filter", by id.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Words to find.
    pub text: Option<TextQuery>,
    /// A vector to be near to; any length but zero, compared by cosine.
    pub vector: Option<Vec<f32>>,
    /// Only documents that pass.
    pub filter: Option<Filter>,
    /// Never these ids.
    pub exclude: Vec<String>,
    /// Counts by value over all documents that match.
    pub facets: Vec<FacetRequest>,
    /// Hits to answer.
    pub limit: usize,
    /// Hits to skip first. `offset + limit` is at most 10,000.
    pub offset: usize,
    /// True neighbours, whatever it costs: for verification.
    pub exact: bool,
    /// Whether to mark the words that matched.
    pub highlight: bool,
}

/// Words to find in the searchable fields.
#[derive(Debug, Clone, Default)]
pub struct TextQuery {
    /// What the person typed; never parsed as a query language.
    pub text: String,
    /// Which searchable fields; empty means all.
    pub fields: Vec<String>,
}

/// One facet to count.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetRequest {
    /// A facetable field.
    pub field: String,
    /// Values to answer, the most frequent first.
    pub limit: usize,
}

/// One hit.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The document's id.
    pub id: String,
    /// Higher is better. Cosine similarity for vector search, BM25 for text, fused score for both.
    pub score: f32,
    /// The document's fields.
    pub source: Map<String, Json>,
    /// What vector search said, when it found it.
    pub vector: Option<Signal>,
    /// What text search said, when it found it.
    pub text: Option<Signal>,
    /// Field name to passages in which matched words stand between `<mark>` and `</mark>`; the rest is HTML-escaped.
    pub highlights: BTreeMap<String, Vec<String>>,
}

/// One signal's word on a hit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Signal {
    /// 1 is first.
    pub rank: usize,
    /// Cosine similarity (vector) or BM25 (text).
    pub score: f32,
}

/// How many documents match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Text search: documents with a matching word that pass the filter. Vector or fused: all that pass the filter.
    pub value: u64,
    /// False when the backend only knows "at least".
    pub exact: bool,
}

/// The counts of one facet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facet {
    /// The field.
    pub field: String,
    /// Values and how many matching documents hold them, most frequent first, then by value.
    pub values: Vec<(Json, u64)>,
    /// Smallest and largest value of a numeric or datetime field over the matching documents.
    pub range: Option<(f64, f64)>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Best first.
    pub hits: Vec<Hit>,
    /// How many match.
    pub total: Total,
    /// In the order asked.
    pub facets: Vec<Facet>,
    /// The version of the index that answered.
    pub version: u64,
}

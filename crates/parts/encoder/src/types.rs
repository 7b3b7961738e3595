/// What fills a vector index, so that two models are never mixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// The model's name for people, e.g. `all-MiniLM-L6-v2`.
    pub name: String,
    /// Identifies the weights, tokenizer and pooling: equal fingerprints give equal vectors.
    pub fingerprint: String,
    /// Components of a vector.
    pub dimensions: usize,
    /// Tokens after which a text is cut, the special ones included.
    pub max_tokens: usize,
}

/// Who waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A person waits: first in line, refused with `Busy` when the queue is full.
    Interactive,
    /// A pipeline works: waits for room.
    Bulk,
}

impl Lane {
    /// The lane as a metric label and header value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
        }
    }
}

/// The vectors of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// Components of a vector.
    pub dimensions: usize,
    /// All vectors, one after the other.
    pub data: Vec<f32>,
    /// Tokens read over all texts, special ones included, after cutting.
    pub tokens: u64,
}

impl Embeddings {
    /// The vectors in the order of the texts.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.data.chunks_exact(self.dimensions.max(1))
    }
}

//! Finding items: by meaning, by words and by filter.

mod answer;
mod ask;
mod cached;
mod request;
mod service;

pub use answer::{FacetCounts, FacetValue, SearchAnswer, SearchHit, SearchTotal, SignalWord, Why};
pub use ask::{AskAnswer, AskHit};
pub(crate) use cached::Flights;
pub use request::{FacetAsk, Mode, SearchRequest, SimilarRequest};
pub use service::Searcher;

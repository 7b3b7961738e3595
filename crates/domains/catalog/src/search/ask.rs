use std::time::Instant;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Mode, SearchRequest, Searcher, cached};
use crate::{CatalogError, CatalogResult};

/// The ten songs that mean a question, as the first service of this kind answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskAnswer {
    /// A JSON list of [`AskHit`], nearest first, as the cache keeps it.
    pub json: Bytes,
    /// Whether the cache had it.
    pub cached: bool,
}

/// One song.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskHit {
    /// Its name.
    pub name: String,
    /// Its lyrics.
    pub lyrics: String,
    /// Who sings it.
    pub artists: String,
}

impl Searcher {
    /// The ten items nearest in meaning to `question`, cached by the exact question and the collection's version.
    pub async fn ask(&self, collection: &str, question: &str) -> CatalogResult<AskAnswer> {
        if question.trim().is_empty() {
            return Err(CatalogError::request("question", "it is empty"));
        }
        let core = &self.core;
        let key = core.key("ask", collection, &question).await?;
        let work = {
            let (core, collection) = (core.clone(), collection.to_owned());
            let mut request = SearchRequest {
                query: Some(question.to_owned()),
                mode: Mode::Vector,
                limit: 10,
                highlight: false,
                ..SearchRequest::default()
            };
            async move {
                let live = core.live(&collection).await?;
                let begun = Instant::now();
                let (vector, _) = core.query_vector(&live, &request).await?;
                metrics::histogram!("embedding_processing_seconds", "method" => "POST", "endpoint" => "/ask")
                    .record(begun.elapsed());
                request.vector = vector;
                let answer = core.search(&live, &request).await?;
                let hits: Vec<AskHit> = answer.hits.into_iter().map(|hit| to_hit(&hit.item)).collect();
                Ok((hits, true))
            }
        };
        let (json, cached) = cached::json(core, key, work).await?;
        Ok(AskAnswer { json, cached })
    }
}

fn to_hit(item: &Map<String, Json>) -> AskHit {
    let text = |name: &str, default: &str| match item.get(name) {
        Some(Json::String(text)) if !text.is_empty() => text.clone(),
        Some(Json::Array(values)) => {
            let words: Vec<&str> = values.iter().filter_map(Json::as_str).collect();
            words.join(", ")
        }
        _ => default.to_owned(),
    };
    AskHit {
        name: text("name", "Unknown Song"),
        lyrics: text("lyrics", "No lyrics available"),
        artists: text("artists", "Unknown Artist"),
    }
}

use std::sync::Arc;
use std::time::Instant;

use catalejo_encoder::Lane;
use catalejo_index::{Search, TextQuery};
use catalejo_port::ErrorKind;

use super::request::check_page;
use super::{Mode, SearchAnswer, SearchRequest, SimilarRequest, cached};
use crate::catalog::Core;
use crate::collections::Live;
use crate::{CatalogError, CatalogResult};

/// Answers questions from collections.
#[derive(Clone)]
pub struct Searcher {
    pub(crate) core: Arc<Core>,
}

impl Searcher {
    /// Finds items. Answers are cached by question and version, so that what was ingested is seen at once. When the
    /// encoder is down, hybrid search looks at words only and says so in `degraded`.
    pub async fn search(&self, collection: &str, request: SearchRequest) -> CatalogResult<SearchAnswer> {
        let begun = Instant::now();
        request.check()?;
        let core = &self.core;
        let key = core.key("search", collection, &request).await?;
        let work = {
            let (core, collection) = (core.clone(), collection.to_owned());
            async move {
                let live = core.live(&collection).await?;
                let answer = core.search(&live, &request).await?;
                let keep = answer.degraded.is_none();
                Ok((answer, keep))
            }
        };
        let (mut answer, hit): (SearchAnswer, bool) = cached::cached(core, key, work).await?;
        answer.cached = hit;
        answer.took_ms = begun.elapsed().as_secs_f64() * 1000.0;
        Ok(answer)
    }
}

impl Core {
    /// The cache key of a request on a collection as it stands: any length, any script. The version alone tells its
    /// states apart, also those of collections of one name, deleted and created anew.
    pub(crate) async fn key<T: serde::Serialize>(
        &self,
        kind: &str,
        collection: &str,
        request: &T,
    ) -> CatalogResult<String> {
        let version = match self.parts.index.version(collection).await {
            Ok(version) => version,
            Err(error) => {
                // where there is no such collection, that is the better answer
                self.live_now(collection).await?;
                return Err(error.into());
            }
        };
        let request = crate::collections::to_json(request)?;
        let digest = blake3::hash(request.as_bytes()).to_hex();
        Ok(format!("{kind}:{collection}:{version}:{digest}"))
    }

    pub(crate) async fn search(&self, live: &Live, request: &SearchRequest) -> CatalogResult<SearchAnswer> {
        let filter = self.filter(live, request.filter.as_deref())?;
        let facets = request.facet_requests(live)?;
        let (vector, degraded) = self.query_vector(live, request).await?;
        let text = request.words().filter(|_| request.mode != Mode::Vector);
        let search = Search {
            text: text.map(|text| TextQuery { text: text.to_owned(), fields: Vec::new() }),
            vector,
            filter,
            exclude: request.exclude.clone(),
            facets,
            limit: request.limit,
            offset: request.offset,
            exact: request.exact,
            highlight: request.highlight,
        };
        let answer = self.parts.index.search(&live.row.name, &search).await?;
        Ok(SearchAnswer::new(answer, &request.fields, degraded))
    }

    /// The vector to look with, and why there is none where there should be one.
    pub(super) async fn query_vector(
        &self,
        live: &Live,
        request: &SearchRequest,
    ) -> CatalogResult<(Option<Vec<f32>>, Option<String>)> {
        if request.mode == Mode::Text {
            return Ok((None, None));
        }
        if let Some(vector) = &request.vector {
            let expected = live.serving.dimensions().unwrap_or(0);
            if vector.len() != expected {
                let reason =
                    format!("the collection's vectors have {expected} components, this one {}", vector.len());
                return Err(CatalogError::request("vector", reason));
            }
            return Ok((Some(vector.clone()), None));
        }
        let Some(words) = request.words() else { return Ok((None, None)) };
        if live.serving.compiled.template.is_none() {
            // Nothing is embedded here: words are all there is to look at.
            return match request.mode {
                Mode::Vector => {
                    Err(CatalogError::request("mode", "the collection embeds no text; give a vector"))
                }
                _ => Ok((None, None)),
            };
        }
        let failed = if live.serving.encodes {
            match self.parts.encoder.encode(&[words.to_owned()], Lane::Interactive).await {
                Ok(embeddings) => return Ok((Some(embeddings.data), None)),
                Err(error) if error.kind() == ErrorKind::Busy => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "the encoder failed");
                    CatalogError::from(error)
                }
            }
        } else {
            let message = "the collection is being re-embedded with another model; look at words meanwhile";
            CatalogError::NotReady(message.to_owned())
        };
        match request.mode {
            Mode::Vector => Err(failed),
            _ => Ok((None, Some("words only: the meaning of the question could not be computed".to_owned()))),
        }
    }

    pub(crate) async fn similar(
        &self,
        collection: &str,
        id: &str,
        request: &SimilarRequest,
    ) -> CatalogResult<SearchAnswer> {
        let begun = Instant::now();
        check_page(request.limit, request.offset)?;
        let live = self.live(collection).await?;
        let filter = self.filter(&live, request.filter.as_deref())?;
        let mut found = self.parts.index.get(collection, &[id.to_owned()], true).await?;
        let unknown = || CatalogError::UnknownItem { collection: collection.to_owned(), id: id.to_owned() };
        let document = found.pop().flatten().ok_or_else(unknown)?;
        let Some(vector) = document.vector else {
            let message = format!("the item {id:?} has no vector to compare with");
            return Err(CatalogError::NotReady(message));
        };
        let mut exclude = request.exclude.clone();
        exclude.push(id.to_owned());
        let search = Search {
            vector: Some(vector),
            filter,
            exclude,
            limit: request.limit,
            offset: request.offset,
            exact: request.exact,
            ..Search::default()
        };
        let answer = self.parts.index.search(collection, &search).await?;
        let mut answer = SearchAnswer::new(answer, &request.fields, None);
        answer.took_ms = begun.elapsed().as_secs_f64() * 1000.0;
        Ok(answer)
    }
}

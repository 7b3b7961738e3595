use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use catalejo_port::PortError;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::catalog::Core;
use crate::{CatalogError, CatalogResult};

type Flight = Shared<BoxFuture<'static, Result<Bytes, Arc<CatalogError>>>>;

/// Questions that are being answered just now: whoever asks the same joins instead of doing it again.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<String, Flight>>);

impl Flights {
    fn join(&self, key: &str, work: impl FnOnce() -> Flight) -> Flight {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.entry(key.to_owned()).or_insert_with(work).clone()
    }

    fn land(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// Takes the flight off the board however its work ends.
struct Landing(Arc<Core>, String);

impl Drop for Landing {
    fn drop(&mut self) {
        self.0.flights.land(&self.1);
    }
}

/// The answer to `key` from the cache, or from `work`, which is done once for all who ask at the same time. `work`
/// says whether its answer may be kept. Answers whether the cache had it.
pub(crate) async fn cached<T, F>(core: &Arc<Core>, key: String, work: F) -> CatalogResult<(T, bool)>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    F: Future<Output = CatalogResult<(T, bool)>> + Send + 'static,
{
    if let Some(bytes) = kept(core, &key).await
        && let Ok(value) = serde_json::from_slice(&bytes)
    {
        return Ok((value, true));
    }
    let bytes = fresh(core, key, work).await?;
    let value = serde_json::from_slice(&bytes)
        .map_err(|error| PortError::internal("cannot read JSON").with_source(error))?;
    Ok((value, false))
}

/// [`cached`] for an answer that is passed on as JSON: the cache's bytes, untouched.
pub(crate) async fn json<T, F>(core: &Arc<Core>, key: String, work: F) -> CatalogResult<(Bytes, bool)>
where
    T: Serialize + Send + 'static,
    F: Future<Output = CatalogResult<(T, bool)>> + Send + 'static,
{
    match kept(core, &key).await {
        Some(bytes) => Ok((bytes, true)),
        None => Ok((fresh(core, key, work).await?, false)),
    }
}

async fn kept(core: &Core, key: &str) -> Option<Bytes> {
    core.parts.cache.get(key).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the cache failed; answering without it");
        None
    })
}

async fn fresh<T, F>(core: &Arc<Core>, key: String, work: F) -> CatalogResult<Bytes>
where
    T: Serialize + Send + 'static,
    F: Future<Output = CatalogResult<(T, bool)>> + Send + 'static,
{
    let flight = core.flights.join(&key, || {
        let landing = Landing(core.clone(), key.clone());
        let core = core.clone();
        let key = key.clone();
        async move {
            let _landing = landing;
            let (value, keep) = work.await.map_err(Arc::new)?;
            let bytes = Bytes::from(serde_json::to_vec(&value).map_err(|error| {
                Arc::new(PortError::internal("cannot write JSON").with_source(error).into())
            })?);
            if keep
                && let Err(error) = core.parts.cache.set(&key, bytes.clone(), core.options.cache_ttl).await
            {
                tracing::warn!(%error, "the cache failed; the answer is not kept");
            }
            Ok(bytes)
        }
        .boxed()
        .shared()
    });
    flight.await.map_err(again)
}

/// The error of a flight for one of those on it.
fn again(error: Arc<CatalogError>) -> CatalogError {
    match Arc::try_unwrap(error) {
        Ok(error) => error,
        Err(shared) => shared.copy(),
    }
}

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::catalog::Core;
use crate::{CatalogError, CatalogResult};

type Flight = Shared<BoxFuture<'static, Result<(Bytes, bool), Arc<CatalogError>>>>;

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
    match core.parts.cache.get(&key).await {
        Ok(Some(bytes)) => {
            if let Ok(value) = serde_json::from_slice(&bytes) {
                return Ok((value, true));
            }
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the cache failed; answering without it"),
    }
    let flight = core.flights.join(&key, || {
        let landing = Landing(core.clone(), key.clone());
        let core = core.clone();
        let key = key.clone();
        async move {
            let _landing = landing;
            let (value, keep) = work.await.map_err(Arc::new)?;
            let bytes = Bytes::from(serde_json::to_vec(&value).map_err(|error| {
                Arc::new(catalejo_port::PortError::internal("cannot write JSON").with_source(error).into())
            })?);
            if keep
                && let Err(error) = core.parts.cache.set(&key, bytes.clone(), core.options.cache_ttl).await
            {
                tracing::warn!(%error, "the cache failed; the answer is not kept");
            }
            Ok((bytes, keep))
        }
        .boxed()
        .shared()
    });
    let (bytes, _) = flight.await.map_err(again)?;
    let value = serde_json::from_slice(&bytes)
        .map_err(|error| catalejo_port::PortError::internal("cannot read JSON").with_source(error))?;
    Ok((value, false))
}

/// The error of a flight for one of those on it.
fn again(error: Arc<CatalogError>) -> CatalogError {
    match Arc::try_unwrap(error) {
        Ok(error) => error,
        Err(shared) => shared.copy(),
    }
}

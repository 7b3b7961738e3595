//! The issuer's public keys: fetched when first needed, again when a token names an unknown one, and every hour, so
//! that a key which the issuer withdrew is not believed for ever.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use parking_lot::RwLock;
use reqwest::{Client, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use super::is_safe_url;
use crate::{AccountError, AccountResult, Clock};

/// Between two fetches for the sake of an unknown key, which anybody can name.
const PAUSE_MS: i64 = 60_000;
/// Between two tries while the issuer does not answer.
const RETRY_MS: i64 = 5_000;
const STALE_MS: i64 = 3_600_000;
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BYTES: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Keys {
    issuer: String,
    http: Client,
    clock: Clock,
    known: RwLock<Arc<Known>>,
    /// When a fetch is allowed again. Held during one, so that callers who need the same share it.
    next_fetch: Mutex<i64>,
}

#[derive(Debug, Default)]
struct Known {
    fetched_at: Option<i64>,
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithm: Option<KeyAlgorithm>,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<serde_json::Value>,
}

impl Keys {
    pub(super) fn new(issuer: String, clock: Clock) -> reqwest::Result<Self> {
        let http =
            Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::limited(2)).build()?;
        Ok(Self { issuer, http, clock, known: RwLock::default(), next_fetch: Mutex::new(i64::MIN) })
    }

    /// The key that a token's header names.
    pub(super) async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> AccountResult<DecodingKey> {
        let known = self.known();
        if known.is_fresh(self.clock.now_ms())
            && let Some(key) = known.find(id, algorithm)
        {
            return Ok(key);
        }
        let outcome = self.refresh(&known).await;
        match (self.known().find(id, algorithm), outcome) {
            // While the issuer does not answer, the keys last seen have to do.
            (Some(key), _) => Ok(key),
            (None, Ok(())) => Err(AccountError::Unauthenticated),
            (None, Err(error)) => Err(error),
        }
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read())
    }

    /// Fetches the keys, unless somebody did since `seen`, or it is too soon.
    async fn refresh(&self, seen: &Arc<Known>) -> AccountResult<()> {
        let mut next = self.next_fetch.lock().await;
        if !Arc::ptr_eq(seen, &self.known()) {
            return Ok(());
        }
        let now = self.clock.now_ms();
        if now < *next {
            return match seen.fetched_at {
                Some(_) => Ok(()),
                None => Err(AccountError::Issuer("it did not answer a moment ago".to_owned())),
            };
        }
        match self.fetch().await {
            Ok(keys) => {
                *next = now + PAUSE_MS;
                *self.known.write() = Arc::new(Known { fetched_at: Some(now), keys });
                Ok(())
            }
            Err(reason) => {
                *next = now + RETRY_MS;
                tracing::warn!(issuer = self.issuer, reason, "the issuer's keys cannot be fetched");
                Err(AccountError::Issuer(reason))
            }
        }
    }

    async fn fetch(&self) -> Result<Vec<Key>, String> {
        let base = self.issuer.trim_end_matches('/');
        let discovery: Discovery = self.get(&format!("{base}/.well-known/openid-configuration")).await?;
        if discovery.issuer != self.issuer {
            return Err(format!(
                "its discovery document is that of {:?}, not of {:?}",
                discovery.issuer, self.issuer
            ));
        }
        let jwks: Jwks = self.get(&discovery.jwks_uri).await?;
        // A key of a kind unknown here must not hide the others.
        Ok(jwks.keys.into_iter().filter_map(usable).collect())
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        let url = Url::parse(url).map_err(|_| format!("{url:?} is not a URL"))?;
        if !is_safe_url(&url) {
            return Err(format!("{url} is not https"));
        }
        let failed = |error: reqwest::Error| error.without_url().to_string();
        let answer = self.http.get(url.clone()).send().await.and_then(|answer| answer.error_for_status());
        let mut answer = answer.map_err(|error| format!("{url}: {}", failed(error)))?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| format!("{url}: {}", failed(error)))? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(format!("{url}: the answer has more than {MAX_BYTES} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|error| format!("{url}: {error}"))
    }
}

impl Known {
    fn is_fresh(&self, now: i64) -> bool {
        self.fetched_at.is_some_and(|at| now - at < STALE_MS)
    }

    /// The key with this id; without an id the only one that fits.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|key| key.fits(algorithm));
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)).map(|key| key.key.clone()),
            None => {
                let first = fitting.next()?;
                fitting.next().is_none().then(|| first.key.clone())
            }
        }
    }
}

impl Key {
    fn fits(&self, algorithm: Algorithm) -> bool {
        let (family, name) = match algorithm {
            Algorithm::RS256 => (AlgorithmFamily::Rsa, KeyAlgorithm::RS256),
            Algorithm::ES256 => (AlgorithmFamily::Ec, KeyAlgorithm::ES256),
            Algorithm::EdDSA => (AlgorithmFamily::Ed, KeyAlgorithm::EdDSA),
            _ => return false,
        };
        self.key.family() == family && self.algorithm.is_none_or(|algorithm| algorithm == name)
    }
}

fn usable(jwk: serde_json::Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(jwk).ok()?;
    let for_signatures = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let key = DecodingKey::from_jwk(&jwk).ok().filter(|_| for_signatures)?;
    Some(Key { id: jwk.common.key_id, algorithm: jwk.common.key_algorithm, key })
}

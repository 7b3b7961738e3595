//! From settings to parts: each is opened by its URL, and each can be asked how it stands.

mod absent;
mod health;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use catalejo_accounts::Accounts;
use catalejo_api::PartReport;
use catalejo_blobs::Blobs;
use catalejo_broker::{Broker, Embedded};
use catalejo_cache::Cache;
use catalejo_encoder::Encoder;
use catalejo_index::Index;
use catalejo_port::{BackendUrl, PortError, PortResult};
use catalejo_store::Store;

use crate::config::{Config, LogFormat};
use crate::error::Failure;

pub use absent::{AbsentEncoder, remember};
use health::next_step;
pub use health::{EncoderHealth, Health};

/// The model that `make run` fetches.
const MODEL: &str = "all-MiniLM-L6-v2";
/// A cache that takes longer is left out of the request.
const CACHE_PATIENCE: Duration = Duration::from_millis(250);

/// What came of opening each part.
pub struct Opening {
    store: PortResult<Store>,
    index: PortResult<Arc<dyn Index>>,
    broker: PortResult<Embedded>,
    cache: PortResult<Arc<dyn Cache>>,
    blobs: PortResult<Blobs>,
    encoder: PortResult<Arc<dyn Encoder>>,
    urls: Urls,
}

/// The parts, open.
#[derive(Clone)]
pub struct Wired {
    /// Relational data.
    pub store: Store,
    /// Items.
    pub index: Arc<dyn Index>,
    /// Work queues, counted.
    pub broker: Arc<dyn Broker>,
    /// The same, for snapshots.
    pub embedded_broker: Arc<Embedded>,
    /// Answers kept for a while; never fails.
    pub cache: Arc<dyn Cache>,
    /// Uploads.
    pub blobs: Blobs,
    /// Texts to vectors, or the reason why there is none.
    pub encoder: Result<Arc<dyn Encoder>, Arc<PortError>>,
    /// How each part is named, without secrets.
    pub urls: Urls,
}

/// How each part is named, without secrets.
#[derive(Debug, Clone)]
pub struct Urls {
    store: String,
    index: String,
    broker: String,
    /// Its scheme also labels the cache's counters.
    pub cache: BackendUrl,
    blobs: String,
    encoder: String,
}

impl Opening {
    /// Opens every part, each on its own, so that all that is wrong is known at once.
    pub async fn new(config: &Config) -> Self {
        let data = &config.data;
        let encoder = encoder_url(config);
        Self {
            store: Store::open(&config.store, data).await,
            index: catalejo_index::open(&config.index, data).await,
            broker: catalejo_broker::open_embedded(&config.broker, data).await,
            cache: catalejo_cache::open(&config.cache).await,
            blobs: Blobs::open(&config.blobs, data).await,
            encoder: open_encoder(encoder.as_ref(), data).await,
            urls: Urls {
                store: config.store.to_string(),
                index: config.index.to_string(),
                broker: config.broker.to_string(),
                cache: config.cache.clone(),
                blobs: config.blobs.to_string(),
                encoder: encoder.map_or_else(|| "(none)".into(), |url| url.to_string()),
            },
        }
    }

    /// Whether the store knows an administrator.
    pub async fn has_admin(&self) -> bool {
        let Ok(store) = &self.store else { return false };
        let accounts = Accounts::open(store.clone(), catalejo_accounts::Options::default()).await;
        match accounts {
            Ok(accounts) => accounts.has_admin().await.unwrap_or(false),
            Err(_) => false,
        }
    }

    /// One report a part.
    pub fn reports(&self) -> Vec<PartReport> {
        let urls = &self.urls;
        vec![
            report("store", &urls.store, false, self.store.as_ref()),
            report("index", &urls.index, false, self.index.as_ref()),
            report("broker", &urls.broker, false, self.broker.as_ref()),
            report("cache", &urls.cache, true, self.cache.as_ref()),
            report("blobs", &urls.blobs, false, self.blobs.as_ref()),
            match &self.encoder {
                Ok(encoder) => PartReport {
                    message: describe(&**encoder),
                    ..report("encoder", &urls.encoder, true, Ok(&()))
                },
                Err(error) => report::<()>("encoder", &urls.encoder, true, Err(error)),
            },
        ]
    }

    /// The parts, or what stands in the way.
    pub fn wired(self) -> Result<Wired, Failure> {
        let cache = |cache: Arc<dyn Cache>| -> Arc<dyn Cache> {
            // counted inside, where its errors are still seen
            let metered = catalejo_cache::Metered::new(cache);
            Arc::new(catalejo_cache::Forgiving::new(Arc::new(metered), Some(CACHE_PATIENCE)))
        };
        let wrong = |part: &'static str| move |error: PortError| wrong(part, &error);
        let broker = Arc::new(self.broker.map_err(wrong("broker"))?);
        Ok(Wired {
            store: self.store.map_err(wrong("store"))?,
            index: Arc::new(catalejo_index::Metered::new(self.index.map_err(wrong("index"))?)),
            broker: Arc::new(catalejo_broker::Metered::new(broker.clone())),
            embedded_broker: broker,
            cache: cache(self.cache.map_err(wrong("cache"))?),
            blobs: self.blobs.map_err(wrong("blobs"))?,
            encoder: self.encoder.map_err(Arc::new),
            urls: self.urls,
        })
    }
}

/// Opens the encoder alone, for a process that has no other role.
pub async fn encoder_alone(config: &Config) -> Result<Arc<dyn Encoder>, Failure> {
    open_encoder(encoder_url(config).as_ref(), &config.data).await.map_err(|error| wrong("encoder", &error))
}

fn wrong(part: &str, error: &PortError) -> Failure {
    Failure::Failed(format!("{part}: {error}; {}", next_step(part, error)))
}

fn report<T>(part: &str, url: impl Display, optional: bool, result: Result<&T, &PortError>) -> PartReport {
    PartReport {
        part: part.into(),
        url: url.to_string(),
        ok: result.is_ok(),
        optional,
        message: result.map_or_else(ToString::to_string, |_| "answers".into()),
        next_step: result.err().map(|error| next_step(part, error)),
    }
}

fn describe(encoder: &dyn Encoder) -> String {
    let model = encoder.model();
    format!("{}, vectors of {}, texts up to {} tokens", model.name, model.dimensions, model.max_tokens)
}

/// The configured encoder, or the folder where a model lies.
fn encoder_url(config: &Config) -> Option<BackendUrl> {
    if let Some(url) = &config.encoder {
        return Some(url.clone());
    }
    let folders = [config.data.join("models").join(MODEL), PathBuf::from(".cache/models").join(MODEL)];
    let folder = folders.into_iter().find(|folder| folder.join("config.json").is_file())?;
    let folder = std::path::absolute(folder).ok()?;
    format!("local:{}", folder.to_str()?.replace('%', "%25").replace('?', "%3F")).parse().ok()
}

async fn open_encoder(url: Option<&BackendUrl>, data: &Path) -> PortResult<Arc<dyn Encoder>> {
    match url {
        Some(url) => catalejo_encoder::open(url, &data.join("models")).await,
        None => Err(PortError::not_found(format!(
            "no embedding model: neither {} nor .cache/models/{MODEL} holds one, and `encoder` is not set",
            data.join("models").join(MODEL).display()
        ))),
    }
}

/// Starts the log; a command's own log is short, because its words go to the same terminal.
pub fn start_logs(config: &Config, service: bool) -> Result<(), Failure> {
    let format = match config.log_format {
        LogFormat::Text => catalejo_telemetry::LogFormat::Text,
        LogFormat::Json => catalejo_telemetry::LogFormat::Json,
    };
    let filter = if service { config.log.as_str() } else { "error" };
    catalejo_telemetry::init_logs(filter, format).map_err(|error| Failure::Failed(error.to_string()))
}

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use catalejo_blobs::Blobs;
use catalejo_broker::Broker;
use catalejo_cache::Cache;
use catalejo_encoder::Encoder;
use catalejo_index::Index;
use catalejo_runs::Runs;
use catalejo_store::Store;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::collections::{Collections, Gates, LiveCache};
use crate::search::{Flights, Searcher};
use crate::{CatalogResult, DeadLetters, Imports, Items, Rejections, Sources};

/// The parts that the catalog stands on.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Definitions, sources, files and rejections.
    pub store: Store,
    /// Items, whole.
    pub index: Arc<dyn Index>,
    /// Files that wait to be ingested.
    pub broker: Arc<dyn Broker>,
    /// Answers.
    pub cache: Arc<dyn Cache>,
    /// Uploads that wait to be ingested.
    pub blobs: Blobs,
    /// Texts to vectors.
    pub encoder: Arc<dyn Encoder>,
}

/// The catalog's limits and habits.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cells and values of this many bytes or more are refused.
    pub max_cell_bytes: usize,
    /// Rows of more bytes are refused; also how far a broken quote is looked after.
    pub max_row_bytes: usize,
    /// Refused rows kept per run; all are counted.
    pub max_rejections: u64,
    /// Failed attempts after which a file is buried.
    pub max_attempts: u32,
    /// Files ingested at the same time by one worker.
    pub ingest_workers: usize,
    /// The first delay after a failed attempt; each further one is twice as long, up to ten minutes.
    pub retry_delay: Duration,
    /// Whether imports may be fetched from private, loopback and link-local addresses.
    pub allow_private_urls: bool,
    /// The largest file fetched from a URL.
    pub max_url_bytes: u64,
    /// Whether no other process works on these parts, as with embedded ones: then what another process left running
    /// is taken up at once, not after a minute of silence.
    pub sole_process: bool,
    /// How long an answer is cached.
    pub cache_ttl: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_cell_bytes: 1_000_000,
            max_row_bytes: 8_000_000,
            max_rejections: 100_000,
            max_attempts: 5,
            ingest_workers: 2,
            retry_delay: Duration::from_secs(5),
            allow_private_urls: false,
            max_url_bytes: 20 << 30,
            sole_process: true,
            cache_ttl: Duration::from_secs(60),
        }
    }
}

/// The catalog: all its services over one set of parts. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    pub(crate) core: Arc<Core>,
}

pub(crate) struct Core {
    pub(crate) parts: Parts,
    pub(crate) runs: Runs,
    pub(crate) options: Options,
    pub(crate) gates: Gates,
    pub(crate) live: LiveCache,
    pub(crate) flights: Flights,
    /// Names this process in the records of the files it works on.
    pub(crate) worker: String,
    active: Mutex<HashSet<String>>,
    /// Rung when a crawl or a re-index was queued here, so that nobody waits for the next look.
    pub(crate) crawl_bell: Notify,
    pub(crate) reindex_bell: Notify,
}

impl Core {
    /// The files that this process works on.
    pub(crate) fn active(&self) -> MutexGuard<'_, HashSet<String>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("parts", &self.core.parts).finish_non_exhaustive()
    }
}

impl Catalog {
    /// Brings the tables up to date and makes the topics known; starts no work.
    pub async fn open(parts: Parts, runs: Runs, options: Options) -> CatalogResult<Self> {
        parts.store.migrate("catalog", crate::migrations::migrations()).await?;
        parts.broker.declare(crate::ingest::TOPIC, crate::ingest::GROUP).await?;
        let core = Core {
            parts,
            runs,
            options,
            gates: Gates::default(),
            live: LiveCache::default(),
            flights: Flights::default(),
            worker: Uuid::now_v7().to_string(),
            active: Mutex::default(),
            crawl_bell: Notify::new(),
            reindex_bell: Notify::new(),
        };
        Ok(Self { core: Arc::new(core) })
    }

    /// The runs that this catalog's work is recorded in.
    pub fn runs(&self) -> &Runs {
        &self.core.runs
    }

    /// The parts it stands on.
    pub fn parts(&self) -> &Parts {
        &self.core.parts
    }

    /// Collections and their definitions.
    pub fn collections(&self) -> Collections {
        Collections { core: self.core.clone() }
    }

    /// The items of collections.
    pub fn items(&self) -> Items {
        Items { core: self.core.clone() }
    }

    /// Finding items.
    pub fn search(&self) -> Searcher {
        Searcher { core: self.core.clone() }
    }

    /// Where items come from.
    pub fn sources(&self) -> Sources {
        Sources { core: self.core.clone() }
    }

    /// Files handed over one by one.
    pub fn imports(&self) -> Imports {
        Imports { core: self.core.clone() }
    }

    /// Files that were given up.
    pub fn dead_letters(&self) -> DeadLetters {
        DeadLetters { core: self.core.clone() }
    }

    /// Rows that were refused.
    pub fn rejections(&self) -> Rejections {
        Rejections { core: self.core.clone() }
    }
}

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunKind {
    /// Lists a source and publishes its new and changed files.
    Crawl,
    /// Brings one file's rows into a collection.
    Ingest,
    /// Fills a new generation of a collection.
    Reindex,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Waits for a worker.
    Queued,
    /// A worker is on it.
    Running,
    /// Done.
    Succeeded,
    /// Given up, with an error.
    Failed,
    /// Stopped by request.
    Cancelled,
}

impl RunState {
    /// Whether nothing more will happen unless somebody retries the run.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

macro_rules! words {
    ($type:ty { $($variant:ident => $word:literal),* $(,)? }) => {
        impl $type {
            /// The word kept in the store and shown to people.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("{word:?} is none of {}", [$($word),*].join(", "))),
                }
            }
        }
    };
}

words!(RunKind { Crawl => "crawl", Ingest => "ingest", Reindex => "reindex" });
words!(RunState {
    Queued => "queued",
    Running => "running",
    Succeeded => "succeeded",
    Failed => "failed",
    Cancelled => "cancelled",
});

/// Named counts of a run, e.g. `read`, `new`, `changed`, `unchanged`, `refused`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    /// The count of `name`; 0 when nothing was counted.
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Adds `n` to the count of `name`.
    pub fn add(&mut self, name: &str, n: u64) {
        *self.0.entry(name.to_owned()).or_default() += n;
    }

    /// Makes `n` the count of `name`.
    pub fn set(&mut self, name: &str, n: u64) {
        self.0.insert(name.to_owned(), n);
    }
}

/// One execution of long work.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// A UUID of version 7: ids sort by time of creation.
    pub id: String,
    /// What it does.
    pub kind: RunKind,
    /// What it does it to: a source's name, a file's path, a collection's name.
    pub subject: String,
    /// The collection it fills, where there is one.
    pub collection: Option<String>,
    /// Where it stands.
    pub state: RunState,
    /// What it has counted so far.
    pub counts: Counts,
    /// Work done, in the unit of `total`: bytes of a file, items of a collection, objects of a source.
    pub done: u64,
    /// All the work, where known.
    pub total: Option<u64>,
    /// How often a worker took it up.
    pub attempts: u32,
    /// Why it failed, or why the last attempt did.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it reached its final state.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it last gave a sign of life.
    pub updated_at: DateTime<Utc>,
    /// Whether somebody asked to stop it.
    pub cancel_requested: bool,
    /// The run that caused it: the crawl that found the file.
    pub parent: Option<String>,
    /// What is needed to do it again.
    pub params: Json,
}

/// What a new run is made of.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// What it does.
    pub kind: RunKind,
    /// What it does it to, at most 1,000 characters are kept.
    pub subject: String,
    /// The collection it fills.
    pub collection: Option<String>,
    /// The run that caused it.
    pub parent: Option<String>,
    /// All the work, where known.
    pub total: Option<u64>,
    /// What is needed to do it again.
    pub params: Json,
}

impl NewRun {
    /// A run of `kind` on `subject`, with nothing else.
    pub fn new(kind: RunKind, subject: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            collection: None,
            parent: None,
            total: None,
            params: Json::Null,
        }
    }

    /// The same run for a collection.
    #[must_use]
    pub fn collection(mut self, name: impl Into<String>) -> Self {
        self.collection = Some(name.into());
        self
    }
}

/// Which runs to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    /// Only runs in this state.
    pub state: Option<RunState>,
    /// Only runs of this kind.
    pub kind: Option<RunKind>,
    /// Only runs of this collection.
    pub collection: Option<String>,
    /// Only runs on this subject.
    pub subject: Option<String>,
    /// Only runs caused by this run.
    pub parent: Option<String>,
    /// Where the previous page ended.
    pub cursor: Option<String>,
    /// Runs on a page: 1 to 500, 50 when zero.
    pub limit: usize,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The things.
    pub items: Vec<T>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
}

use chrono::{DateTime, Utc};

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Worth knowing.
    Info,
    /// Something was left out or tried again.
    Warn,
    /// Something failed.
    Error,
}

impl LogLevel {
    /// The word kept in the store and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "warn" => Self::Warn,
            "error" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// One line of a run's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// Counted from 1 within the run.
    pub seq: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// How much it matters.
    pub level: LogLevel,
    /// What happened, at most 2,000 characters.
    pub message: String,
}

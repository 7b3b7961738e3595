use std::path::{Path, PathBuf};

use super::Config;

/// Why the configuration cannot be used: which file, variable or flag, where in it, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named by `--config` cannot be read.
    #[error("cannot read the configuration file {path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// One key of one layer is unknown or has a wrong value.
    #[error("{place}: {message}")]
    Key {
        /// File and line, variable, or flag.
        place: String,
        /// What is wrong with it.
        message: String,
    },
    /// Keys that are fine alone do not fit together.
    #[error("configuration: {0}")]
    Invalid(String),
}

impl ConfigError {
    /// An error of the TOML parser, with its place in the file. The file's text is never echoed: it may hold secrets.
    pub(super) fn in_file(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        let place = match line {
            Some(line) => format!("{}, line {line}", path.display()),
            None => path.display().to_string(),
        };
        Self::Key { place, message: with_suggestion(error.message()) }
    }

    /// An error of a variable or flag.
    pub(super) fn at(place: impl Into<String>, message: &str) -> Self {
        Self::Key { place: place.into(), message: with_suggestion(message) }
    }
}

/// Replaces serde's list of all keys by the nearest one.
fn with_suggestion(message: &str) -> String {
    let Some(key) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) else {
        return message.trim().to_owned();
    };
    match nearest(key) {
        Some(known) => format!("unknown key `{key}`; did you mean `{known}`?"),
        None => format!("unknown key `{key}`; the known ones are {}", Config::KEYS.join(", ")),
    }
}

/// The known key that looks most like `key`, if any looks like it at all.
fn nearest(key: &str) -> Option<&'static str> {
    let likeness = |known: &&'static str| strsim::jaro_winkler(&key.to_lowercase(), known);
    Config::KEYS
        .iter()
        .copied()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|best| likeness(best) > 0.7)
}

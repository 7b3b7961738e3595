use std::fmt;
use std::str::FromStr;

use crate::{PortError, PortResult};

/// A text that never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a backend's URL cannot be read. Never echoes the input, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a backend URL: {0}")]
pub struct UrlError(pub(crate) &'static str);

/// The name of a backend: `scheme:rest?option=value`, for example `embedded:`, `file:./bucket`,
/// `sqlite:catalejo.db`, `s3://bucket/prefix?region=eu-west-1`, `elasticsearch+https://user:pw@host:9200/prefix`.
///
/// `Debug` and `Display` print it redacted: the password and secret-looking options become `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct BackendUrl {
    scheme: String,
    authority: Option<Authority>,
    path: String,
    options: Vec<(String, String)>,
}

#[derive(Clone, PartialEq, Eq)]
struct Authority {
    username: Option<String>,
    password: Option<Secret>,
    host: String,
    port: Option<u16>,
}

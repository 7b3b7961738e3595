//! What an installation is told: one flat set of keys, from defaults, `catalejo.toml`, the environment and flags.

mod error;
mod load;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderName;
use axum::http::header::InvalidHeaderName;
use catalejo_port::{BackendUrl, Secret};
use serde::{Deserialize, Deserializer};

pub use error::ConfigError;
pub use load::{Layers, load};

/// Every key, with its unit in its name. `catalejo.toml.example` explains each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where the service listens.
    pub listen: SocketAddr,
    /// The operator's key, which opens everything.
    #[serde(deserialize_with = "secret")]
    pub admin_key: Option<Secret>,
    /// Whether anybody may register.
    pub registration_open: bool,
    /// Whose access tokens are accepted, besides our own sessions and keys.
    pub oidc_issuer: Option<String>,
    /// What those tokens must be made out to.
    pub oidc_audience: Option<String>,
    /// `CLAIM=VALUE` of those who administer.
    pub oidc_admin_claim: Option<String>,
    /// The claim that names a user at first sight.
    pub oidc_name_claim: String,
    /// How often an address or account may publish, like, follow and the like; 0 means without limit.
    pub writes_per_minute: u32,
    /// How often an address may log in or register, and a name be tried; 0 means without limit.
    pub logins_per_minute: u32,
    /// The header in which a proxy before us names the caller's address.
    pub address_header: Option<String>,
    /// Relational data.
    #[serde(deserialize_with = "url")]
    pub store: BackendUrl,
    /// Items: vectors, full text, filters.
    #[serde(deserialize_with = "url")]
    pub index: BackendUrl,
    /// Work queues.
    #[serde(deserialize_with = "url")]
    pub broker: BackendUrl,
    /// Answers kept for a while.
    #[serde(deserialize_with = "url")]
    pub cache: BackendUrl,
    /// Uploaded files.
    #[serde(deserialize_with = "url")]
    pub blobs: BackendUrl,
    /// Texts to vectors; absent means the model folder that `make run` fetches.
    #[serde(deserialize_with = "optional_url")]
    pub encoder: Option<BackendUrl>,
    /// Which log lines, in `tracing`'s filter syntax.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Largest JSON body.
    pub body_limit_mib: u64,
    /// Largest uploaded file.
    pub upload_limit_mib: u64,
    /// Most items a page of a list holds.
    pub page_limit_items: usize,
    /// A request that takes longer is answered 503.
    pub request_timeout_secs: u64,
    /// How long a shutdown waits for requests and deliveries.
    pub shutdown_timeout_secs: u64,
    /// How often sources without their own schedule are crawled.
    pub crawl_interval_secs: u64,
    /// Files ingested at the same time.
    pub ingest_workers: usize,
    /// Deliveries of a file before it is buried.
    pub ingest_attempts: u32,
    /// Life time of a cached answer.
    pub cache_ttl_secs: u64,
    /// Whether imports may fetch from private addresses.
    pub allow_private_urls: bool,
    /// Folders that `file:` sources may read; empty means any.
    pub source_roots: Vec<PathBuf>,
    /// Certificate chain (PEM); with `tls_key_file` the service speaks HTTPS.
    pub tls_cert_file: Option<PathBuf>,
    /// Private key (PEM).
    pub tls_key_file: Option<PathBuf>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        let embedded = |text: &str| text.parse().expect("the embedded default is a backend URL");
        Self {
            data: "./catalejo-data".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_key: None,
            registration_open: true,
            oidc_issuer: None,
            oidc_audience: None,
            oidc_admin_claim: None,
            oidc_name_claim: "preferred_username".into(),
            writes_per_minute: 60,
            logins_per_minute: 10,
            address_header: None,
            store: embedded("sqlite:"),
            index: embedded("embedded:"),
            broker: embedded("embedded:"),
            cache: embedded("memory:"),
            blobs: embedded("file:"),
            encoder: None,
            log: "info".into(),
            log_format: LogFormat::Text,
            body_limit_mib: 16,
            upload_limit_mib: 8192,
            page_limit_items: 1000,
            request_timeout_secs: 60,
            shutdown_timeout_secs: 30,
            crawl_interval_secs: 300,
            ingest_workers: 1,
            ingest_attempts: 5,
            cache_ttl_secs: 60,
            allow_private_urls: false,
            source_roots: Vec::new(),
            tls_cert_file: None,
            tls_key_file: None,
        }
    }
}

impl Config {
    /// The keys of the file, the environment (`CATALEJO_` and the key in capitals) and `--set`.
    pub const KEYS: &[&str] = &[
        "data",
        "listen",
        "admin_key",
        "registration_open",
        "oidc_issuer",
        "oidc_audience",
        "oidc_admin_claim",
        "oidc_name_claim",
        "writes_per_minute",
        "logins_per_minute",
        "address_header",
        "store",
        "index",
        "broker",
        "cache",
        "blobs",
        "encoder",
        "log",
        "log_format",
        "body_limit_mib",
        "upload_limit_mib",
        "page_limit_items",
        "request_timeout_secs",
        "shutdown_timeout_secs",
        "crawl_interval_secs",
        "ingest_workers",
        "ingest_attempts",
        "cache_ttl_secs",
        "allow_private_urls",
        "source_roots",
        "tls_cert_file",
        "tls_key_file",
    ];

    /// Refuses what each key allows alone but not together.
    pub fn validate(self) -> Result<Self, ConfigError> {
        if self.admin_key.as_ref().is_some_and(|key| key.expose().len() < 16) {
            return Err(ConfigError::Invalid(
                "admin_key is shorter than 16 characters and could be guessed; `openssl rand -hex 24` makes a good one".into(),
            ));
        }
        if self.tls_cert_file.is_some() != self.tls_key_file.is_some() {
            return Err(ConfigError::Invalid("tls_cert_file and tls_key_file are needed together".into()));
        }
        if self.oidc_issuer.is_some() != self.oidc_audience.is_some() {
            return Err(ConfigError::Invalid("oidc_issuer and oidc_audience are needed together".into()));
        }
        if let Some(Err(_)) = self.address_header() {
            return Err(ConfigError::Invalid(
                "address_header is no name of a header; `X-Forwarded-For` is usual".into(),
            ));
        }
        for (key, value) in [
            ("body_limit_mib", self.body_limit_mib),
            ("upload_limit_mib", self.upload_limit_mib),
            ("page_limit_items", self.page_limit_items as u64),
            ("request_timeout_secs", self.request_timeout_secs),
            ("crawl_interval_secs", self.crawl_interval_secs),
            ("ingest_workers", self.ingest_workers as u64),
            ("ingest_attempts", u64::from(self.ingest_attempts)),
        ] {
            if value == 0 {
                return Err(ConfigError::Invalid(format!("{key} must be at least 1")));
            }
        }
        Ok(self)
    }

    /// Refuses to be reachable from other machines while nobody governs, so that anybody could write.
    pub fn check_listen(&self, has_admin: bool) -> Result<(), ConfigError> {
        if self.listen.ip().is_loopback() || self.admin_key.is_some() || has_admin {
            return Ok(());
        }
        Err(ConfigError::Invalid(format!(
            "listen = \"{}\" is reachable from other machines, and there is neither an administrator nor an admin_key, so \
             that anybody could write; `catalejo users add NAME --admin` makes one, CATALEJO_ADMIN_KEY (16 characters or \
             more) sets the other; or listen on 127.0.0.1",
            self.listen
        )))
    }

    /// The header that names a caller's address, where one is configured.
    pub fn address_header(&self) -> Option<Result<HeaderName, InvalidHeaderName>> {
        self.address_header.as_ref().map(|name| name.parse())
    }

    /// How long a request may take.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_secs)
    }

    /// How long a shutdown waits.
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_secs(self.shutdown_timeout_secs)
    }
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BackendUrl, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn optional_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BackendUrl>, D::Error> {
    url(deserializer).map(Some)
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    // serde's own message for a wrong type would print the value
    match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => Ok(Some(Secret::new(text))),
        _ => Err(serde::de::Error::custom("a secret must be text in quotes")),
    }
}

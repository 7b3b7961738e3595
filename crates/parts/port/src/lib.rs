//! The words that every part shares: how a backend is named ([`BackendUrl`]), how it fails
//! ([`PortError`]) and how calls to it are repeated, limited and counted.
//!
//! A *port* is a trait with a contract in prose; a *backend* implements it; a *decorator* implements
//! it by wrapping another implementation. The same public contract suite runs on all three.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod error;
mod metered;
mod retry;
mod url;

pub use error::{ErrorKind, PortError, PortResult};
pub use metered::{observe, record};
pub use retry::{RetryPolicy, retry, with_timeout};
pub use url::{BackendUrl, Secret, UrlError, unknown_scheme};

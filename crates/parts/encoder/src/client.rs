//! What the parts that speak HTTP share: the client and the errors.

use std::sync::Once;
use std::time::Duration;

use catalejo_port::{ErrorKind, PortError, PortResult};
use reqwest::StatusCode;

/// Time for the connection alone.
const CONNECT: Duration = Duration::from_secs(10);

/// A client whose requests end after `timeout`; without one they may take as long as data keeps coming.
pub(crate) fn new(timeout: Option<Duration>) -> PortResult<reqwest::Client> {
    // the client library panics without a provider; the binary's own choice, made earlier, stands
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let builder = reqwest::Client::builder().connect_timeout(CONNECT);
    let builder = match timeout {
        Some(timeout) => builder.timeout(timeout),
        None => builder.read_timeout(Duration::from_secs(60)),
    };
    builder.build().map_err(|error| PortError::internal("cannot set up the HTTP client").with_source(error))
}

/// The error of a request that got no answer.
pub(crate) fn transport_error(what: &str, error: reqwest::Error) -> PortError {
    let kind = match () {
        _ if error.is_timeout() && !error.is_connect() => ErrorKind::Timeout,
        _ if error.is_decode() => ErrorKind::Corrupt,
        _ => ErrorKind::Unreachable,
    };
    // the address is in the message already
    PortError::new(kind, what).with_source(error.without_url())
}

/// The error of an answer that is not a success.
pub(crate) fn status_error(what: &str, status: StatusCode, retry_after: Option<Duration>) -> PortError {
    let kind = match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => ErrorKind::Busy,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorKind::Unauthorized,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => ErrorKind::Timeout,
        StatusCode::BAD_GATEWAY => ErrorKind::Unreachable,
        status if status.is_client_error() => ErrorKind::Invalid,
        _ => ErrorKind::Internal,
    };
    let error = PortError::new(kind, format!("{what}: the server answered {status}"));
    match (kind, retry_after) {
        (ErrorKind::Busy, after) => error.with_retry_after(after.unwrap_or(Duration::from_secs(1))),
        _ => error,
    }
}

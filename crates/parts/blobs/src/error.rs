use std::error::Error as StdError;

use catalejo_port::{ErrorKind, PortError};
use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

/// The error of `object_store` as a port error that says what was being done.
pub(crate) fn blobs_error(doing: impl Into<String>, error: Error) -> PortError {
    // As text, because these errors print their causes themselves.
    PortError::new(kind_of(&error), format!("blobs: {}", doing.into())).with_source(error.to_string())
}

fn kind_of(error: &Error) -> ErrorKind {
    match error {
        Error::NotFound { .. } => ErrorKind::NotFound,
        Error::AlreadyExists { .. } => ErrorKind::AlreadyExists,
        Error::Precondition { .. } | Error::NotModified { .. } => ErrorKind::Conflict,
        Error::InvalidPath { .. } => ErrorKind::Invalid,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => ErrorKind::Unauthorized,
        Error::NotSupported { .. } | Error::NotImplemented { .. } => ErrorKind::Unsupported,
        Error::Generic { source, .. } => cause_of(source.as_ref()),
        _ => ErrorKind::Internal,
    }
}

/// `object_store` calls everything else "generic"; the reason is among its causes.
fn cause_of(error: &(dyn StdError + 'static)) -> ErrorKind {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return match http.kind() {
                HttpErrorKind::Timeout => ErrorKind::Timeout,
                HttpErrorKind::Connect | HttpErrorKind::Request | HttpErrorKind::Interrupted => {
                    ErrorKind::Unreachable
                }
                _ => ErrorKind::Internal,
            };
        }
        if let Some(status) = status_of(error) {
            return match status {
                401 | 403 => ErrorKind::Unauthorized,
                404 => ErrorKind::NotFound,
                408 | 504 => ErrorKind::Timeout,
                429 | 503 => ErrorKind::Busy,
                500..600 => ErrorKind::Unreachable,
                _ => ErrorKind::Invalid,
            };
        }
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                std::io::ErrorKind::PermissionDenied => ErrorKind::Unauthorized,
                std::io::ErrorKind::NotADirectory | std::io::ErrorKind::InvalidFilename => ErrorKind::Invalid,
                _ => ErrorKind::Internal,
            };
        }
        cause = error.source();
    }
    ErrorKind::Internal
}

/// The type that holds a response's status is private to `object_store`; its text is all there is.
fn status_of(error: &(dyn StdError + 'static)) -> Option<u16> {
    let text = error.to_string();
    text.strip_prefix("Server returned non-2xx status code: ")?.get(..3)?.parse().ok()
}

use std::time::Duration;

use catalejo_accounts::AccountError;
use catalejo_port::{ErrorKind, PortError};
use catalejo_store::StoreError;
use sea_orm::DbErr;

/// What a call on the social network returns.
pub type SocialResult<T> = Result<T, SocialError>;

/// Why a call on the social network failed, by what a caller does with it.
#[derive(Debug, thiserror::Error)]
pub enum SocialError {
    /// No prompt has this id, or the viewer may not see it.
    #[error("no prompt has the id {0}")]
    UnknownPrompt(i64),
    /// Nobody has this name, or the viewer may not see that person.
    #[error("nobody is named {0:?}")]
    UnknownPerson(String),
    /// No report has this id.
    #[error("no report has the id {0}")]
    UnknownReport(i64),
    /// The prompt is somebody else's.
    #[error("prompt {0} was published by somebody else")]
    NotYours(i64),
    /// Another moderator was faster.
    #[error("report {0} is resolved already")]
    AlreadyResolved(i64),
    /// A moderator keeps this user out.
    #[error("this account is suspended")]
    Suspended,
    /// A part of the request is wrong.
    #[error("{field}: {reason}")]
    InvalidRequest {
        /// The field of the request.
        field: &'static str,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// The cursor was not made by this list.
    #[error("the cursor was not made by this list; start again without one")]
    InvalidCursor,
    /// At its limit just now.
    #[error("{message}; try again in {} ms", retry_after.as_millis())]
    Busy {
        /// What is at its limit.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// A call on accounts failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A part failed.
    #[error(transparent)]
    Part(PortError),
}

impl SocialError {
    pub(crate) fn request(field: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidRequest { field, reason: reason.into() }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Account(error) => error.is_transient(),
            Self::Part(error) => error.is_transient(),
            _ => false,
        }
    }
}

impl From<PortError> for SocialError {
    fn from(error: PortError) -> Self {
        if error.kind() == ErrorKind::Busy {
            let retry_after = error.retry_after().unwrap_or(Duration::from_secs(1));
            return Self::Busy { message: error.to_string(), retry_after };
        }
        Self::Part(error)
    }
}

impl From<DbErr> for SocialError {
    fn from(error: DbErr) -> Self {
        catalejo_store::store_error(error).into()
    }
}

impl From<StoreError> for SocialError {
    fn from(error: StoreError) -> Self {
        PortError::from(error).into()
    }
}

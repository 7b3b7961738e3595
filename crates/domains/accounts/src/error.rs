use std::time::Duration;

use catalejo_port::{ErrorKind, PortError};
use sea_orm::DbErr;

/// What a call on accounts returns.
pub type AccountResult<T> = Result<T, AccountError>;

/// Why a call on accounts failed, by what a caller does with it.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Nobody has this name and this password. Which of the two is wrong is not told.
    #[error("the name or the password is wrong")]
    WrongCredentials,
    /// The current password, asked for to confirm a change, is wrong.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The token is unknown, expired or revoked.
    #[error("the session, key or token is not valid (any more); log in again")]
    Unauthenticated,
    /// An administrator keeps this user out.
    #[error("this account is suspended")]
    Suspended,
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Another user has this name, or one that looks like it.
    #[error("the name {0:?} is taken, or looks like one that is")]
    NameTaken(String),
    /// A part of the request is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field of the request.
        field: &'static str,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// Nobody has this name.
    #[error("nobody is named {0:?}")]
    UnknownUser(String),
    /// The user has no such session.
    #[error("no session has the id {0:?}")]
    UnknownSession(String),
    /// There is no such key.
    #[error("no key has the id {0:?}")]
    UnknownKey(String),
    /// Without this user nobody could administer the installation.
    #[error("this is the last administrator; make another one first")]
    LastAdmin,
    /// Only administrators make accounts here.
    #[error("registration is closed; ask an administrator for an account")]
    RegistrationClosed,
    /// The set-up token is wrong, used, or not needed any more.
    #[error(
        "the set-up token is not valid (any more); the service prints a new one when it starts without an administrator"
    )]
    WrongSetupToken,
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
    /// The issuer of access tokens cannot be asked for its keys.
    #[error("the issuer of access tokens cannot be asked for its keys: {0}")]
    Issuer(String),
    /// A part failed.
    #[error(transparent)]
    Part(PortError),
}

impl AccountError {
    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into() }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::Issuer(_) => true,
            Self::Part(error) => error.is_transient(),
            _ => false,
        }
    }
}

impl From<PortError> for AccountError {
    fn from(error: PortError) -> Self {
        if error.kind() == ErrorKind::Busy {
            let retry_after = error.retry_after().unwrap_or(Duration::from_secs(1));
            return Self::Busy { message: error.to_string(), retry_after };
        }
        Self::Part(error)
    }
}

impl From<DbErr> for AccountError {
    fn from(error: DbErr) -> Self {
        catalejo_store::store_error(error).into()
    }
}

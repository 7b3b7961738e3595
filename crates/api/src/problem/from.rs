//! From the ports' errors to problems.

use catalejo_accounts::AccountError;
use catalejo_port::{ErrorKind, PortError};
use catalejo_social::SocialError;

use super::{Code, Problem};

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        let code = match error.kind() {
            ErrorKind::NotFound => Code::NotFound,
            ErrorKind::AlreadyExists => Code::AlreadyExists,
            ErrorKind::Conflict => Code::Conflict,
            ErrorKind::Invalid => Code::InvalidRequest,
            ErrorKind::Busy => Code::Busy,
            ErrorKind::Timeout => Code::Timeout,
            ErrorKind::Unreachable | ErrorKind::Unauthorized => Code::Unavailable,
            ErrorKind::Unsupported => Code::Unsupported,
            ErrorKind::Corrupt | ErrorKind::Internal => Code::Internal,
        };
        if code.status().is_server_error() {
            return Self::hidden(code, &error).with_retry_after(error.retry_after());
        }
        Self::new(code, error.message())
    }
}

impl From<catalejo_runs::RunError> for Problem {
    fn from(error: catalejo_runs::RunError) -> Self {
        use catalejo_runs::RunError;
        match error {
            RunError::NotFound(_) => Self::not_found(error),
            RunError::WrongState { .. } => Self::new(Code::Conflict, error),
            RunError::InvalidCursor => Self::invalid(error),
            RunError::Store(error) => error.into(),
        }
    }
}

impl From<catalejo_catalog::CatalogError> for Problem {
    fn from(error: catalejo_catalog::CatalogError) -> Self {
        use catalejo_catalog::CatalogError as E;
        match error {
            E::UnknownCollection(_)
            | E::UnknownSource(_)
            | E::UnknownDeadLetter(_)
            | E::UnknownItem { .. } => Self::not_found(error),
            E::InvalidFilter { at: Some(at), reason } => {
                Self::invalid(format!("filter, character {at}: {reason}"))
            }
            E::InvalidDefinition { .. }
            | E::InvalidFilter { .. }
            | E::InvalidRequest { .. }
            | E::InvalidCursor => Self::invalid(error),
            E::Conflict { .. } => Self::new(Code::Conflict, error),
            E::NotReady(_) => Self::new(Code::Unavailable, error),
            E::Busy { retry_after, .. } => {
                Self::hidden(Code::Busy, &error).with_retry_after(Some(retry_after))
            }
            E::Run(error) => error.into(),
            E::Part(error) => error.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        use AccountError as E;
        match error {
            E::WrongCredentials | E::WrongPassword => Self::new(Code::WrongCredentials, error),
            E::Unauthenticated => Self::new(Code::Unauthorized, error),
            E::Suspended | E::Forbidden(_) | E::RegistrationClosed | E::WrongSetupToken => {
                Self::new(Code::Forbidden, error)
            }
            E::NameTaken(_) => Self::new(Code::NameTaken, error),
            E::Invalid { .. } | E::InvalidCursor => Self::invalid(error),
            E::UnknownUser(_) | E::UnknownSession(_) | E::UnknownKey(_) => Self::not_found(error),
            E::LastAdmin => Self::new(Code::Conflict, error),
            E::Busy { retry_after, .. } => {
                Self::hidden(Code::Busy, &error).with_retry_after(Some(retry_after))
            }
            E::Issuer(_) => Self::hidden(Code::Unavailable, error),
            E::Part(error) => error.into(),
        }
    }
}

impl From<SocialError> for Problem {
    fn from(error: SocialError) -> Self {
        use SocialError as E;
        match error {
            E::UnknownPrompt(_) | E::UnknownPerson(_) | E::UnknownReport(_) => Self::not_found(error),
            E::NotYours(_) | E::Suspended => Self::new(Code::Forbidden, error),
            E::AlreadyResolved(_) => Self::new(Code::Conflict, error),
            E::InvalidRequest { .. } | E::InvalidCursor => Self::invalid(error),
            E::Busy { retry_after, .. } => {
                Self::hidden(Code::Busy, &error).with_retry_after(Some(retry_after))
            }
            E::Account(error) => error.into(),
            E::Part(error) => error.into(),
        }
    }
}

use std::time::Duration;

use catalejo_index::FilterError;
use catalejo_port::{ErrorKind, PortError};
use catalejo_runs::RunError;
use sea_orm::DbErr;

/// What a call on the catalog returns.
pub type CatalogResult<T> = Result<T, CatalogError>;

/// Why a call on the catalog failed, by what a caller does with it.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// No collection has this name.
    #[error("no collection is named {0:?}")]
    UnknownCollection(String),
    /// No source has this name.
    #[error("no source is named {0:?}")]
    UnknownSource(String),
    /// No dead letter has this id.
    #[error("no dead letter has the id {0:?}")]
    UnknownDeadLetter(String),
    /// The collection has no item with this id.
    #[error("collection {collection:?} has no item with the id {id:?}")]
    UnknownItem {
        /// The collection's name.
        collection: String,
        /// The id asked for.
        id: String,
    },
    /// A collection's definition is wrong.
    #[error("definition, {path}: {reason}")]
    InvalidDefinition {
        /// Where: `line 4`, `fields.tempo.default`, `embed.text`.
        path: String,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// A filter cannot be read, or asks what the collection cannot answer.
    #[error("filter: {reason}")]
    InvalidFilter {
        /// The character, counted from 1, where it is known.
        at: Option<usize>,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// Another part of a request is wrong.
    #[error("{field}: {reason}")]
    InvalidRequest {
        /// The field of the request.
        field: String,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// The cursor was not made by this list.
    #[error("the cursor was not made by this list; start again without one")]
    InvalidCursor,
    /// Somebody else is at it: a source is being crawled, a collection changed at the same moment.
    #[error("{message}")]
    Conflict {
        /// What stands in the way.
        message: String,
        /// The run that does, where there is one.
        run: Option<String>,
    },
    /// The collection cannot answer that until it is re-indexed.
    #[error("{0}")]
    NotReady(String),
    /// At its limit just now.
    #[error("{message}; try again in {} ms", retry_after.as_millis())]
    Busy {
        /// What is at its limit.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// A call on runs failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A part failed.
    #[error(transparent)]
    Part(PortError),
}

impl CatalogError {
    pub(crate) fn definition(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::InvalidDefinition { path: path.into(), reason: reason.into() }
    }

    pub(crate) fn request(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::InvalidRequest { field: field.into(), reason: reason.into() }
    }

    /// The same error once more, for another who asked the same. Causes are in the message.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::UnknownCollection(name) => Self::UnknownCollection(name.clone()),
            Self::InvalidFilter { at, reason } => Self::InvalidFilter { at: *at, reason: reason.clone() },
            Self::InvalidRequest { field, reason } => Self::request(field, reason),
            Self::NotReady(message) => Self::NotReady(message.clone()),
            Self::Busy { message, retry_after } => {
                Self::Busy { message: message.clone(), retry_after: *retry_after }
            }
            Self::Part(error) => Self::Part(PortError::new(error.kind(), error.to_string())),
            other => Self::Part(PortError::internal(other.to_string())),
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::NotReady(_) => true,
            Self::Part(error) => error.is_transient(),
            Self::Run(RunError::Store(error)) => error.is_transient(),
            _ => false,
        }
    }
}

impl From<PortError> for CatalogError {
    fn from(error: PortError) -> Self {
        if error.kind() == ErrorKind::Busy {
            let retry_after = error.retry_after().unwrap_or(Duration::from_secs(1));
            return Self::Busy { message: error.to_string(), retry_after };
        }
        Self::Part(error)
    }
}

impl From<DbErr> for CatalogError {
    fn from(error: DbErr) -> Self {
        catalejo_store::store_error(error).into()
    }
}

impl From<FilterError> for CatalogError {
    fn from(error: FilterError) -> Self {
        Self::InvalidFilter { at: Some(error.at), reason: error.message }
    }
}

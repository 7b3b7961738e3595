use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong with vectors and their segments.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// The file system refused.
    #[error("{path}: {source}; check the disk and the rights of the folder")]
    Io {
        /// File or folder concerned.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A segment file is not what was written.
    #[error(
        "{path}: section {section} is damaged ({reason}); restore the file from a snapshot or index again"
    )]
    Damaged {
        /// The segment file.
        path: PathBuf,
        /// The part of the file that failed.
        section: &'static str,
        /// What did not agree.
        reason: String,
    },
    /// A vector has the wrong number of components.
    #[error("a vector has {found} components where {expected} are expected")]
    Dimensions {
        /// Components the segment holds.
        expected: usize,
        /// Components given.
        found: usize,
    },
    /// A segment cannot hold vectors of this length.
    #[error("{found} dimensions are not supported; use 1 to {max}")]
    Unsupported {
        /// Dimensions asked for.
        found: usize,
        /// Most dimensions a segment can hold.
        max: usize,
    },
    /// A component is NaN or infinite.
    #[error("component {component} of {what} is not a finite number")]
    NotFinite {
        /// The vector: a row or the query.
        what: String,
        /// Position of the first such component.
        component: usize,
    },
    /// Two rows of one segment have the same id.
    #[error("row {row} was given twice; row ids are never reused")]
    DuplicateRow {
        /// The id.
        row: u64,
    },
    /// More rows than one segment can number.
    #[error("a segment holds at most {max} rows; write several")]
    TooManyRows {
        /// Most rows of a segment.
        max: u64,
    },
    /// The caller's cancel flag was raised; nothing was written.
    #[error("cancelled before the segment was complete")]
    Cancelled,
}

/// Result of an operation on vectors.
pub type Result<T, E = VectorError> = std::result::Result<T, E>;

/// Names the path in an error of the file system.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> VectorError + '_ {
    move |source| VectorError::Io { path: path.to_owned(), source }
}

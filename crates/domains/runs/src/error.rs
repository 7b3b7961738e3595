use catalejo_port::PortError;

use crate::RunState;

/// What a call on runs returns.
pub type RunResult<T> = Result<T, RunError>;

/// Why a call on runs failed, by what a caller does with it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No run has this id.
    #[error("no run has the id {0:?}")]
    NotFound(String),
    /// The run is in a state that does not allow the request.
    #[error("run {id} is {state}: {hint}")]
    WrongState {
        /// The run's id.
        id: String,
        /// Its state.
        state: RunState,
        /// What would be allowed.
        hint: &'static str,
    },
    /// The cursor was not made by this list.
    #[error("the cursor was not made by this list; start again without one")]
    InvalidCursor,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

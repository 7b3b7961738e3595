//! How a command ends when it does not end well.

use crate::client::ClientError;
use crate::config::ConfigError;
use crate::owner::OwnerError;

/// The reason, and with it the exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for what cannot be: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// It was tried and failed: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// It failed and everything was already printed: exit code 1.
    #[error("")]
    Told,
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder cannot be used.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// The service did not do it.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl Failure {
    /// 1 for what failed, 2 for wrong usage.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            _ => 1,
        }
    }
}

//! Tokens: 32 random bytes that a caller keeps, and a hash of them that the store keeps.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use catalejo_port::{PortError, PortResult, Secret};

/// What a token is for, told by how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Session,
    Key,
    Setup,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Session => "cts_",
            Self::Key => "ctk_",
            Self::Setup => "ctu_",
        }
    }

    pub(crate) fn of(token: &str) -> Option<Self> {
        [Self::Session, Self::Key, Self::Setup].into_iter().find(|kind| token.starts_with(kind.prefix()))
    }
}

/// A new token of 256 random bits.
pub(crate) fn create(kind: Kind) -> PortResult<Secret> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| PortError::internal(format!("accounts: the system gives no random numbers: {e}")))?;
    Ok(Secret::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes))))
}

/// What the store keeps. A random token needs no slow hash: nobody guesses 256 bits.
pub(crate) fn hash(token: &str) -> blake3::Hash {
    blake3::hash(token.as_bytes())
}

//! Passwords: which may be chosen, and how they are hashed without holding up anything else.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use catalejo_port::PortError;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::{AccountError, AccountResult};

const MIN_CHARS: usize = 8;
const MAX_CHARS: usize = 256;
const MAX_BYTES: usize = 1024;
/// OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Verified in place of the hash of somebody who does not exist, so that the answer takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWlzLWhlcmUh$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Callers who may wait for a turn.
const WAITING: usize = 64;
const BUSY_RETRY: Duration = Duration::from_secs(2);

/// A password in the form that is hashed: the same whichever way a keyboard composes its letters.
#[derive(Clone)]
pub(crate) struct Password(String);

impl Password {
    /// A password to be chosen: 8 to 256 characters, whatever they are.
    pub(crate) fn chosen(text: &str) -> AccountResult<Self> {
        let refused = || {
            let reason =
                format!("it must have {MIN_CHARS} to {MAX_CHARS} characters (at most {MAX_BYTES} bytes)");
            AccountError::invalid("password", reason)
        };
        let password = Self::given(text).ok_or_else(refused)?;
        if !(MIN_CHARS..=MAX_CHARS).contains(&password.0.chars().count()) {
            return Err(refused());
        }
        Ok(password)
    }

    /// A password to be tried; `None` for one that nobody can have.
    pub(crate) fn given(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let composed: String = text.nfc().collect();
        (composed.len() <= MAX_BYTES).then_some(Self(composed))
    }
}

/// Hashes passwords on threads of their own, a few at a time.
///
/// One core is left to everybody else. Who would wait behind 64 others is sent away.
#[derive(Debug)]
pub(crate) struct Hasher {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = cores.saturating_sub(1).max(1);
        Self { turns: Arc::new(Semaphore::new(turns)), places: Arc::new(Semaphore::new(turns + WAITING)) }
    }
}

impl Hasher {
    /// The PHC string of a password with a fresh salt.
    pub(crate) async fn hash(&self, password: Password) -> AccountResult<String> {
        let hashed = self.run(move || argon2().hash_password(password.0.as_bytes())).await?;
        let hash = hashed.map_err(|error| {
            AccountError::Part(PortError::internal(format!("accounts: a password cannot be hashed: {error}")))
        })?;
        Ok(hash.to_string())
    }

    /// Whether the password is the one that `hash` was made of. Takes as long without a hash.
    pub(crate) async fn verify(&self, password: Password, hash: Option<&str>) -> AccountResult<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        let matches =
            self.run(move || argon2().verify_password(password.0.as_bytes(), hash.as_str())).await?;
        Ok(known && matches.is_ok())
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> AccountResult<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| AccountError::Busy {
            message: "too many people are logging in at this moment".to_owned(),
            retry_after: BUSY_RETRY,
        })?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.expect("the semaphore is never closed");
        // The work goes on when its caller goes away; it keeps its turn as long.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|error| {
            AccountError::Part(PortError::internal("accounts: hashing a password failed").with_source(error))
        })
    }
}

fn argon2() -> Argon2<'static> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use catalejo_port::PortResult;
use catalejo_store::{Store, store_error};
use parking_lot::RwLock;
use sea_orm::DatabaseTransaction;

use crate::oidc::Issuer;
use crate::password::Hasher;
use crate::uses::Uses;
use crate::verified::Verified;
use crate::{AccountResult, Clock, OidcOptions, UserRemoval};

/// What an installation decides about accounts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether anybody may register. Otherwise only administrators make accounts.
    pub registration_open: bool,
    /// Whose access tokens are accepted besides sessions and keys.
    pub oidc: Option<OidcOptions>,
    /// What time it is.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { registration_open: true, oidc: None, clock: Clock::default() }
    }
}

/// The accounts of an installation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Accounts {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) registration_open: bool,
    pub(crate) clock: Clock,
    pub(crate) hasher: Hasher,
    pub(crate) issuer: Option<Issuer>,
    pub(crate) verified: Verified,
    /// Whether an administrator was ever seen.
    pub(crate) has_admin: AtomicBool,
    /// Until when it is believed that nobody administers; 0 after every change in this process.
    pub(crate) no_admin_until: AtomicI64,
    pub(crate) session_uses: Uses,
    pub(crate) key_uses: Uses,
    pub(crate) removals: RwLock<Vec<Arc<dyn UserRemoval>>>,
}

impl Accounts {
    /// Brings the tables up to date. The issuer of access tokens is not asked yet.
    pub async fn open(store: Store, options: Options) -> PortResult<Self> {
        store.migrate("accounts", crate::migrations()).await?;
        let inner = Inner {
            store,
            registration_open: options.registration_open,
            issuer: options.oidc.map(|oidc| Issuer::new(oidc, options.clock.clone())).transpose()?,
            clock: options.clock,
            hasher: Hasher::default(),
            verified: Verified::default(),
            has_admin: AtomicBool::default(),
            no_admin_until: AtomicI64::default(),
            session_uses: Uses::default(),
            key_uses: Uses::default(),
            removals: RwLock::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Has `removal` called whenever a user is deleted, in the order in which they were named.
    pub fn on_delete(&self, removal: Arc<dyn UserRemoval>) {
        self.inner.removals.write().push(removal);
    }

    /// Whether anybody may register.
    pub fn registration_open(&self) -> bool {
        self.inner.registration_open
    }

    pub(crate) fn now(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    /// Commits a change of who may do what; from then on nobody is believed on older grounds.
    pub async fn commit(&self, txn: DatabaseTransaction) -> AccountResult<()> {
        txn.commit().await.map_err(store_error)?;
        self.inner.verified.clear();
        self.inner.no_admin_until.store(0, Ordering::Release);
        Ok(())
    }
}

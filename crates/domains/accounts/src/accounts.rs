use std::sync::Arc;

use catalejo_port::PortResult;
use catalejo_store::Store;
use parking_lot::RwLock;

use crate::{Clock, UserRemoval};

/// What an installation decides about accounts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether anybody may register. Otherwise only administrators make accounts.
    pub registration_open: bool,
    /// What time it is.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { registration_open: true, clock: Clock::default() }
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
    pub(crate) options: Options,
    pub(crate) removals: RwLock<Vec<Arc<dyn UserRemoval>>>,
}

impl Accounts {
    /// Brings the tables up to date.
    pub async fn open(store: Store, options: Options) -> PortResult<Self> {
        store.migrate("accounts", crate::migrations()).await?;
        let inner = Inner { store, options, removals: RwLock::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Has `removal` called whenever a user is deleted, in the order in which they were named.
    pub fn on_delete(&self, removal: Arc<dyn UserRemoval>) {
        self.inner.removals.write().push(removal);
    }
}

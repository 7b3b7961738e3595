use std::fmt;
use std::sync::Arc;

use catalejo_accounts::{Accounts, UserId, entity::user};
use catalejo_index::Index;
use catalejo_store::Store;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait};
use tokio::sync::{Mutex, Notify};

use crate::removal::Removal;
use crate::{SocialError, SocialResult, index};

/// The network's limits and habits.
#[derive(Debug, Clone)]
pub struct Options {
    /// The collection of prompts that name none.
    pub default_collection: String,
    /// How many people one may follow: the cost of a feed grows with it, and with nothing else.
    pub max_following: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { default_collection: "songs".to_owned(), max_following: 10_000 }
    }
}

/// The social network of an installation; cheap to clone.
#[derive(Clone)]
pub struct Social {
    pub(crate) core: Arc<Core>,
}

pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) index: Arc<dyn Index>,
    pub(crate) accounts: Accounts,
    pub(crate) options: Options,
    /// Rung when a prompt changed here, so that the index learns it at once.
    pub(crate) bell: Notify,
    /// One at a time brings changes to the index, or an older state could overtake a newer one.
    pub(crate) indexing: Mutex<()>,
}

impl fmt::Debug for Social {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Social").field("store", &self.core.store).finish_non_exhaustive()
    }
}

impl Social {
    /// Brings the tables and the hidden index up to date and has users' content removed with them. Starts no work:
    /// that is [`keep_indexed`](Self::keep_indexed).
    pub async fn open(
        store: Store,
        index: Arc<dyn Index>,
        accounts: Accounts,
        options: Options,
    ) -> SocialResult<Self> {
        store.migrate("social", crate::migrations::migrations()).await?;
        let core = Core { store, index, accounts, options, bell: Notify::new(), indexing: Mutex::new(()) };
        let core = Arc::new(core);
        core.accounts.on_delete(Arc::new(Removal { core: Arc::downgrade(&core) }));
        index::prepare(&core).await?;
        Ok(Self { core })
    }

    /// The accounts it stands on.
    pub fn accounts(&self) -> &Accounts {
        &self.core.accounts
    }
}

/// Refuses what a suspended or deleted user asks for. Inside the transaction of what they ask for.
pub(crate) async fn check_active(db: &impl ConnectionTrait, id: UserId) -> SocialResult<user::Model> {
    let row = user::Entity::find_by_id(id).one(db).await?;
    let row = row.ok_or_else(|| SocialError::UnknownPerson(id.to_string()))?;
    if row.suspended_at.is_some() {
        return Err(SocialError::Suspended);
    }
    Ok(row)
}

pub(crate) fn now_ms() -> i64 {
    Utc::now().timestamp_millis()
}

pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

use std::fmt;

use async_trait::async_trait;
use catalejo_port::PortResult;
use sea_orm::DatabaseTransaction;

use crate::UserId;

/// What another domain does when a user is deleted.
#[async_trait]
pub trait UserRemoval: fmt::Debug + Send + Sync {
    /// Removes what hangs on `user`, inside the transaction that deletes the user. An error keeps the user and
    /// everything else.
    async fn remove(&self, txn: &DatabaseTransaction, user: UserId) -> PortResult<()>;
}

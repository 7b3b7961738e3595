use std::sync::Arc;

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::change::{end_sessions, someone_in};
use super::role::refuse_last_admin;
use crate::entity::{api_key, password, user};
use crate::{AccountError, AccountResult, Accounts, UserId, UserRemoval};

impl Accounts {
    /// Deletes the account, confirmed with the password, and in the same transaction what hangs on it in every domain.
    pub async fn delete(&self, id: UserId, password: &str) -> AccountResult<()> {
        let confirmed = self.confirm(id, password).await?;
        let txn = self.inner.store.begin().await?;
        confirmed.still_holds(&txn).await?;
        self.remove_in(&txn, id).await?;
        self.commit(txn).await
    }

    /// The same on behalf of the operator or an administrator.
    pub async fn remove(&self, id: UserId) -> AccountResult<()> {
        let txn = self.inner.store.begin().await?;
        self.remove_in(&txn, id).await?;
        self.commit(txn).await
    }

    /// Deletes the users who were made for show; answers how many. One after another, so that nobody else waits long.
    pub async fn remove_demo(&self) -> AccountResult<u64> {
        let ids: Vec<UserId> = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::Demo.eq(true))
            .into_tuple()
            .all(self.inner.store.db())
            .await?;
        let mut removed = 0;
        for id in ids {
            match self.remove(id).await {
                Ok(()) => removed += 1,
                // Somebody else was faster.
                Err(AccountError::UnknownUser(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    async fn remove_in(&self, txn: &DatabaseTransaction, id: UserId) -> AccountResult<()> {
        refuse_last_admin(txn, &someone_in(txn, id).await?).await?;
        let removals: Vec<Arc<dyn UserRemoval>> = self.inner.removals.read().clone();
        for removal in removals {
            removal.remove(txn, id).await?;
        }
        end_sessions(txn, id, None).await?;
        api_key::Entity::delete_many().filter(api_key::Column::UserId.eq(id)).exec(txn).await?;
        password::Entity::delete_by_id(id).exec(txn).await?;
        user::Entity::delete_by_id(id).exec(txn).await?;
        Ok(())
    }
}

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, Set,
};

use super::change::{end_sessions, someone_in};
use crate::entity::{setup, user};
use crate::{AccountError, AccountResult, Accounts, Role, User, UserId};

impl Accounts {
    /// Makes the user an administrator, or a member again. The last administrator stays one.
    pub async fn set_role(&self, id: UserId, role: Role) -> AccountResult<User> {
        let txn = self.inner.store.begin().await?;
        let row = self.set_role_in(&txn, id, role).await?;
        self.commit(txn).await?;
        Ok(row.try_into()?)
    }

    /// Keeps the user out: all sessions end, keys and tokens are refused, nobody can log in. Content stays.
    /// The last administrator cannot be kept out.
    pub async fn suspend(&self, id: UserId) -> AccountResult<User> {
        let txn = self.inner.store.begin().await?;
        let user = self.suspend_in(&txn, id).await?;
        self.commit(txn).await?;
        Ok(user)
    }

    /// The same inside a transaction of the caller, to be committed by [`commit`](Self::commit).
    pub async fn suspend_in(&self, txn: &DatabaseTransaction, id: UserId) -> AccountResult<User> {
        let row = someone_in(txn, id).await?;
        refuse_last_admin(txn, &row).await?;
        end_sessions(txn, id, None).await?;
        let since = row.suspended_at.unwrap_or_else(|| self.now());
        let row = user::ActiveModel { suspended_at: Set(Some(since)), ..row.into() }.update(txn).await?;
        Ok(row.try_into()?)
    }

    /// Lets a suspended user in again.
    pub async fn reinstate(&self, id: UserId) -> AccountResult<User> {
        let txn = self.inner.store.begin().await?;
        let user = self.reinstate_in(&txn, id).await?;
        self.commit(txn).await?;
        Ok(user)
    }

    /// The same inside a transaction of the caller, to be committed by [`commit`](Self::commit).
    pub async fn reinstate_in(&self, txn: &DatabaseTransaction, id: UserId) -> AccountResult<User> {
        let row = someone_in(txn, id).await?;
        let row = user::ActiveModel { suspended_at: Set(None), ..row.into() }.update(txn).await?;
        Ok(row.try_into()?)
    }

    pub(crate) async fn set_role_in(
        &self,
        txn: &DatabaseTransaction,
        id: UserId,
        role: Role,
    ) -> AccountResult<user::Model> {
        let row = someone_in(txn, id).await?;
        match role {
            Role::Member => refuse_last_admin(txn, &row).await?,
            Role::Admin => {
                setup::Entity::delete_many().exec(txn).await?;
            }
        }
        Ok(user::ActiveModel { role: Set(role.as_str().to_owned()), ..row.into() }.update(txn).await?)
    }
}

/// Refuses when without `row` nobody could administer the installation.
pub(crate) async fn refuse_last_admin(txn: &DatabaseTransaction, row: &user::Model) -> AccountResult<()> {
    let admin = Role::Admin.as_str();
    if row.role != admin || row.suspended_at.is_some() {
        return Ok(());
    }
    let others = user::Entity::find()
        .filter(user::Column::Role.eq(admin))
        .filter(user::Column::SuspendedAt.is_null())
        .filter(user::Column::Id.ne(row.id))
        .count(txn)
        .await?;
    if others == 0 { Err(AccountError::LastAdmin) } else { Ok(()) }
}

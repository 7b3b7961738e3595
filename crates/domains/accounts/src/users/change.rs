use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};

use super::register::{refuse_taken, set_password_in};
use crate::entity::{password, session, user};
use crate::name::Name;
use crate::password::Password;
use crate::{AccountError, AccountResult, Accounts, User, UserId};

impl Accounts {
    /// Gives the user another name, confirmed with the password. All content follows: it refers to the user's id.
    pub async fn rename(&self, id: UserId, password: &str, new_name: &str) -> AccountResult<User> {
        let name = Name::parse(new_name)?;
        let confirmed = self.confirm(id, password).await?;
        let txn = self.inner.store.begin().await?;
        confirmed.still_holds(&txn).await?;
        refuse_taken(&txn, &name, Some(id)).await?;
        let mut row: user::ActiveModel = user_in(&txn, id).await?.into();
        row.name = Set(name.text);
        row.name_folded = Set(name.folded);
        row.name_key = Set(name.key);
        row.name_look = Set(name.look);
        let row = row.update(&txn).await?;
        self.commit(txn).await?;
        Ok(row.try_into()?)
    }

    /// Replaces the password; all sessions end but `keep`.
    pub async fn change_password(
        &self,
        id: UserId,
        old: &str,
        new: &str,
        keep: Option<&str>,
    ) -> AccountResult<()> {
        let new = Password::chosen(new)?;
        let confirmed = self.confirm(id, old).await?;
        if confirmed.hash.is_none() {
            let reason = "this account has none; it signs in through the issuer of its tokens";
            return Err(AccountError::invalid("password", reason));
        }
        let hash = self.inner.hasher.hash(new).await?;
        let txn = self.inner.store.begin().await?;
        confirmed.still_holds(&txn).await?;
        replace_password(&txn, id, hash, keep).await?;
        self.commit(txn).await
    }

    /// Gives a user who forgot the password a new one, on behalf of the operator; all sessions end.
    pub async fn reset_password(&self, id: UserId, new: &str) -> AccountResult<()> {
        let hash = self.inner.hasher.hash(Password::chosen(new)?).await?;
        let txn = self.inner.store.begin().await?;
        someone_in(&txn, id).await?;
        replace_password(&txn, id, hash, None).await?;
        self.commit(txn).await
    }

    /// Checks that it is the user who asks. A user of an issuer has no password: the token, checked a moment ago,
    /// has to do.
    pub(crate) async fn confirm(&self, id: UserId, given: &str) -> AccountResult<Confirmed> {
        let user = user::Entity::find_by_id(id).one(self.inner.store.db()).await?;
        let user = user.ok_or(AccountError::Unauthenticated)?;
        let stored = password::Entity::find_by_id(id).one(self.inner.store.db()).await?.map(|row| row.hash);
        if stored.is_none() && user.subject.is_some() {
            return Ok(Confirmed { id, hash: None });
        }
        let given = Password::given(given).ok_or(AccountError::WrongPassword)?;
        if !self.inner.hasher.verify(given, stored.as_deref()).await? {
            return Err(AccountError::WrongPassword);
        }
        Ok(Confirmed { id, hash: stored })
    }
}

/// A user whose password was right at the time it was looked at.
pub(crate) struct Confirmed {
    id: UserId,
    hash: Option<String>,
}

impl Confirmed {
    pub(crate) fn new(id: UserId, hash: String) -> Self {
        Self { id, hash: Some(hash) }
    }

    /// Verifying takes a while: meanwhile the password may have been changed, or the user deleted.
    pub(crate) async fn still_holds(&self, txn: &DatabaseTransaction) -> AccountResult<()> {
        user_in(txn, self.id).await?;
        let stored = password::Entity::find_by_id(self.id).one(txn).await?.map(|row| row.hash);
        if stored == self.hash { Ok(()) } else { Err(AccountError::WrongPassword) }
    }
}

/// The user as the transaction sees it; whoever is gone is not logged in any more.
pub(crate) async fn user_in(txn: &DatabaseTransaction, id: UserId) -> AccountResult<user::Model> {
    user::Entity::find_by_id(id).one(txn).await?.ok_or(AccountError::Unauthenticated)
}

/// The user whom an administrator means.
pub(crate) async fn someone_in(txn: &DatabaseTransaction, id: UserId) -> AccountResult<user::Model> {
    let row = user::Entity::find_by_id(id).one(txn).await?;
    row.ok_or_else(|| AccountError::UnknownUser(format!("#{id}")))
}

async fn replace_password(
    txn: &DatabaseTransaction,
    id: UserId,
    hash: String,
    keep: Option<&str>,
) -> AccountResult<()> {
    password::Entity::delete_by_id(id).exec(txn).await?;
    set_password_in(txn, id, hash).await?;
    end_sessions(txn, id, keep).await?;
    Ok(())
}

/// Ends the user's sessions but `keep`; answers how many.
pub(crate) async fn end_sessions(
    txn: &DatabaseTransaction,
    id: UserId,
    keep: Option<&str>,
) -> AccountResult<u64> {
    let mut sessions = session::Entity::delete_many().filter(session::Column::UserId.eq(id));
    if let Some(keep) = keep {
        sessions = sessions.filter(session::Column::Id.ne(keep));
    }
    Ok(sessions.exec(txn).await?.rows_affected)
}

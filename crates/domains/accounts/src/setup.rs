use catalejo_port::Secret;
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use crate::entity::setup;
use crate::name::Name;
use crate::token::{self, Kind};
use crate::users::register::set_password_in;
use crate::{AccountError, AccountResult, Accounts, Role, User};

/// There is one set-up token at most.
const ROW: i32 = 1;

impl Accounts {
    /// A new one-time token by which the first administrator registers, in place of the one before;
    /// `None` when there is an administrator.
    pub async fn setup_token(&self) -> AccountResult<Option<Secret>> {
        if self.has_admin().await? {
            return Ok(None);
        }
        let token = token::create(Kind::Setup)?;
        let row = setup::ActiveModel {
            id: Set(ROW),
            token_hash: Set(token::hash(token.expose()).to_hex().to_string()),
            created_at: Set(self.now()),
        };
        let txn = self.inner.store.begin().await?;
        setup::Entity::delete_many().exec(&txn).await?;
        setup::Entity::insert(row).exec_without_returning(&txn).await?;
        self.commit(txn).await?;
        Ok(Some(token))
    }

    /// Registers the first administrator, also where registration is closed. The token is used up by success only.
    pub async fn register_with_setup(&self, token: &str, name: &str, password: &str) -> AccountResult<User> {
        check_token(self.inner.store.db(), token).await?;
        let name = Name::parse(name)?;
        let hash = self.hash_for(&name, Some(password)).await?;
        let txn = self.inner.store.begin().await?;
        // Making an administrator removes the token, so that of two who come at once one is too late.
        check_token(&txn, token).await?;
        let row = self.insert_user(&txn, &name, Role::Admin, false, None).await?;
        if let Some(hash) = hash {
            set_password_in(&txn, row.id, hash).await?;
        }
        self.commit(txn).await?;
        Ok(row.try_into()?)
    }
}

async fn check_token(db: &impl ConnectionTrait, token: &str) -> AccountResult<()> {
    let stored = setup::Entity::find_by_id(ROW).one(db).await?.ok_or(AccountError::WrongSetupToken)?;
    // Hashes compare in constant time.
    let stored = blake3::Hash::from_hex(&stored.token_hash).map_err(|_| AccountError::WrongSetupToken)?;
    if stored == token::hash(token) { Ok(()) } else { Err(AccountError::WrongSetupToken) }
}

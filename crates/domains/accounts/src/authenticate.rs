use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};

use crate::entity::{api_key, session, user};
use crate::keys::to_key;
use crate::token::{self, Kind};
use crate::{AccountError, AccountResult, Accounts, Identity, User};

/// The longest token: an issuer's may carry many claims.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
const SESSION_USE_MS: i64 = 3600 * 1000;
const KEY_USE_MS: i64 = 60 * 1000;

impl Accounts {
    /// Who holds `token`: of a session, an API key, or the configured issuer.
    ///
    /// Costs a look into memory while the token was used within the last five seconds, and one
    /// query otherwise; never a write.
    pub async fn authenticate(&self, token: &str) -> AccountResult<Identity> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AccountError::Unauthenticated);
        }
        let (hash, now) = (token::hash(token), self.now());
        if let Some(identity) = self.inner.verified.get(&hash, now) {
            return Ok(identity);
        }
        let epoch = self.inner.verified.epoch();
        let (identity, expires_at) = match Kind::of(token) {
            Some(Kind::Session) => self.by_session(&hash, now).await?,
            Some(Kind::Key) => self.by_key(&hash, now).await?,
            Some(Kind::Setup) => return Err(AccountError::Unauthenticated),
            None => self.by_access_token(token).await?,
        };
        self.inner.verified.put(epoch, hash, identity.clone(), now, expires_at);
        Ok(identity)
    }

    async fn by_session(&self, hash: &blake3::Hash, now: i64) -> AccountResult<(Identity, i64)> {
        let of_user =
            session::Entity::belongs_to(user::Entity).from(session::Column::UserId).to(user::Column::Id);
        let (row, user) = session::Entity::find()
            .join(JoinType::InnerJoin, of_user.into())
            .select_also(user::Entity)
            .filter(session::Column::TokenHash.eq(hash.to_hex().as_str()))
            .one(self.inner.store.db())
            .await?
            .filter(|(row, _)| now < row.expires_at)
            .ok_or(AccountError::Unauthenticated)?;
        let user = admitted(user)?;
        self.inner.session_uses.note(&row.id, Some(row.last_used_at), now, SESSION_USE_MS);
        Ok((Identity::Session { user, session: row.id }, row.expires_at))
    }

    async fn by_key(&self, hash: &blake3::Hash, now: i64) -> AccountResult<(Identity, i64)> {
        let of_user =
            api_key::Entity::belongs_to(user::Entity).from(api_key::Column::UserId).to(user::Column::Id);
        let (row, user) = api_key::Entity::find()
            .join(JoinType::LeftJoin, of_user.into())
            .select_also(user::Entity)
            .filter(api_key::Column::TokenHash.eq(hash.to_hex().as_str()))
            .one(self.inner.store.db())
            .await?
            .filter(|(row, _)| row.expires_at.is_none_or(|at| now < at))
            .ok_or(AccountError::Unauthenticated)?;
        let user = row.user_id.map(|_| admitted(user)).transpose()?;
        self.inner.key_uses.note(&row.id, row.last_used_at, now, KEY_USE_MS);
        let expires_at = row.expires_at.unwrap_or(i64::MAX);
        let key = to_key(row)?;
        let identity = Identity::Key { user, key: key.id, scopes: key.scopes, collections: key.collections };
        Ok((identity, expires_at))
    }

    async fn by_access_token(&self, token: &str) -> AccountResult<(Identity, i64)> {
        let issuer = self.inner.issuer.as_ref().ok_or(AccountError::Unauthenticated)?;
        let bearer = issuer.verify(token).await?;
        let expires_at = bearer.expires_at;
        Ok((Identity::Oidc { user: self.user_of(bearer).await? }, expires_at))
    }
}

/// The user behind a credential, unless deleted or suspended meanwhile.
fn admitted(row: Option<user::Model>) -> AccountResult<User> {
    let row = row.ok_or(AccountError::Unauthenticated)?;
    if row.suspended_at.is_some() {
        return Err(AccountError::Suspended);
    }
    Ok(row.try_into()?)
}

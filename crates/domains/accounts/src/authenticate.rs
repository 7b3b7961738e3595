use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::{api_key, session, user};
use crate::keys::to_key;
use crate::token::{self, Kind};
use crate::{AccountError, AccountResult, Accounts, Identity, User, UserId};

/// The longest token: an issuer's may carry many claims.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
const SESSION_USE_MS: i64 = 3600 * 1000;
const KEY_USE_MS: i64 = 60 * 1000;

impl Accounts {
    /// Who holds `token`: of a session, an API key, or the configured issuer.
    ///
    /// Costs a look into memory while the token was used within the last five seconds, and a few reads of the store
    /// otherwise; never a write.
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
        let row = session::Entity::find()
            .filter(session::Column::TokenHash.eq(hash.to_hex().as_str()))
            .one(self.inner.store.db())
            .await?
            .filter(|row| now < row.expires_at)
            .ok_or(AccountError::Unauthenticated)?;
        let user = self.admitted(row.user_id).await?;
        self.inner.session_uses.note(&row.id, Some(row.last_used_at), now, SESSION_USE_MS);
        Ok((Identity::Session { user, session: row.id }, row.expires_at))
    }

    async fn by_key(&self, hash: &blake3::Hash, now: i64) -> AccountResult<(Identity, i64)> {
        let row = api_key::Entity::find()
            .filter(api_key::Column::TokenHash.eq(hash.to_hex().as_str()))
            .one(self.inner.store.db())
            .await?
            .filter(|row| row.expires_at.is_none_or(|at| now < at))
            .ok_or(AccountError::Unauthenticated)?;
        let user = match row.user_id {
            Some(id) => Some(self.admitted(id).await?),
            None => None,
        };
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

    /// The user behind a credential, unless deleted or suspended meanwhile.
    async fn admitted(&self, id: UserId) -> AccountResult<User> {
        let row = user::Entity::find_by_id(id).one(self.inner.store.db()).await?;
        let row = row.ok_or(AccountError::Unauthenticated)?;
        if row.suspended_at.is_some() {
            return Err(AccountError::Suspended);
        }
        Ok(row.try_into()?)
    }
}

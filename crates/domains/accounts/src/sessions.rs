use std::time::Duration;

use catalejo_port::Secret;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::clock::instant;
use crate::entity::{password, session, user};
use crate::password::Password;
use crate::token::{self, Kind};
use crate::users::change::{Confirmed, end_sessions, user_in};
use crate::{AccountError, AccountResult, Accounts, User, UserId, name_key};

/// How long a session lives without being used.
pub const SESSION_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Sessions of one user; the one unused for longest gives way to a new one.
const MOST_SESSIONS: u64 = 100;
const MAX_NAME_BYTES: usize = 1024;

/// Where a login comes from, for the user to recognise it by.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The address.
    pub address: String,
    /// What the browser or program calls itself.
    pub agent: String,
}

/// A session as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it for revoking; not the token.
    pub id: String,
    /// When the user logged in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the hour.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Where the login came from.
    pub address: String,
    /// What the browser or program called itself.
    pub agent: String,
}

/// A session that has just begun.
#[derive(Debug, Clone)]
pub struct Login {
    /// Who logged in.
    pub user: User,
    /// The session.
    pub session: Session,
    /// What proves it from now on; it is nowhere else.
    pub token: Secret,
}

impl Accounts {
    /// Begins a session for whoever knows the name and its password. Answer and time are the same whether the name
    /// or the password is wrong.
    pub async fn login(&self, name: &str, password: &str, client: &Client) -> AccountResult<Login> {
        let given = Password::given(password).ok_or(AccountError::WrongCredentials)?;
        let known = self.stored_password(name).await?;
        let hash = known.as_ref().map(|row| row.hash.as_str());
        let matches = self.inner.hasher.verify(given, hash).await?;
        let known = known.filter(|_| matches).ok_or(AccountError::WrongCredentials)?;
        let txn = self.inner.store.begin().await?;
        let confirmed = Confirmed::new(known.user_id, known.hash);
        confirmed.still_holds(&txn).await.map_err(|error| match error {
            AccountError::WrongPassword | AccountError::Unauthenticated => AccountError::WrongCredentials,
            other => other,
        })?;
        self.begin_session(txn, known.user_id, client).await
    }

    /// Begins a session for somebody who has just registered.
    pub async fn start_session(&self, id: UserId, client: &Client) -> AccountResult<Login> {
        let txn = self.inner.store.begin().await?;
        self.begin_session(txn, id, client).await
    }

    /// Ends the session that `token` proves. Repeating it changes nothing.
    pub async fn logout(&self, token: &str) -> AccountResult<()> {
        let txn = self.inner.store.begin().await?;
        session::Entity::delete_many()
            .filter(session::Column::TokenHash.eq(token::hash(token).to_hex().as_str()))
            .exec(&txn)
            .await?;
        self.commit(txn).await
    }

    /// The user's sessions that have not expired, newest first; 100 at most.
    pub async fn sessions(&self, id: UserId) -> AccountResult<Vec<Session>> {
        let rows = session::Entity::find()
            .filter(session::Column::UserId.eq(id))
            .filter(session::Column::ExpiresAt.gt(self.now()))
            .order_by_desc(session::Column::Id)
            .all(self.inner.store.db())
            .await?;
        let seen = |row: session::Model| {
            let used = self.inner.session_uses.get(&row.id);
            to_session(match used {
                Some(used) => session::Model { last_used_at: used, expires_at: expiry(used), ..row },
                None => row,
            })
        };
        Ok(rows.into_iter().map(seen).collect())
    }

    /// Ends one of the user's sessions.
    pub async fn revoke_session(&self, user: UserId, id: &str) -> AccountResult<()> {
        let txn = self.inner.store.begin().await?;
        let ended = session::Entity::delete_many()
            .filter(session::Column::Id.eq(id))
            .filter(session::Column::UserId.eq(user))
            .exec(&txn)
            .await?;
        if ended.rows_affected == 0 {
            return Err(AccountError::UnknownSession(id.chars().take(64).collect()));
        }
        self.commit(txn).await
    }

    /// Ends the user's sessions but `keep`; answers how many.
    pub async fn revoke_other_sessions(&self, user: UserId, keep: Option<&str>) -> AccountResult<u64> {
        let txn = self.inner.store.begin().await?;
        let ended = end_sessions(&txn, user, keep).await?;
        self.commit(txn).await?;
        Ok(ended)
    }

    async fn stored_password(&self, name: &str) -> AccountResult<Option<password::Model>> {
        if name.len() > MAX_NAME_BYTES {
            return Ok(None);
        }
        let db = self.inner.store.db();
        let user = user::Entity::find().filter(user::Column::NameKey.eq(name_key(name))).one(db).await?;
        match user {
            Some(user) => Ok(password::Entity::find_by_id(user.id).one(db).await?),
            None => Ok(None),
        }
    }

    async fn begin_session(
        &self,
        txn: DatabaseTransaction,
        id: UserId,
        client: &Client,
    ) -> AccountResult<Login> {
        let user = user_in(&txn, id).await?;
        if user.suspended_at.is_some() {
            return Err(AccountError::Suspended);
        }
        let token = token::create(Kind::Session)?;
        let now = self.now();
        let row = session::Model {
            id: Uuid::now_v7().to_string(),
            user_id: id,
            token_hash: token::hash(token.expose()).to_hex().to_string(),
            created_at: now,
            last_used_at: now,
            expires_at: expiry(now),
            address: client.address.chars().take(64).collect(),
            agent: client.agent.chars().take(256).collect(),
        };
        session::Entity::insert(row.clone().into_active_model()).exec_without_returning(&txn).await?;
        drop_surplus(&txn, id).await?;
        // A new session makes nobody's older grounds wrong: nothing has to be forgotten.
        txn.commit().await?;
        Ok(Login { user: user.try_into()?, session: to_session(row), token })
    }
}

async fn drop_surplus(txn: &DatabaseTransaction, user: UserId) -> AccountResult<()> {
    let surplus: Vec<String> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::UserId.eq(user))
        .order_by_desc(session::Column::LastUsedAt)
        .order_by_desc(session::Column::Id)
        .offset(MOST_SESSIONS)
        .limit(MOST_SESSIONS)
        .into_tuple()
        .all(txn)
        .await?;
    if !surplus.is_empty() {
        session::Entity::delete_many().filter(session::Column::Id.is_in(surplus)).exec(txn).await?;
    }
    Ok(())
}

/// When a session ends that was used at `used`.
pub(crate) fn expiry(used: i64) -> i64 {
    used.saturating_add(i64::try_from(SESSION_LIFE.as_millis()).unwrap_or(i64::MAX))
}

fn to_session(row: session::Model) -> Session {
    Session {
        id: row.id,
        created_at: instant(row.created_at),
        last_used_at: instant(row.last_used_at),
        expires_at: instant(row.expires_at),
        address: row.address,
        agent: row.agent,
    }
}

use std::collections::BTreeSet;

use catalejo_port::{PortError, PortResult, Secret};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::clock::instant;
use crate::entity::api_key;
use crate::token::{self, Kind};
use crate::users::change::user_in;
use crate::{AccountError, AccountResult, Accounts, Page, Role, Scope, UserId};

const MAX_NAME_CHARS: usize = 100;
const MAX_COLLECTIONS: usize = 100;
const MOST_KEYS: u64 = 100;
const PREFIX_CHARS: usize = 10;

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What its owner calls it; 1 to 100 characters.
    pub name: String,
    /// What it opens; one scope at least.
    pub scopes: BTreeSet<Scope>,
    /// The collections it is limited to; `None` for no limit.
    pub collections: Option<BTreeSet<String>>,
    /// When it ends; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// An API key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Names it for revoking; not the key itself.
    pub id: String,
    /// Whose it is; `None` for a key of the installation.
    pub user: Option<UserId>,
    /// What its owner calls it.
    pub name: String,
    /// How the key begins.
    pub prefix: String,
    /// What it opens.
    pub scopes: BTreeSet<Scope>,
    /// The collections it is limited to.
    pub collections: Option<BTreeSet<String>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Accounts {
    /// Makes a key and answers it with its secret, which is nowhere else. `owner` `None` makes a key of the
    /// installation, for its operator. A member may make keys for searching only.
    pub async fn create_key(&self, owner: Option<UserId>, new: NewKey) -> AccountResult<(ApiKey, Secret)> {
        let now = self.now();
        let new = checked(new, now)?;
        let token = token::create(Kind::Key)?;
        let row = api_key::Model {
            id: Uuid::now_v7().to_string(),
            user_id: owner,
            name: new.name,
            token_hash: token::hash(token.expose()).to_hex().to_string(),
            prefix: token.expose().chars().take(PREFIX_CHARS).collect(),
            scopes: new.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
            collections: new.collections.as_ref().map(|names| serde_json::json!(names).to_string()),
            created_at: now,
            expires_at: new.expires_at.map(|at| at.timestamp_millis()),
            last_used_at: None,
        };
        let txn = self.inner.store.begin().await?;
        if let Some(owner) = owner {
            let user = user_in(&txn, owner).await?;
            if user.role != Role::Admin.as_str() && new.scopes.iter().any(|scope| *scope != Scope::Search) {
                return Err(AccountError::Forbidden("only administrators make keys for more than searching"));
            }
            let keys = api_key::Entity::find().filter(api_key::Column::UserId.eq(owner)).count(&txn).await?;
            if keys >= MOST_KEYS {
                let reason = format!("you have {MOST_KEYS} keys already; revoke one that is not used");
                return Err(AccountError::invalid("name", reason));
            }
        }
        api_key::Entity::insert(row.clone().into_active_model()).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok((to_key(row)?, token))
    }

    /// Keys, newest first, the expired ones included: the user's own, or with `None` everybody's, for the operator.
    /// `limit` 0 means 100.
    pub async fn keys(
        &self,
        owner: Option<UserId>,
        cursor: Option<&str>,
        limit: usize,
    ) -> AccountResult<Page<ApiKey>> {
        let limit = if limit == 0 { 100 } else { limit.min(500) };
        let mut select = api_key::Entity::find().order_by_desc(api_key::Column::Id).limit(limit as u64 + 1);
        if let Some(owner) = owner {
            select = select.filter(api_key::Column::UserId.eq(owner));
        }
        if let Some(cursor) = cursor {
            Uuid::parse_str(cursor).map_err(|_| AccountError::InvalidCursor)?;
            select = select.filter(api_key::Column::Id.lt(cursor));
        }
        let mut rows = select.all(self.inner.store.db()).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.id.clone());
        let seen = |row: api_key::Model| {
            let last_used_at = self.inner.key_uses.get(&row.id).or(row.last_used_at);
            to_key(api_key::Model { last_used_at, ..row })
        };
        Ok(Page { items: rows.into_iter().map(seen).collect::<PortResult<_>>()?, next_cursor })
    }

    /// Ends one of the user's keys, or with `None` anybody's, for the operator and administrators.
    pub async fn revoke_key(&self, owner: Option<UserId>, id: &str) -> AccountResult<()> {
        let txn = self.inner.store.begin().await?;
        let mut keys = api_key::Entity::delete_many().filter(api_key::Column::Id.eq(id));
        if let Some(owner) = owner {
            keys = keys.filter(api_key::Column::UserId.eq(owner));
        }
        if keys.exec(&txn).await?.rows_affected == 0 {
            return Err(AccountError::UnknownKey(id.chars().take(64).collect()));
        }
        self.commit(txn).await
    }
}

fn checked(mut new: NewKey, now: i64) -> AccountResult<NewKey> {
    new.name = new.name.trim().to_owned();
    let length = new.name.chars().count();
    if !(1..=MAX_NAME_CHARS).contains(&length) || new.name.chars().any(char::is_control) {
        let reason = format!("it must have 1 to {MAX_NAME_CHARS} characters and no control characters");
        return Err(AccountError::invalid("name", reason));
    }
    if new.scopes.is_empty() {
        return Err(AccountError::invalid(
            "scopes",
            "a key opens one of `search`, `ingest`, `admin` at least",
        ));
    }
    if let Some(collections) = &new.collections {
        let wrong = |name: &String| name.is_empty() || name.len() > 64;
        if collections.is_empty() || collections.len() > MAX_COLLECTIONS || collections.iter().any(wrong) {
            let reason = format!("leave them out, or name 1 to {MAX_COLLECTIONS}, each of 1 to 64 bytes");
            return Err(AccountError::invalid("collections", reason));
        }
    }
    if new.expires_at.is_some_and(|at| at.timestamp_millis() <= now) {
        return Err(AccountError::invalid("expires_at", "it must lie in the future"));
    }
    Ok(new)
}

pub(crate) fn to_key(row: api_key::Model) -> PortResult<ApiKey> {
    let corrupt =
        |what: &str| PortError::corrupt(format!("store: API key {}: its {what} cannot be read", row.id));
    let scopes = row.scopes.split(' ').map(str::parse).collect::<Result<_, _>>();
    let collections = row.collections.as_deref().map(serde_json::from_str).transpose();
    Ok(ApiKey {
        scopes: scopes.map_err(|_: String| corrupt("scopes"))?,
        collections: collections.map_err(|_| corrupt("collections"))?,
        id: row.id,
        user: row.user_id,
        name: row.name,
        prefix: row.prefix,
        created_at: instant(row.created_at),
        expires_at: row.expires_at.map(instant),
        last_used_at: row.last_used_at.map(instant),
    })
}

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::user;
use crate::{AccountError, AccountResult, Accounts, Page, Role, User, UserId, folded, name_key};

/// Bound variables in one statement.
const CHUNK: usize = 500;
const PAGE: usize = 50;
const PAGE_MAX: usize = 500;
/// How long it is believed that nobody administers: another process sees the first administrator this much later.
const NO_ADMIN_MS: i64 = 1_000;

impl Accounts {
    /// The user with this id.
    pub async fn user(&self, id: UserId) -> AccountResult<Option<User>> {
        let row = user::Entity::find_by_id(id).one(self.inner.store.db()).await?;
        Ok(row.map(User::try_from).transpose()?)
    }

    /// The user with this name, however it is spelt: case and look-alikes do not matter.
    pub async fn by_name(&self, name: &str) -> AccountResult<User> {
        let unknown = || AccountError::UnknownUser(name.chars().take(64).collect());
        // No name is that long; spares the work on a hostile one.
        if name.len() > 1024 {
            return Err(unknown());
        }
        let row = user::Entity::find()
            .filter(user::Column::NameKey.eq(name_key(name)))
            .one(self.inner.store.db())
            .await?;
        Ok(row.ok_or_else(unknown)?.try_into()?)
    }

    /// The users with these ids; who is gone is missing.
    pub async fn names(&self, ids: impl IntoIterator<Item = UserId>) -> AccountResult<HashMap<UserId, User>> {
        let mut ids: Vec<UserId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut users = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let rows = user::Entity::find()
                .filter(user::Column::Id.is_in(chunk.iter().copied()))
                .all(self.inner.store.db())
                .await?;
            for row in rows {
                users.insert(row.id, row.try_into()?);
            }
        }
        Ok(users)
    }

    /// Users whose names begin with `query` (all for an empty one), oldest accounts first. `limit` 0 means 50.
    pub async fn users(&self, query: &str, cursor: Option<&str>, limit: usize) -> AccountResult<Page<User>> {
        let limit = if limit == 0 { PAGE } else { limit.min(PAGE_MAX) };
        let mut select = user::Entity::find().order_by_asc(user::Column::Id).limit(limit as u64 + 1);
        if let Some(cursor) = cursor {
            let after: UserId = cursor.parse().map_err(|_| AccountError::InvalidCursor)?;
            select = select.filter(user::Column::Id.gt(after));
        }
        let prefix: String = folded(query).chars().take(64).collect();
        if !prefix.is_empty() {
            select = select.filter(user::Column::NameFolded.like(starts_with(&prefix)));
        }
        let mut rows = select.all(self.inner.store.db()).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.id.to_string());
        let items = rows.into_iter().map(User::try_from).collect::<Result<_, _>>()?;
        Ok(Page { items, next_cursor })
    }

    /// Whether somebody administers the installation. Once true it stays so, and costs nothing any more: the last
    /// administrator can neither be deleted nor demoted nor suspended. That nobody does is believed for a second, or
    /// until something changes in this process.
    pub async fn has_admin(&self) -> AccountResult<bool> {
        if self.inner.has_admin.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let now = self.now();
        if now < self.inner.no_admin_until.load(Ordering::Acquire) {
            return Ok(false);
        }
        let epoch = self.inner.verified.epoch();
        let admins = user::Entity::find()
            .filter(user::Column::Role.eq(Role::Admin.as_str()))
            .filter(user::Column::SuspendedAt.is_null())
            .limit(1)
            .count(self.inner.store.db())
            .await?;
        if admins > 0 {
            self.inner.has_admin.store(true, Ordering::Relaxed);
            return Ok(true);
        }
        // read before a change, the answer may be wrong after it
        self.inner.no_admin_until.store(now + NO_ADMIN_MS, Ordering::Release);
        if self.inner.verified.epoch() != epoch {
            self.inner.no_admin_until.store(0, Ordering::Release);
        }
        Ok(false)
    }
}

fn starts_with(prefix: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for c in prefix.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    // Not a backslash, which MySQL reads as an escape of its own first.
    LikeExpr::new(pattern).escape('!')
}

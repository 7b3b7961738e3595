use std::collections::{HashMap, HashSet};

use catalejo_accounts::{AccountError, User, UserId, entity::user, folded};
use catalejo_store::store_error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Order, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::cursor::{from_cursor, page_size, to_cursor, to_page};
use crate::relations::{Sight, sees};
use crate::social::instant;
use crate::{Page, Social, SocialError, SocialResult};

/// People in one answer of [`Social::random_people`].
const RANDOM_MOST: usize = 100;
/// Up to this id all accounts are read and drawn from; beyond it places among the ids are drawn.
const DRAWN_WHOLE: i64 = 1_000;

/// Somebody as a viewer sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The name.
    pub name: String,
    /// When the account was made.
    pub joined_at: DateTime<Utc>,
    /// How many prompts they published.
    pub prompts: i64,
    /// How many follow them.
    pub followers: i64,
    /// How many they follow.
    pub following: i64,
    /// Made for show.
    pub demo: bool,
    /// How the viewer stands to them; null without a viewer.
    pub you: Option<Relation>,
}

/// How a viewer stands to somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Relation {
    /// The viewer follows them.
    pub follows: bool,
    /// The viewer muted them.
    pub muted: bool,
    /// The viewer blocked them.
    pub blocked: bool,
}

impl Social {
    /// Somebody's profile. Who blocked that person still sees the profile, so that the block can be lifted.
    pub async fn person(&self, name: &str, viewer: Option<UserId>) -> SocialResult<Person> {
        let user = self.known(name).await?;
        let blocked_by_viewer = match viewer {
            Some(viewer) => self.pairs("blocks", "user_id", "blocked_id", viewer, &[user.id]).await?,
            None => HashSet::new(),
        };
        if !blocked_by_viewer.contains(&user.id) {
            self.check_visible(&user, viewer).await?;
        }
        self.one(user, viewer).await
    }

    /// People whose names begin with `query` (everybody when empty), the oldest accounts first.
    pub async fn find_people(
        &self,
        query: &str,
        viewer: Option<UserId>,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Person>> {
        let limit = page_size(limit);
        let mut select = user::Entity::find()
            .filter(sees(viewer, &Expr::col(("users", "id")), Sight::Open))
            .order_by_asc(user::Column::Id)
            .limit(limit as u64 + 1);
        let prefix: String = folded(query).chars().take(64).collect();
        if !prefix.is_empty() {
            select = select.filter(user::Column::NameFolded.like(starting_with(&prefix)));
        }
        if let Some([after]) = from_cursor("people", cursor)? {
            select = select.filter(user::Column::Id.gt(after));
        }
        let rows = select.all(self.core.store.db()).await?;
        let page = to_page(rows, limit, |row| to_cursor("people", &[row.id]));
        Ok(Page { items: self.persons(page.items, viewer).await?, next_cursor: page.next_cursor })
    }

    /// Up to `count` people, drawn anew each time: never the viewer or whom they muted.
    pub async fn random_people(&self, count: usize, viewer: Option<UserId>) -> SocialResult<Vec<Person>> {
        let count = count.min(RANDOM_MOST);
        let db = self.core.store.db();
        let last = user::Entity::find().order_by_desc(user::Column::Id).one(db).await?;
        let Some(last) = last.map(|row| row.id) else { return Ok(Vec::new()) };
        let seen = sees(viewer, &Expr::col(("users", "id")), Sight::Lists)
            .and(Expr::col(("users", "id")).ne(viewer.unwrap_or(0)));
        let mut select = user::Entity::find();
        if last > DRAWN_WHOLE {
            let places = (0..count * 3).map(|_| below(last)).collect::<SocialResult<Vec<i64>>>()?;
            let Some(drawn) = next_after(&places, &seen) else { return Ok(Vec::new()) };
            select = select.filter(user::Column::Id.in_subquery(drawn));
        } else {
            select = select.filter(seen);
        }
        let mut rows = select.all(db).await?;
        shuffle(&mut rows)?;
        rows.truncate(count);
        self.persons(rows, viewer).await
    }

    /// The user with this name, whoever asks.
    pub(crate) async fn known(&self, name: &str) -> SocialResult<User> {
        self.core.accounts.by_name(name).await.map_err(|error| match error {
            AccountError::UnknownUser(name) => SocialError::UnknownPerson(name),
            other => other.into(),
        })
    }

    /// The user with this name, if `viewer` sees them.
    pub(crate) async fn visible(&self, name: &str, viewer: Option<UserId>) -> SocialResult<User> {
        let user = self.known(name).await?;
        self.check_visible(&user, viewer).await?;
        Ok(user)
    }

    async fn check_visible(&self, user: &User, viewer: Option<UserId>) -> SocialResult<()> {
        let seen = user::Entity::find_by_id(user.id)
            .filter(sees(viewer, &Expr::col(("users", "id")), Sight::Open))
            .one(self.core.store.db())
            .await?;
        seen.map(|_| ()).ok_or_else(|| SocialError::UnknownPerson(user.name.clone()))
    }

    /// The profile of a user that the viewer may see.
    pub(crate) async fn one(&self, user: User, viewer: Option<UserId>) -> SocialResult<Person> {
        let row = user::Entity::find_by_id(user.id).one(self.core.store.db()).await.map_err(store_error)?;
        let row = row.ok_or_else(|| SocialError::UnknownPerson(user.name.clone()))?;
        let found = self.persons(vec![row], viewer).await?;
        found.into_iter().next().ok_or(SocialError::UnknownPerson(user.name))
    }

    pub(crate) async fn persons(
        &self,
        rows: Vec<user::Model>,
        viewer: Option<UserId>,
    ) -> SocialResult<Vec<Person>> {
        let ids: Vec<UserId> = rows.iter().map(|row| row.id).collect();
        let prompts = self.counts("prompts", "author_id", &ids).await?;
        let followers = self.counts("follows", "followee_id", &ids).await?;
        let following = self.counts("follows", "follower_id", &ids).await?;
        let mut relations = match viewer {
            Some(viewer) => Some(self.relations(viewer, &ids).await?),
            None => None,
        };
        let count = |counts: &HashMap<UserId, i64>, id| counts.get(&id).copied().unwrap_or(0);
        let persons = rows.into_iter().map(|row| Person {
            joined_at: instant(row.created_at),
            prompts: count(&prompts, row.id),
            followers: count(&followers, row.id),
            following: count(&following, row.id),
            demo: row.demo,
            you: relations.as_mut().map(|known| known.remove(&row.id).unwrap_or_default()),
            name: row.name,
        });
        Ok(persons.collect())
    }

    async fn counts(
        &self,
        table: &'static str,
        column: &'static str,
        ids: &[UserId],
    ) -> SocialResult<HashMap<UserId, i64>> {
        let select = Query::select()
            .column(column)
            .expr(Expr::col(column).count())
            .from(table)
            .and_where(Expr::col(column).is_in(ids.iter().copied()))
            .group_by_col(column)
            .to_owned();
        let rows = self.core.store.db().query_all(&select).await?;
        let counts = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
        Ok(counts.collect::<Result<_, DbErr>>()?)
    }

    async fn relations(&self, viewer: UserId, ids: &[UserId]) -> SocialResult<HashMap<UserId, Relation>> {
        let follows = self.pairs("follows", "follower_id", "followee_id", viewer, ids).await?;
        let muted = self.pairs("mutes", "user_id", "muted_id", viewer, ids).await?;
        let blocked = self.pairs("blocks", "user_id", "blocked_id", viewer, ids).await?;
        let relation = |id: &UserId| Relation {
            follows: follows.contains(id),
            muted: muted.contains(id),
            blocked: blocked.contains(id),
        };
        Ok(ids.iter().map(|id| (*id, relation(id))).collect())
    }

    /// Those of `ids` that stand in `table` beside `own`.
    async fn pairs(
        &self,
        table: &'static str,
        own_column: &'static str,
        other_column: &'static str,
        own: UserId,
        ids: &[UserId],
    ) -> SocialResult<HashSet<UserId>> {
        let select = Query::select()
            .column(other_column)
            .from(table)
            .and_where(Expr::col(own_column).eq(own))
            .and_where(Expr::col(other_column).is_in(ids.iter().copied()))
            .to_owned();
        let rows = self.core.store.db().query_all(&select).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, DbErr>>()?)
    }
}

/// For each of `places` the first user after it who is `seen`: somebody is found however many accounts are gone.
fn next_after(places: &[i64], seen: &Expr) -> Option<SelectStatement> {
    let mut each = places.iter().map(|place| {
        let next = Query::select()
            .column(("users", "id"))
            .from("users")
            .and_where(Expr::col(("users", "id")).gt(*place))
            .and_where(seen.clone())
            .order_by(("users", "id"), Order::Asc)
            .limit(1)
            .to_owned();
        // In a query of its own, because SQLite takes no limit inside a union.
        Query::select().column(("next", "id")).from_subquery(next, "next").to_owned()
    });
    let mut all = each.next()?;
    Some(all.unions(each.map(|one| (UnionType::All, one))).to_owned())
}

fn starting_with(prefix: &str) -> LikeExpr {
    LikeExpr::new(format!("{}%", crate::lists::literal(prefix))).escape('!')
}

/// A random number from 0 to `end` - 1; `end` is at least 1.
fn below(end: i64) -> SocialResult<i64> {
    let random = getrandom::u64().map_err(|error| {
        catalejo_port::PortError::internal(format!("the system gives no random numbers: {error}"))
    })?;
    // The bias towards small numbers is below 2^-30 for any number of accounts.
    Ok(i64::try_from(random >> 1).unwrap_or(0) % end)
}

fn shuffle<T>(items: &mut [T]) -> SocialResult<()> {
    for at in (1..items.len()).rev() {
        let other = usize::try_from(below(at as i64 + 1)?).unwrap_or(0);
        items.swap(at, other);
    }
    Ok(())
}

//! The feed: what a user and those they follow published.
//!
//! The newest page is found in two steps, neither of which depends on how many prompts there are. First, of each
//! followed author the newest prompt before the cursor: one step down an index for each. A page of *n* prompts comes
//! from the *n* authors whose newest prompts are newest, so secondly the newest *n* prompts of each of these are
//! read, again from the index, and merged: at most *n*² candidates.

use std::cmp::Reverse;

use catalejo_accounts::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};

use crate::cursor::{from_cursor, page_size, to_cursor, to_page};
use crate::lists::{Sort, order};
use crate::relations::{Sight, sees};
use crate::social::now_ms;
use crate::{Page, Prompt, Social, SocialResult, view};

const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The order of a feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedSort {
    /// Last published first.
    #[default]
    Newest,
    /// What was published in the last seven days, most liked first.
    TopWeek,
}

/// A followed author and the newest of their prompts, 0 when there is none.
#[derive(Debug, FromQueryResult)]
struct Author {
    author: UserId,
    newest: i64,
}

impl Social {
    /// What the user and those they follow published, `limit` prompts (1 to 100, 20 when zero).
    pub async fn feed(
        &self,
        user: UserId,
        sort: FeedSort,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Prompt>> {
        let limit = page_size(limit);
        match sort {
            FeedSort::Newest => self.newest_of_followed(user, cursor, limit).await,
            FeedSort::TopWeek => self.best_of_followed(user, cursor, limit).await,
        }
    }

    async fn newest_of_followed(
        &self,
        user: UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Prompt>> {
        let before = from_cursor("newest", cursor)?.map_or(i64::MAX, |[before]| before);
        let db = self.core.store.db();
        let select = newest_authors(user, before, limit as u64 + 1);
        let authors = Author::find_by_statement(db.get_database_backend().build(&select)).all(db).await?;
        let authors: Vec<Author> = authors.into_iter().filter(|author| author.newest > 0).collect();
        let Some(select) = newest_prompts(&authors, before, limit as u64 + 1) else {
            return Ok(Page { items: Vec::new(), next_cursor: None });
        };
        let rows = db.query_all(&select).await?;
        let mut ids: Vec<i64> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
        ids.sort_unstable_by_key(|id| Reverse(*id));
        let page = to_page(ids, limit, |id| to_cursor("newest", &[*id]));
        Ok(Page { items: view::load(db, &page.items, Some(user)).await?, next_cursor: page.next_cursor })
    }

    async fn best_of_followed(
        &self,
        user: UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Prompt>> {
        let db = self.core.store.db();
        let Some(first) = db.query_one(&first_since(now_ms() - WEEK_MS)).await? else {
            return Ok(Page { items: Vec::new(), next_cursor: None });
        };
        let mut select = since(user, first.try_get_by_index(0)?);
        order(&mut select, Sort::Likes, cursor)?.limit(limit as u64 + 1);
        self.page(&select, Sort::Likes, limit, Some(user)).await
    }
}

/// The user and those they follow and see.
fn authors(user: UserId) -> SelectStatement {
    let own = Query::select().expr_as(Expr::val(user), "author").to_owned();
    Query::select()
        .expr_as(Expr::col(("f", "followee_id")), "author")
        .from_as("follows", "f")
        .and_where(Expr::col(("f", "follower_id")).eq(user))
        .and_where(sees(Some(user), &Expr::col(("f", "followee_id")), Sight::Lists))
        .union(UnionType::All, own)
        .to_owned()
}

/// The `count` authors whose newest prompts before `before` are newest.
fn newest_authors(user: UserId, before: i64, count: u64) -> SelectStatement {
    let newest = Query::select()
        .expr(Func::max(Expr::col(("p", "id"))))
        .from_as("prompts", "p")
        .and_where(Expr::col(("p", "author_id")).equals(("a", "author")))
        .and_where(Expr::col(("p", "id")).lt(before))
        .to_owned();
    Query::select()
        .column(("a", "author"))
        // Databases disagree on where a null is ordered.
        .expr_as(Func::coalesce([newest.into(), Expr::val(0)]), "newest")
        .from_subquery(authors(user), "a")
        .order_by("newest", Order::Desc)
        .limit(count)
        .to_owned()
}

/// The newest `count` prompts of each of `authors`, which are ordered by their newest; none without authors. Sorting is
/// left to the caller: SQLite would sort each author's again.
fn newest_prompts(authors: &[Author], before: i64, count: u64) -> Option<SelectStatement> {
    // As many prompts as authors are at least as new as the last author's newest.
    let oldest = if authors.len() as u64 == count { authors.last()?.newest } else { 0 };
    let mut each = authors.iter().map(|author| {
        let newest = Query::select()
            .column(("p", "id"))
            .from_as("prompts", "p")
            .and_where(Expr::col(("p", "author_id")).eq(author.author))
            .and_where(Expr::col(("p", "id")).lt(before))
            .and_where(Expr::col(("p", "id")).gte(oldest))
            .order_by(("p", "id"), Order::Desc)
            .limit(count)
            .to_owned();
        // In a query of its own, because SQLite takes no limit inside a union.
        Query::select().column(("n", "id")).from_subquery(newest, "n").to_owned()
    });
    let mut all = each.next()?;
    Some(all.unions(each.map(|one| (UnionType::All, one))).to_owned())
}

/// The first prompt published at `ms` or later.
fn first_since(ms: i64) -> SelectStatement {
    Query::select()
        .column("id")
        .from("prompts")
        .and_where(Expr::col("created_at").gte(ms))
        .order_by("created_at", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(1)
        .to_owned()
}

/// Prompts `p` from the id `first` on: its cost grows with what the followed published since, not with the store.
fn since(user: UserId, first: i64) -> SelectStatement {
    Query::select()
        .columns([("p", "id"), ("p", "likes")])
        .from_subquery(authors(user), "a")
        // A cross join keeps SQLite from starting at the other end, with every prompt by likes.
        .cross_join(sea_orm::sea_query::TableRef::from("prompts").alias("p"))
        .and_where(Expr::col(("p", "author_id")).equals(("a", "author")))
        .and_where(Expr::col(("p", "id")).gte(first))
        .to_owned()
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;

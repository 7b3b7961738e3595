use catalejo_accounts::UserId;
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Order, Query, SelectStatement};
use serde::{Deserialize, Serialize};

use crate::cursor::{from_cursor, page_size, to_cursor, to_page};
use crate::prompt::text_key;
use crate::relations::{Sight, sees};
use crate::search::{FARTHEST, Words};
use crate::{Page, Prompt, Social, SocialError, SocialResult, view};

/// Best matches that are put into another order when a search asks for one.
const SORTED_MATCHES: usize = 1000;
/// Prompts in one answer of the substring search.
const SUBSTRING_MOST: usize = 1000;

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// Last published first.
    #[default]
    Newest,
    /// Most liked first.
    Likes,
}

/// Which prompts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PromptQuery {
    /// Only prompts with these words, typing mistakes forgiven.
    pub query: Option<String>,
    /// Only prompts of the person with this name.
    pub author: Option<String>,
    /// Only prompts asked of this collection.
    pub collection: Option<String>,
    /// The order; without one the best match first when there are words, else the newest. With words, only the 1,000
    /// best matches are sorted.
    pub sort: Option<Sort>,
    /// Where the previous page ended.
    pub cursor: Option<String>,
    /// Prompts on a page: 1 to 100, 20 when zero.
    pub limit: usize,
}

/// What a list is made of, names resolved.
struct Selection<'a> {
    author: Option<UserId>,
    collection: Option<&'a str>,
    matches: Option<Vec<i64>>,
}

/// A prompt's place in a list.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Place {
    pub(crate) id: i64,
    pub(crate) likes: i64,
}

impl Social {
    /// Prompts, found by words or not, as `viewer` sees them.
    pub async fn prompts(&self, query: &PromptQuery, viewer: Option<UserId>) -> SocialResult<Page<Prompt>> {
        let limit = page_size(query.limit);
        let author = match &query.author {
            Some(name) => Some(self.visible(name, viewer).await?.id),
            None => None,
        };
        let collection = query.collection.as_deref();
        let text = query.query.as_deref().filter(|text| !text.trim().is_empty());
        let words = text.map(|text| Words { text, author, collection });
        let matches = match (words, query.sort) {
            (Some(words), None) => return self.best(&words, viewer, query.cursor.as_deref(), limit).await,
            (Some(words), Some(_)) => Some(self.core.matches(&words, viewer, 0, SORTED_MATCHES).await?),
            (None, _) => None,
        };
        let selection = Selection { author, collection, matches };
        let sort = query.sort.unwrap_or_default();
        let mut select = selection.select(viewer);
        order(&mut select, sort, query.cursor.as_deref())?.limit(limit as u64 + 1);
        self.page(&select, sort, limit, viewer).await
    }

    /// Prompts whose text holds `keyword` anywhere, without regard to case and accents, the newest first: at most
    /// `limit`, up to 1,000. It reads every prompt, so it is slow where [`prompts`](Self::prompts) is fast.
    pub async fn search_substring(
        &self,
        keyword: &str,
        limit: usize,
        viewer: Option<UserId>,
    ) -> SocialResult<Vec<Prompt>> {
        let db = self.core.store.db();
        let mut select = Selection { author: None, collection: None, matches: None }.select(viewer);
        select
            .and_where(Expr::col(("p", "text_key")).like(holding(&text_key(keyword))))
            .order_by(("p", "id"), Order::Desc)
            .limit(limit.min(SUBSTRING_MOST) as u64);
        let places = Place::find_by_statement(db.get_database_backend().build(&select)).all(db).await?;
        let ids: Vec<i64> = places.iter().map(|place| place.id).collect();
        view::load(db, &ids, viewer).await
    }

    /// The best matches; their cursor counts hits, because their order is known to the index only.
    async fn best(
        &self,
        words: &Words<'_>,
        viewer: Option<UserId>,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Prompt>> {
        let [offset] = from_cursor("match", cursor)?.unwrap_or([0]);
        let offset = usize::try_from(offset).map_err(|_| SocialError::InvalidCursor)?;
        if offset >= FARTHEST {
            return Ok(Page { items: Vec::new(), next_cursor: None });
        }
        let most = (limit + 1).min(FARTHEST - offset);
        let mut ids = self.core.matches(words, viewer, offset, most).await?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let next = i64::try_from(offset + limit).unwrap_or(i64::MAX);
        let next_cursor = more.then(|| to_cursor("match", &[next]));
        Ok(Page { items: view::load(self.core.store.db(), &ids, viewer).await?, next_cursor })
    }

    /// The page that `select`, which was asked for one place more than `limit`, finds.
    pub(crate) async fn page(
        &self,
        select: &SelectStatement,
        sort: Sort,
        limit: usize,
        viewer: Option<UserId>,
    ) -> SocialResult<Page<Prompt>> {
        let db = self.core.store.db();
        let places = Place::find_by_statement(db.get_database_backend().build(select)).all(db).await?;
        let page = to_page(places, limit, |place| match sort {
            Sort::Newest => to_cursor("newest", &[place.id]),
            Sort::Likes => to_cursor("likes", &[place.likes, place.id]),
        });
        let ids: Vec<i64> = page.items.iter().map(|place| place.id).collect();
        Ok(Page { items: view::load(db, &ids, viewer).await?, next_cursor: page.next_cursor })
    }
}

impl Selection<'_> {
    fn select(&self, viewer: Option<UserId>) -> SelectStatement {
        // Asking for a person's own prompts shows them, muted or not.
        let sight = if self.author.is_some() { Sight::Open } else { Sight::Lists };
        let mut select = Query::select()
            .columns([("p", "id"), ("p", "likes")])
            .from_as("prompts", "p")
            .and_where(sees(viewer, &Expr::col(("p", "author_id")), sight))
            .to_owned();
        if let Some(author) = self.author {
            select.and_where(Expr::col(("p", "author_id")).eq(author));
        }
        if let Some(collection) = self.collection {
            select.and_where(Expr::col(("p", "collection")).eq(collection));
        }
        if let Some(ids) = &self.matches {
            select.and_where(Expr::col(("p", "id")).is_in(ids.iter().copied()));
        }
        select
    }
}

/// Orders prompts `p` and starts after the cursor.
pub(crate) fn order<'a>(
    select: &'a mut SelectStatement,
    sort: Sort,
    cursor: Option<&str>,
) -> SocialResult<&'a mut SelectStatement> {
    let (id, likes) = (Expr::col(("p", "id")), Expr::col(("p", "likes")));
    match sort {
        Sort::Newest => {
            if let Some([after]) = from_cursor("newest", cursor)? {
                select.and_where(id.lt(after));
            }
        }
        Sort::Likes => {
            if let Some([count, after]) = from_cursor("likes", cursor)? {
                let place = Expr::tuple([Expr::val(count), Expr::val(after)]);
                select.and_where(Expr::tuple([likes, id]).lt(place));
            }
            select.order_by(("p", "likes"), Order::Desc);
        }
    }
    Ok(select.order_by(("p", "id"), Order::Desc))
}

fn holding(keyword: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", literal(keyword))).escape('!')
}

/// A text for a pattern that is escaped by `!`: not by a backslash, which MySQL reads as an escape of its own first.
pub(crate) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            literal.push('!');
        }
        literal.push(c);
    }
    literal
}

//! Prompts as a viewer sees them, by id.

use std::collections::HashMap;

use catalejo_accounts::UserId;
use catalejo_port::PortError;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::relations::{Sight, sees};
use crate::social::instant;
use crate::{Original, Prompt, SocialResult};

/// Bound variables in one statement.
const CHUNK: usize = 500;

#[derive(Debug, FromQueryResult)]
struct Row {
    id: i64,
    text: String,
    author: String,
    collection: String,
    mode: String,
    filter: Option<String>,
    likes: i64,
    created_at: i64,
    edited_at: Option<i64>,
    demo: bool,
    original_id: Option<i64>,
    original_author: Option<String>,
    liked: Option<i64>,
}

/// The prompts with these ids in their order; who is gone, or whose author `viewer` does not see, is left out.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    ids: &[i64],
    viewer: Option<UserId>,
) -> SocialResult<Vec<Prompt>> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let statement = db.get_database_backend().build(&select(chunk, viewer));
        for row in Row::find_by_statement(statement).all(db).await? {
            found.insert(row.id, to_prompt(row)?);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

pub(crate) fn select(ids: &[i64], viewer: Option<UserId>) -> SelectStatement {
    let author = Expr::col(("p", "author_id"));
    let original_author = Expr::col(("o", "author_id"));
    // Nobody has the id 0: without a viewer nothing is liked.
    let by_viewer = Expr::col(("l", "prompt_id"))
        .equals(("p", "id"))
        .and(Expr::col(("l", "user_id")).eq(viewer.unwrap_or(0)));
    let original =
        Expr::col(("o", "id")).equals(("p", "original_id")).and(sees(viewer, &original_author, Sight::Lists));
    Query::select()
        .columns(
            ["id", "text", "collection", "mode", "filter", "likes", "created_at", "edited_at"]
                .map(|column| ("p", column)),
        )
        .expr_as(Expr::col(("u", "name")), "author")
        .column(("u", "demo"))
        .expr_as(Expr::col(("o", "id")), "original_id")
        .expr_as(Expr::col(("ou", "name")), "original_author")
        .expr_as(Expr::col(("l", "user_id")), "liked")
        .from_as("prompts", "p")
        .join_as(JoinType::InnerJoin, "users", "u", Expr::col(("u", "id")).equals(("p", "author_id")))
        .join_as(JoinType::LeftJoin, "prompts", "o", original)
        .join_as(JoinType::LeftJoin, "users", "ou", Expr::col(("ou", "id")).equals(("o", "author_id")))
        .join_as(JoinType::LeftJoin, "likes", "l", by_viewer)
        .and_where(Expr::col(("p", "id")).is_in(ids.iter().copied()))
        .and_where(sees(viewer, &author, Sight::Open))
        .to_owned()
}

fn to_prompt(row: Row) -> SocialResult<Prompt> {
    let mode = row
        .mode
        .parse()
        .map_err(|_| PortError::corrupt(format!("store: prompt {}: its mode cannot be read", row.id)))?;
    let original = row.original_id.zip(row.original_author).map(|(id, author)| Original { id, author });
    Ok(Prompt {
        id: row.id,
        text: row.text,
        author: row.author,
        collection: row.collection,
        mode,
        filter: row.filter,
        likes: row.likes,
        created_at: instant(row.created_at),
        edited_at: row.edited_at.map(instant),
        original,
        liked: row.liked.is_some(),
        demo: row.demo,
    })
}

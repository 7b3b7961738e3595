//! Who may see whom, as conditions of queries. Each is a few look-ups by key for a row, whatever the tables hold.

use catalejo_accounts::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr};

/// What a viewer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everybody who is not suspended and with whom there is no block.
    Open,
    /// The same without those whom the viewer muted: feeds, lists and searches.
    Lists,
}

/// Whether `viewer` sees the person with the id `person`, an expression over the rows of a query.
pub(crate) fn sees(viewer: Option<UserId>, person: &Expr, sight: Sight) -> Expr {
    let suspended = Query::select()
        .expr(Expr::val(1))
        .from_as("users", "sus")
        .and_where(Expr::col(("sus", "id")).eq(person.clone()))
        .and_where(Expr::col(("sus", "suspended_at")).is_not_null())
        .to_owned();
    let mut visible = Expr::not_exists(suspended);
    let Some(viewer) = viewer else { return visible };
    let pairs = [
        ("blocks", "user_id", "blocked_id"),
        ("blocks", "blocked_id", "user_id"),
        ("mutes", "user_id", "muted_id"),
    ];
    let pairs = if sight == Sight::Lists { &pairs[..] } else { &pairs[..2] };
    for (table, own, other) in pairs {
        visible = visible.and(Expr::not_exists(pair(table, (own, viewer), (other, person.clone()))));
    }
    visible
}

fn pair(
    table: &'static str,
    (own, viewer): (&'static str, UserId),
    (other, person): (&'static str, Expr),
) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from_as(table, "pair")
        .and_where(Expr::col(("pair", own)).eq(viewer))
        .and_where(Expr::col(("pair", other)).eq(person))
        .to_owned()
}

/// Everybody whom `viewer` does not see in lists, but for those suspended: for the index, which knows no tables.
pub(crate) async fn unseen(db: &impl ConnectionTrait, viewer: UserId) -> Result<Vec<UserId>, DbErr> {
    let mut unseen = Vec::new();
    for (table, own, other) in [
        ("mutes", "user_id", "muted_id"),
        ("blocks", "user_id", "blocked_id"),
        ("blocks", "blocked_id", "user_id"),
    ] {
        let select =
            Query::select().column(other).from(table).and_where(Expr::col(own).eq(viewer)).to_owned();
        for row in db.query_all(&select).await? {
            unseen.push(row.try_get_by_index(0)?);
        }
    }
    unseen.sort_unstable();
    unseen.dedup();
    Ok(unseen)
}

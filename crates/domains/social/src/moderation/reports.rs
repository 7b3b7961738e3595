use catalejo_accounts::UserId;
use catalejo_store::store_error;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter,
};

use super::{Report, ReportState, ReportedPrompt, checked_note};
use crate::cursor::{from_cursor, page_size, to_cursor, to_page};
use crate::entity::{prompt, report};
use crate::likes::seen;
use crate::social::{check_active, instant, now_ms};
use crate::{Page, Social, SocialError, SocialResult};

impl Social {
    /// Reports a prompt; the same again while the first report is open changes nothing.
    pub async fn report_prompt(&self, user: UserId, id: i64, reason: &str) -> SocialResult<Report> {
        let reason = checked_note("reason", reason, 1)?;
        let txn = self.core.store.begin().await?;
        check_active(&txn, user).await?;
        let row = seen(&txn, user, id).await?;
        let report = file(&txn, user, row.author_id, Some(&row), reason).await?;
        txn.commit().await.map_err(store_error)?;
        self.report(report).await
    }

    /// Reports a person; the same again while the first report is open changes nothing.
    pub async fn report_person(&self, user: UserId, name: &str, reason: &str) -> SocialResult<Report> {
        let reason = checked_note("reason", reason, 1)?;
        let person = self.visible(name, Some(user)).await?;
        let txn = self.core.store.begin().await?;
        check_active(&txn, user).await?;
        let report = file(&txn, user, person.id, None, reason).await?;
        txn.commit().await.map_err(store_error)?;
        self.report(report).await
    }

    /// Reports, the latest first.
    pub async fn reports(
        &self,
        state: Option<ReportState>,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Report>> {
        let limit = page_size(limit);
        let mut select = select_reports();
        select.order_by(("r", "id"), Order::Desc).limit(limit as u64 + 1);
        if let Some(state) = state {
            select.and_where(Expr::col(("r", "state")).eq(state.as_str()));
        }
        if let Some([before]) = from_cursor("reports", cursor)? {
            select.and_where(Expr::col(("r", "id")).lt(before));
        }
        let db = self.core.store.db();
        let rows = ReportRow::find_by_statement(db.get_database_backend().build(&select)).all(db).await?;
        let page = to_page(rows, limit, |row| to_cursor("reports", &[row.id]));
        let items = page.items.into_iter().map(ReportRow::into_report).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    }

    /// One report.
    pub async fn report(&self, id: i64) -> SocialResult<Report> {
        let mut select = select_reports();
        select.and_where(Expr::col(("r", "id")).eq(id));
        let db = self.core.store.db();
        let row = ReportRow::find_by_statement(db.get_database_backend().build(&select)).one(db).await?;
        row.map(ReportRow::into_report).ok_or(SocialError::UnknownReport(id))
    }
}

/// Writes a report, unless the reporter has the same one open; its id.
async fn file(
    txn: &DatabaseTransaction,
    reporter: UserId,
    person: UserId,
    prompt: Option<&prompt::Model>,
    reason: String,
) -> SocialResult<i64> {
    let mut same = report::Entity::find()
        .filter(report::Column::ReporterId.eq(reporter))
        .filter(report::Column::PersonId.eq(person))
        .filter(report::Column::State.eq(ReportState::Open.as_str()));
    same = match prompt {
        Some(prompt) => same.filter(report::Column::PromptId.eq(prompt.id)),
        None => same.filter(report::Column::Excerpt.is_null()),
    };
    if let Some(known) = same.one(txn).await? {
        return Ok(known.id);
    }
    let row = report::ActiveModel {
        reporter_id: Set(Some(reporter)),
        prompt_id: Set(prompt.map(|prompt| prompt.id)),
        person_id: Set(Some(person)),
        excerpt: Set(prompt.map(|prompt| prompt.text.clone())),
        reason: Set(reason),
        created_at: Set(now_ms()),
        state: Set(ReportState::Open.as_str().to_owned()),
        ..Default::default()
    };
    Ok(report::Entity::insert(row).exec(txn).await?.last_insert_id)
}

#[derive(Debug, FromQueryResult)]
struct ReportRow {
    id: i64,
    prompt_id: Option<i64>,
    excerpt: Option<String>,
    person: Option<String>,
    reason: String,
    reporter: Option<String>,
    created_at: i64,
    state: String,
    action: Option<String>,
    note: Option<String>,
    resolved_by: Option<String>,
    resolved_at: Option<i64>,
}

impl ReportRow {
    fn into_report(self) -> Report {
        Report {
            id: self.id,
            prompt: self.excerpt.map(|text| ReportedPrompt { id: self.prompt_id, text }),
            person: self.person,
            reason: self.reason,
            reporter: self.reporter,
            created_at: instant(self.created_at),
            state: if self.state == "open" { ReportState::Open } else { ReportState::Resolved },
            action: self.action.and_then(|word| word.parse().ok()),
            note: self.note,
            resolved_by: self.resolved_by,
            resolved_at: self.resolved_at.map(instant),
        }
    }
}

fn select_reports() -> SelectStatement {
    Query::select()
        .columns(
            [
                "id",
                "prompt_id",
                "excerpt",
                "reason",
                "created_at",
                "state",
                "action",
                "note",
                "resolved_by",
                "resolved_at",
            ]
            .map(|column| ("r", column)),
        )
        .expr_as(Expr::col(("who", "name")), "person")
        .expr_as(Expr::col(("by", "name")), "reporter")
        .from_as("reports", "r")
        .join_as(JoinType::LeftJoin, "users", "who", Expr::col(("who", "id")).equals(("r", "person_id")))
        .join_as(JoinType::LeftJoin, "users", "by", Expr::col(("by", "id")).equals(("r", "reporter_id")))
        .to_owned()
}

use catalejo_accounts::UserId;
use catalejo_store::store_error;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{AuditEntry, Moderator, Report, ReportAction, ReportState, checked_note};
use crate::cursor::{from_cursor, page_size, to_cursor, to_page};
use crate::entity::{audit, prompt, report};
use crate::removal::remove_prompts;
use crate::social::{instant, now_ms};
use crate::{Page, Social, SocialError, SocialResult, index};

/// Bound variables in one statement.
const CHUNK: usize = 500;
/// The log's word for what undoes a suspension.
const LIFT_SUSPENSION: &str = "lift_suspension";

impl Social {
    /// Decides a report. Removing a prompt or suspending a person decides all other open reports of it too.
    pub async fn resolve_report(
        &self,
        moderator: &Moderator,
        id: i64,
        action: ReportAction,
        note: &str,
    ) -> SocialResult<Report> {
        let note = checked_note("note", note, 0)?;
        let txn = self.core.store.begin().await?;
        let row = report::Entity::find_by_id(id).one(&txn).await?.ok_or(SocialError::UnknownReport(id))?;
        if row.state != ReportState::Open.as_str() {
            return Err(SocialError::AlreadyResolved(id));
        }
        let same = match action {
            ReportAction::Dismiss => {
                log(&txn, moderator, action.as_str(), format!("report {id}"), &note).await?;
                report::Column::Id.eq(id)
            }
            ReportAction::RemovePrompt => {
                let prompt = row.prompt_id.ok_or_else(|| {
                    SocialError::request("action", "there is no prompt (any more) to remove")
                })?;
                remove(&txn, moderator, prompt, &note).await?;
                report::Column::Id.eq(id)
            }
            ReportAction::SuspendUser => {
                let person = row.person_id.ok_or_else(|| {
                    SocialError::request("action", "the account was deleted, there is nobody to suspend")
                })?;
                self.set_suspended_in(&txn, moderator, person, true, &note).await?;
                report::Column::PersonId.eq(person)
            }
        };
        resolve(&txn, moderator, action, &note, same).await?;
        self.core.accounts.commit(txn).await?;
        self.core.bell.notify_one();
        self.report(id).await
    }

    /// Removes a prompt with its likes and unedited republications. The log keeps who and why.
    pub async fn remove_prompt(&self, moderator: &Moderator, id: i64, note: &str) -> SocialResult<()> {
        let note = checked_note("note", note, 0)?;
        let txn = self.core.store.begin().await?;
        remove(&txn, moderator, id, &note).await?;
        txn.commit().await.map_err(store_error)?;
        self.core.bell.notify_one();
        Ok(())
    }

    /// Hides a person with all their prompts and keeps them out, or lets them in again. The log keeps who and why.
    pub async fn set_suspended(
        &self,
        moderator: &Moderator,
        name: &str,
        suspended: bool,
        note: &str,
    ) -> SocialResult<()> {
        let note = checked_note("note", note, 0)?;
        let person = self.known(name).await?;
        let txn = self.core.store.begin().await?;
        self.set_suspended_in(&txn, moderator, person.id, suspended, &note).await?;
        if suspended {
            let same = report::Column::PersonId.eq(person.id);
            resolve(&txn, moderator, ReportAction::SuspendUser, &note, same).await?;
        }
        self.core.accounts.commit(txn).await?;
        self.core.bell.notify_one();
        Ok(())
    }

    async fn set_suspended_in(
        &self,
        txn: &DatabaseTransaction,
        moderator: &Moderator,
        person: UserId,
        suspended: bool,
        note: &str,
    ) -> SocialResult<()> {
        let accounts = &self.core.accounts;
        let (user, action) = match suspended {
            true => (accounts.suspend_in(txn, person).await?, ReportAction::SuspendUser.as_str()),
            false => (accounts.reinstate_in(txn, person).await?, LIFT_SUSPENSION),
        };
        index::changed_where(txn, Expr::col("author_id").eq(person)).await?;
        log(txn, moderator, action, format!("person {}", user.name), note).await
    }

    /// What moderators did, the latest first.
    pub async fn audit(&self, cursor: Option<&str>, limit: usize) -> SocialResult<Page<AuditEntry>> {
        let limit = page_size(limit);
        let mut select = audit::Entity::find().order_by_desc(audit::Column::Id).limit(limit as u64 + 1);
        if let Some([before]) = from_cursor("audit", cursor)? {
            select = select.filter(audit::Column::Id.lt(before));
        }
        let rows = select.all(self.core.store.db()).await?;
        let page = to_page(rows, limit, |row| to_cursor("audit", &[row.id]));
        let items = page.items.into_iter().map(|row| AuditEntry {
            id: row.id,
            at: instant(row.at),
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            note: row.note,
        });
        Ok(Page { items: items.collect(), next_cursor: page.next_cursor })
    }
}

/// Closes the open reports that `which` names.
async fn resolve(
    txn: &DatabaseTransaction,
    moderator: &Moderator,
    action: ReportAction,
    note: &str,
    which: Expr,
) -> SocialResult<()> {
    report::Entity::update_many()
        .col_expr(report::Column::State, Expr::val(ReportState::Resolved.as_str()))
        .col_expr(report::Column::Action, Expr::val(action.as_str()))
        .col_expr(report::Column::Note, Expr::val(note))
        .col_expr(report::Column::ResolvedBy, Expr::val(moderator.name.as_str()))
        .col_expr(report::Column::ResolvedAt, Expr::val(now_ms()))
        .filter(report::Column::State.eq(ReportState::Open.as_str()))
        .filter(which)
        .exec(txn)
        .await?;
    Ok(())
}

/// Removes a prompt as moderators do: copies that hold the same text go too.
async fn remove(txn: &DatabaseTransaction, moderator: &Moderator, id: i64, note: &str) -> SocialResult<()> {
    let row = prompt::Entity::find_by_id(id).one(txn).await?.ok_or(SocialError::UnknownPrompt(id))?;
    let mut ids: Vec<i64> = prompt::Entity::find()
        .select_only()
        .column(prompt::Column::Id)
        .filter(prompt::Column::OriginalId.eq(id))
        .filter(prompt::Column::EditedAt.is_null().or(prompt::Column::Text.eq(row.text.as_str())))
        .into_tuple()
        .all(txn)
        .await?;
    ids.push(id);
    // Before the prompts go, because the reports lose them then.
    for chunk in ids.chunks(CHUNK) {
        let of_these = report::Column::PromptId.is_in(chunk.iter().copied());
        resolve(txn, moderator, ReportAction::RemovePrompt, note, of_these).await?;
    }
    remove_prompts(txn, &ids).await?;
    log(txn, moderator, ReportAction::RemovePrompt.as_str(), format!("prompt {id}"), note).await
}

pub(crate) async fn log(
    txn: &DatabaseTransaction,
    moderator: &Moderator,
    action: &str,
    subject: String,
    note: &str,
) -> SocialResult<()> {
    let row = audit::ActiveModel {
        at: Set(now_ms()),
        actor: Set(moderator.name.clone()),
        action: Set(action.to_owned()),
        subject: Set(subject),
        note: Set(note.to_owned()),
        ..Default::default()
    };
    audit::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

//! Reports, what moderators do about them, and the log of it.

use std::fmt;
use std::str::FromStr;

use catalejo_accounts::{UserId, entity::user};
use catalejo_store::store_error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::cursor::{from_cursor, page_size, to_cursor, to_page};
use crate::entity::{audit, prompt, report};
use crate::likes::seen;
use crate::removal::remove_prompts;
use crate::social::{check_active, instant, now_ms};
use crate::{Page, Social, SocialError, SocialResult, index};

/// Characters of a reason or note.
const NOTE_CHARS: usize = 2000;

/// Who moderates, as the log names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderator {
    /// The name of an administrator, or `owner` for the owner of the data folder.
    pub name: String,
}

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    /// Waits for a moderator.
    Open,
    /// A moderator decided.
    Resolved,
}

impl ReportState {
    /// The word kept in the store and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

/// What a moderator does about a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportAction {
    /// Nothing.
    Dismiss,
    /// Removes the prompt and its unedited republications.
    RemovePrompt,
    /// Hides the person and all their prompts, and keeps them out.
    SuspendUser,
}

impl ReportAction {
    /// The word kept in the store and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::RemovePrompt => "remove_prompt",
            Self::SuspendUser => "suspend_user",
        }
    }
}

impl fmt::Display for ReportAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ReportAction {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "dismiss" => Ok(Self::Dismiss),
            "remove_prompt" => Ok(Self::RemovePrompt),
            "suspend_user" => Ok(Self::SuspendUser),
            _ => Err(format!("{word:?} is none of dismiss, remove_prompt, suspend_user")),
        }
    }
}

/// Something that somebody found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Ascending in time.
    pub id: i64,
    /// The prompt, when one was reported.
    pub prompt: Option<ReportedPrompt>,
    /// The name of the person reported, or of the author of the prompt; null when the account was deleted.
    pub person: Option<String>,
    /// What is wrong, in the reporter's words.
    pub reason: String,
    /// The reporter's name; null when the account was deleted.
    pub reporter: Option<String>,
    /// When it was reported.
    pub created_at: DateTime<Utc>,
    /// Where it stands.
    pub state: ReportState,
    /// What a moderator did.
    pub action: Option<ReportAction>,
    /// Why, in the moderator's words.
    pub note: Option<String>,
    /// The moderator's name.
    pub resolved_by: Option<String>,
    /// When the moderator decided.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// A prompt as it was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedPrompt {
    /// Its id; null when it was deleted.
    pub id: Option<i64>,
    /// Its text at that time.
    pub text: String,
}

/// One line of the log of moderation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Ascending in time.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, by the name they had.
    pub actor: String,
    /// What they did: `dismiss`, `remove_prompt`, `suspend_user` or `lift_suspension`.
    pub action: String,
    /// To what: `prompt 12`, `person ana`, `report 3`.
    pub subject: String,
    /// Why, in their words.
    pub note: String,
}

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
        select.order_by(("r", "id"), sea_orm::sea_query::Order::Desc).limit(limit as u64 + 1);
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
                // Before the prompt goes, because the reports lose it then.
                resolve(&txn, moderator, action, &note, report::Column::PromptId.eq(prompt)).await?;
                remove(&txn, moderator, prompt, &note).await?;
                report::Column::Id.eq(id)
            }
            ReportAction::SuspendUser => {
                let person = row.person_id.ok_or_else(|| {
                    SocialError::request("action", "the account was deleted, there is nobody to suspend")
                })?;
                suspend(&txn, moderator, person, Some(now_ms()), &note).await?;
                report::Column::PersonId.eq(person)
            }
        };
        resolve(&txn, moderator, action, &note, same).await?;
        txn.commit().await.map_err(store_error)?;
        self.core.bell.notify_one();
        self.report(id).await
    }

    /// Removes a prompt with its likes and unedited republications. The log keeps who and why.
    pub async fn remove_prompt(&self, moderator: &Moderator, id: i64, note: &str) -> SocialResult<()> {
        let note = checked_note("note", note, 0)?;
        let txn = self.core.store.begin().await?;
        resolve(&txn, moderator, ReportAction::RemovePrompt, &note, report::Column::PromptId.eq(id)).await?;
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
        suspend(&txn, moderator, person.id, suspended.then(now_ms), &note).await?;
        if suspended {
            let same = report::Column::PersonId.eq(person.id);
            resolve(&txn, moderator, ReportAction::SuspendUser, &note, same).await?;
        }
        txn.commit().await.map_err(store_error)?;
        self.core.bell.notify_one();
        Ok(())
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

fn checked_note(field: &'static str, text: &str, least: usize) -> SocialResult<String> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars < least || chars > NOTE_CHARS || text.contains('\0') {
        return Err(SocialError::request(
            field,
            format!("{least} to {NOTE_CHARS} characters are accepted, it has {chars}"),
        ));
    }
    Ok(text.to_owned())
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
    remove_prompts(txn, &ids).await?;
    log(txn, moderator, ReportAction::RemovePrompt.as_str(), format!("prompt {id}"), note).await
}

async fn suspend(
    txn: &DatabaseTransaction,
    moderator: &Moderator,
    person: UserId,
    since: Option<i64>,
    note: &str,
) -> SocialResult<()> {
    let row = user::Entity::find_by_id(person).one(txn).await?;
    let row = row.ok_or_else(|| SocialError::UnknownPerson(person.to_string()))?;
    let subject = format!("person {}", row.name);
    let mut row = row.into_active_model();
    row.suspended_at = Set(since);
    row.update(txn).await?;
    index::changed_where(txn, Expr::col("author_id").eq(person)).await?;
    let action = if since.is_some() { ReportAction::SuspendUser.as_str() } else { "lift_suspension" };
    log(txn, moderator, action, subject, note).await
}

async fn log(
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

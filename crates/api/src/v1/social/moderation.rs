//! `/v1/reports` and `/v1/audit`: what people find wrong, and what moderators do about it.

use axum::Json;
use axum::extract::State;
use catalejo_social::{AuditEntry, Report, ReportAction, ReportState};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Paging, limit};
use crate::extract::{self, Path, Query};
use crate::guard::Who;
use crate::problem::{Problem, Result};
use crate::v1::{Desk, List};

/// What is wrong.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewReport)]
pub struct ReportBody {
    /// In the reporter's words.
    pub reason: String,
}

/// Something that somebody found wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub struct ReportView {
    /// Ascending in time.
    pub id: i64,
    /// The prompt, when one was reported.
    pub prompt: Option<ReportedPromptView>,
    /// Who was reported, or who published the prompt; null when the account was deleted.
    pub person: Option<ReportedPersonView>,
    /// What is wrong, in the reporter's words.
    pub reason: String,
    /// The reporter's name; null when the account was deleted.
    pub reporter: Option<String>,
    /// When it was reported.
    pub created_at: DateTime<Utc>,
    /// `open` or `resolved`.
    pub state: &'static str,
    /// `dismiss`, `remove_prompt` or `suspend_user`; null while it is open.
    pub action: Option<&'static str>,
    /// Why, in the moderator's words.
    pub note: Option<String>,
    /// The moderator's name.
    pub resolved_by: Option<String>,
    /// When the moderator decided.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// A prompt as it was reported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportedPrompt)]
pub struct ReportedPromptView {
    /// Its id; null when it was deleted.
    pub id: Option<i64>,
    /// Its text at that time.
    pub text: String,
}

/// Who was reported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportedPerson)]
pub struct ReportedPersonView {
    /// The name.
    pub name: String,
}

impl From<Report> for ReportView {
    fn from(report: Report) -> Self {
        Self {
            id: report.id,
            prompt: report.prompt.map(|prompt| ReportedPromptView { id: prompt.id, text: prompt.text }),
            person: report.person.map(|name| ReportedPersonView { name }),
            reason: report.reason,
            reporter: report.reporter,
            created_at: report.created_at,
            state: report.state.as_str(),
            action: report.action.map(ReportAction::as_str),
            note: report.note,
            resolved_by: report.resolved_by,
            resolved_at: report.resolved_at,
        }
    }
}

/// Which reports to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportFilter {
    /// Only `open` or only `resolved` ones.
    #[param(value_type = Option<String>)]
    state: Option<ReportState>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of this page, up to 100; 20 when left out.
    limit: Option<usize>,
}

/// List reports.
///
/// Lists what people found wrong, the latest first.
#[utoipa::path(get, path = "/v1/reports", tag = "moderation", params(ReportFilter),
    responses((status = 200, description = "A page of reports.", body = List<ReportView>)))]
pub async fn reports(
    State(desk): State<Desk>,
    Query(filter): Query<ReportFilter>,
) -> Result<Json<List<ReportView>>> {
    let limit = limit(filter.limit, &desk)?;
    Ok(Json(super::list(desk.social.reports(filter.state, filter.cursor.as_deref(), limit).await?)))
}

/// What a moderator decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// `dismiss`, `remove_prompt` or `suspend_user`.
    action: String,
    /// Why, for the log.
    #[serde(default)]
    note: String,
}

/// Decide a report.
///
/// Dismisses a report, removes the prompt, or keeps its author out; other open reports of the same are decided with it.
#[utoipa::path(post, path = "/v1/reports/{id}/resolve", tag = "moderation", params(("id" = i64, Path, description = "The report's id.")), request_body = Decision,
    responses((status = 200, description = "The report as it stands.", body = ReportView)))]
pub async fn resolve(
    State(desk): State<Desk>,
    Who(identity): Who,
    Path(id): Path<i64>,
    extract::Json(decision): extract::Json<Decision>,
) -> Result<Json<ReportView>> {
    let action = decision.action.parse().map_err(|error| Problem::invalid(format!("action: {error}")))?;
    let moderator = super::moderator(&identity);
    Ok(Json(desk.social.resolve_report(&moderator, id, action, &decision.note).await?.into()))
}

/// One line of the log of moderation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditView {
    /// Ascending in time.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, by the name they had.
    pub actor: String,
    /// What they did.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Why, in their words.
    pub note: String,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, actor, action, subject, note } = entry;
        Self { id, at, actor, action, subject, note }
    }
}

/// Read the log of moderation.
///
/// Lists what moderators did, the latest first.
#[utoipa::path(get, path = "/v1/audit", tag = "moderation", params(Paging),
    responses((status = 200, description = "A page of lines.", body = List<AuditView>)))]
pub async fn audit(State(desk): State<Desk>, Query(paging): Query<Paging>) -> Result<Json<List<AuditView>>> {
    let limit = limit(paging.limit, &desk)?;
    Ok(Json(super::list(desk.social.audit(paging.cursor.as_deref(), limit).await?)))
}

//! `/v1/people`: who publishes, and how the caller stands to them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalejo_social::{Person, PromptQuery};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::moderation::{ReportBody, ReportView};
use super::prompts::PromptView;
use super::{Paging, limit};
use crate::extract::{self, Path, Query};
use crate::guard::{Member, Viewer};
use crate::problem::Result;
use crate::v1::{Desk, List};

/// Somebody as the viewer sees them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonView {
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
    pub you: Option<TiesView>,
}

/// How a viewer stands to somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ties)]
pub struct TiesView {
    /// The viewer follows them.
    pub follows: bool,
    /// The viewer muted them.
    pub muted: bool,
    /// The viewer blocked them.
    pub blocked: bool,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self {
            name: person.name,
            joined_at: person.joined_at,
            prompts: person.prompts,
            followers: person.followers,
            following: person.following,
            demo: person.demo,
            you: person.you.map(|you| TiesView {
                follows: you.follows,
                muted: you.muted,
                blocked: you.blocked,
            }),
        }
    }
}

/// Which people to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeopleFilter {
    /// Only people whose names begin so.
    query: Option<String>,
    /// Twenty people drawn anew each time, instead.
    #[serde(default)]
    random: bool,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of this page, up to 100; 20 when left out.
    limit: Option<usize>,
}

/// Find people.
///
/// Lists people by the beginning of their names, or some drawn at random.
#[utoipa::path(get, path = "/v1/people", tag = "people", params(PeopleFilter),
    responses((status = 200, description = "A page of people.", body = List<PersonView>)))]
pub async fn list(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Query(filter): Query<PeopleFilter>,
) -> Result<Json<List<PersonView>>> {
    let limit = limit(filter.limit, &desk)?;
    if filter.random {
        let people = desk.social.random_people(limit, viewer).await?;
        let items = people.into_iter().map(PersonView::from).collect();
        return Ok(Json(List { items, next_cursor: None }));
    }
    let query = filter.query.as_deref().unwrap_or_default();
    let page = desk.social.find_people(query, viewer, filter.cursor.as_deref(), limit).await?;
    Ok(Json(super::list(page)))
}

/// Show a person.
///
/// Shows somebody's profile.
#[utoipa::path(get, path = "/v1/people/{name}", tag = "people", params(("name" = String, Path, description = "The person's name.")),
    responses((status = 200, description = "The person.", body = PersonView)))]
pub async fn show(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Path(name): Path<String>,
) -> Result<Json<PersonView>> {
    Ok(Json(desk.social.person(&name, viewer).await?.into()))
}

/// List a person's prompts.
///
/// Lists what somebody published, the newest first.
#[utoipa::path(get, path = "/v1/people/{name}/prompts", tag = "people", params(("name" = String, Path, description = "The person's name."), Paging),
    responses((status = 200, description = "A page of prompts.", body = List<PromptView>)))]
pub async fn prompts(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<PromptView>>> {
    let query = PromptQuery {
        author: Some(name),
        limit: limit(paging.limit, &desk)?,
        cursor: paging.cursor,
        ..PromptQuery::default()
    };
    Ok(Json(super::list(desk.social.prompts(&query, viewer).await?)))
}

/// List a person's followers.
///
/// Lists who follows somebody, the latest first.
#[utoipa::path(get, path = "/v1/people/{name}/followers", tag = "people", params(("name" = String, Path, description = "The person's name."), Paging),
    responses((status = 200, description = "A page of people.", body = List<PersonView>)))]
pub async fn followers(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<PersonView>>> {
    let limit = limit(paging.limit, &desk)?;
    Ok(Json(super::list(desk.social.followers(&name, viewer, paging.cursor.as_deref(), limit).await?)))
}

/// List whom a person follows.
///
/// Lists whom somebody follows, the latest first.
#[utoipa::path(get, path = "/v1/people/{name}/following", tag = "people", params(("name" = String, Path, description = "The person's name."), Paging),
    responses((status = 200, description = "A page of people.", body = List<PersonView>)))]
pub async fn following(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<PersonView>>> {
    let limit = limit(paging.limit, &desk)?;
    Ok(Json(super::list(desk.social.following(&name, viewer, paging.cursor.as_deref(), limit).await?)))
}

/// Follow a person.
///
/// What they publish appears in the caller's feed. Following again changes nothing.
#[utoipa::path(put, path = "/v1/people/{name}/follow", tag = "people", params(("name" = String, Path, description = "The person's name.")),
    responses((status = 200, description = "The person.", body = PersonView)))]
pub async fn follow(
    State(desk): State<Desk>,
    member: Member,
    Path(name): Path<String>,
) -> Result<Json<PersonView>> {
    let (person, _) = desk.social.follow(member.user.id, &name).await?;
    Ok(Json(person.into()))
}

/// Follow a person no longer.
///
/// What they publish does not appear in the caller's feed any more.
#[utoipa::path(delete, path = "/v1/people/{name}/follow", tag = "people", params(("name" = String, Path, description = "The person's name.")),
    responses((status = 200, description = "The person.", body = PersonView)))]
pub async fn unfollow(
    State(desk): State<Desk>,
    member: Member,
    Path(name): Path<String>,
) -> Result<Json<PersonView>> {
    Ok(Json(desk.social.unfollow(member.user.id, &name).await?.into()))
}

/// Mute a person.
///
/// Keeps somebody out of the caller's feed, lists and searches.
#[utoipa::path(put, path = "/v1/people/{name}/mute", tag = "people", params(("name" = String, Path, description = "The person's name.")),
    responses((status = 200, description = "The person.", body = PersonView)))]
pub async fn mute(
    State(desk): State<Desk>,
    member: Member,
    Path(name): Path<String>,
) -> Result<Json<PersonView>> {
    Ok(Json(desk.social.mute(member.user.id, &name).await?.into()))
}

/// Mute a person no longer.
///
/// Lets somebody into the caller's feed, lists and searches again.
#[utoipa::path(delete, path = "/v1/people/{name}/mute", tag = "people", params(("name" = String, Path, description = "The person's name.")),
    responses((status = 200, description = "The person.", body = PersonView)))]
pub async fn unmute(
    State(desk): State<Desk>,
    member: Member,
    Path(name): Path<String>,
) -> Result<Json<PersonView>> {
    Ok(Json(desk.social.unmute(member.user.id, &name).await?.into()))
}

/// Block a person.
///
/// Makes the caller and somebody invisible to each other; neither follows the other any more.
#[utoipa::path(put, path = "/v1/people/{name}/block", tag = "people", params(("name" = String, Path, description = "The person's name.")),
    responses((status = 200, description = "The person.", body = PersonView)))]
pub async fn block(
    State(desk): State<Desk>,
    member: Member,
    Path(name): Path<String>,
) -> Result<Json<PersonView>> {
    Ok(Json(desk.social.block(member.user.id, &name).await?.into()))
}

/// Block a person no longer.
///
/// Lifts the caller's own block.
#[utoipa::path(delete, path = "/v1/people/{name}/block", tag = "people", params(("name" = String, Path, description = "The person's name.")),
    responses((status = 200, description = "The person.", body = PersonView)))]
pub async fn unblock(
    State(desk): State<Desk>,
    member: Member,
    Path(name): Path<String>,
) -> Result<Json<PersonView>> {
    Ok(Json(desk.social.unblock(member.user.id, &name).await?.into()))
}

/// Report a person.
///
/// Tells the moderators what is wrong with somebody. The same again while it is open changes nothing.
#[utoipa::path(post, path = "/v1/people/{name}/reports", tag = "moderation", params(("name" = String, Path, description = "The person's name.")), request_body = ReportBody,
    responses((status = 201, description = "The report.", body = ReportView)))]
pub async fn report(
    State(desk): State<Desk>,
    member: Member,
    Path(name): Path<String>,
    extract::Json(body): extract::Json<ReportBody>,
) -> Result<(StatusCode, Json<ReportView>)> {
    let report = desk.social.report_person(member.user.id, &name, &body.reason).await?;
    Ok((StatusCode::CREATED, Json(report.into())))
}

//! `/v1/prompts` and `/v1/feed`: searches that somebody published.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use catalejo_social::{FeedSort, NewPrompt, Original, Prompt, PromptQuery, SocialError, Sort};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::moderation::{ReportBody, ReportView};
use crate::extract::{self, Path, Query};
use crate::guard::{Member, Viewer, Who};
use crate::problem::{Problem, Result};
use crate::v1::{Desk, List};

/// A search that somebody found good and published.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Prompt)]
pub struct PromptView {
    /// Ascending in time.
    pub id: i64,
    /// The search.
    pub text: String,
    /// The name of who published it.
    pub author: String,
    /// The collection it was asked of.
    pub collection: String,
    /// `hybrid`, `vector` or `text`.
    pub mode: &'static str,
    /// The filter it was asked with.
    pub filter: Option<String>,
    /// How many people like it.
    pub likes: i64,
    /// When it was published.
    pub created_at: DateTime<Utc>,
    /// When its text was last changed.
    pub edited_at: Option<DateTime<Utc>>,
    /// The prompt that it republishes, as long as it is there.
    pub original: Option<OriginalView>,
    /// Whether the viewer likes it.
    pub liked: bool,
    /// Whether its author was made for show.
    pub demo: bool,
}

/// The first prompt of a chain of likes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Original)]
pub struct OriginalView {
    /// Its id.
    pub id: i64,
    /// The name of who published it.
    pub author: String,
}

impl From<Prompt> for PromptView {
    fn from(prompt: Prompt) -> Self {
        Self {
            id: prompt.id,
            text: prompt.text,
            author: prompt.author,
            collection: prompt.collection,
            mode: prompt.mode.as_str(),
            filter: prompt.filter,
            likes: prompt.likes,
            created_at: prompt.created_at,
            edited_at: prompt.edited_at,
            original: prompt.original.map(|Original { id, author }| OriginalView { id, author }),
            liked: prompt.liked,
            demo: prompt.demo,
        }
    }
}

/// Which prompts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PromptFilter {
    /// Only prompts with these words, typing mistakes forgiven.
    query: Option<String>,
    /// Only prompts of the person with this name.
    author: Option<String>,
    /// Only prompts asked of this collection.
    collection: Option<String>,
    /// `newest` or `likes`; left out, the best match first where there are words, else the newest.
    #[param(value_type = Option<String>)]
    sort: Option<Sort>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of this page, up to 100; 20 when left out.
    limit: Option<usize>,
}

/// List prompts.
///
/// Lists prompts, found by words or not. Whom the viewer muted or blocked is left out.
#[utoipa::path(get, path = "/v1/prompts", tag = "prompts", params(PromptFilter),
    responses((status = 200, description = "A page of prompts.", body = List<PromptView>)))]
pub async fn list(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Query(filter): Query<PromptFilter>,
) -> Result<Json<List<PromptView>>> {
    let query = PromptQuery {
        limit: super::limit(filter.limit, &desk)?,
        query: filter.query,
        author: filter.author,
        collection: filter.collection,
        sort: filter.sort,
        cursor: filter.cursor,
    };
    Ok(Json(super::list(desk.social.prompts(&query, viewer).await?)))
}

/// What somebody publishes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPrompt)]
pub struct PromptBody {
    /// The search, 1 to 2,000 characters.
    text: String,
    /// The collection it was asked of; `songs` when left out.
    collection: Option<String>,
    /// `hybrid` (default), `vector` or `text`.
    mode: Option<String>,
    /// The filter it was asked with.
    filter: Option<String>,
}

/// Publish a prompt.
///
/// Publishes a search under the caller's name.
#[utoipa::path(post, path = "/v1/prompts", tag = "prompts", request_body = PromptBody,
    responses((status = 201, description = "The prompt.", body = PromptView)))]
pub async fn create(
    State(desk): State<Desk>,
    member: Member,
    extract::Json(body): extract::Json<PromptBody>,
) -> Result<impl IntoResponse> {
    if let Some(name) = &body.collection
        && desk.catalog.collections().get(name).await.is_err()
    {
        return Err(Problem::invalid(format!("collection: there is none named {name:?}")));
    }
    let mode = body.mode.map(|word| word.parse()).transpose();
    let new = NewPrompt {
        text: body.text,
        collection: body.collection,
        mode: mode.map_err(|error: String| Problem::invalid(format!("mode: {error}")))?.unwrap_or_default(),
        filter: body.filter,
    };
    let prompt = desk.social.publish(member.user.id, new).await?;
    let place = format!("/v1/prompts/{}", prompt.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(PromptView::from(prompt))))
}

/// Show a prompt.
///
/// Shows one prompt.
#[utoipa::path(get, path = "/v1/prompts/{id}", tag = "prompts", params(("id" = i64, Path, description = "Its id.")),
    responses((status = 200, description = "The prompt.", body = PromptView)))]
pub async fn show(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Path(id): Path<i64>,
) -> Result<Json<PromptView>> {
    Ok(Json(desk.social.prompt(id, viewer).await?.into()))
}

/// A prompt's new text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptChange {
    /// 1 to 2,000 characters.
    text: String,
}

/// Edit a prompt.
///
/// Changes the text of one's own prompt; its likes stay.
#[utoipa::path(patch, path = "/v1/prompts/{id}", tag = "prompts", params(("id" = i64, Path, description = "Its id.")), request_body = PromptChange,
    responses((status = 200, description = "The prompt.", body = PromptView)))]
pub async fn change(
    State(desk): State<Desk>,
    member: Member,
    Path(id): Path<i64>,
    extract::Json(body): extract::Json<PromptChange>,
) -> Result<Json<PromptView>> {
    Ok(Json(desk.social.edit(member.user.id, id, &body.text).await?.into()))
}

/// Delete a prompt.
///
/// Deletes one's own prompt with its likes. Administrators delete anybody's; that is noted in the log of moderation.
#[utoipa::path(delete, path = "/v1/prompts/{id}", tag = "prompts", params(("id" = i64, Path, description = "Its id.")),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(State(desk): State<Desk>, Who(identity): Who, Path(id): Path<i64>) -> Result<StatusCode> {
    let own = match identity.user_id() {
        Some(user) => desk.social.delete(user, id).await,
        None => Err(SocialError::NotYours(id)),
    };
    match own {
        Err(SocialError::NotYours(_)) if identity.is_admin() => {
            desk.social.remove_prompt(&super::moderator(&identity), id, "").await?;
        }
        own => own?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What a like did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Liked)]
pub struct LikedView {
    /// How many people like the prompt now.
    pub likes: i64,
    /// Whether the caller does.
    pub liked: bool,
    /// The prompt under the caller's name; null when it was deleted since, or when the like was taken back.
    pub republished: Option<i64>,
}

/// Like a prompt.
///
/// Likes a prompt, once, and republishes it under the caller's name. Liking it again changes nothing.
#[utoipa::path(put, path = "/v1/prompts/{id}/like", tag = "prompts", params(("id" = i64, Path, description = "The prompt's id.")),
    responses((status = 200, description = "The caller likes it.", body = LikedView)))]
pub async fn like(State(desk): State<Desk>, member: Member, Path(id): Path<i64>) -> Result<Json<LikedView>> {
    let liked = desk.social.like(member.user.id, id).await?;
    Ok(Json(LikedView { likes: liked.likes, liked: true, republished: liked.republished }))
}

/// Take a like back.
///
/// Takes a like back; the republication goes too unless it has become the caller's own.
#[utoipa::path(delete, path = "/v1/prompts/{id}/like", tag = "prompts", params(("id" = i64, Path, description = "The prompt's id.")),
    responses((status = 200, description = "The caller does not like it (any more).", body = LikedView)))]
pub async fn unlike(
    State(desk): State<Desk>,
    member: Member,
    Path(id): Path<i64>,
) -> Result<Json<LikedView>> {
    let unliked = desk.social.unlike(member.user.id, id).await?;
    Ok(Json(LikedView { likes: unliked.likes, liked: false, republished: None }))
}

/// Report a prompt.
///
/// Tells the moderators what is wrong with a prompt. The same again while it is open changes nothing.
#[utoipa::path(post, path = "/v1/prompts/{id}/reports", tag = "moderation", params(("id" = i64, Path, description = "The prompt's id.")), request_body = ReportBody,
    responses((status = 201, description = "The report.", body = ReportView)))]
pub async fn report(
    State(desk): State<Desk>,
    member: Member,
    Path(id): Path<i64>,
    extract::Json(body): extract::Json<ReportBody>,
) -> Result<(StatusCode, Json<ReportView>)> {
    let report = desk.social.report_prompt(member.user.id, id, &body.reason).await?;
    Ok((StatusCode::CREATED, Json(report.into())))
}

/// Which feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedFilter {
    /// `newest` (default) or `top_week`: the last seven days, most liked first.
    #[param(value_type = Option<String>)]
    sort: Option<FeedSort>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of this page, up to 100; 20 when left out.
    limit: Option<usize>,
}

/// Read my feed.
///
/// Lists what the caller and those they follow published.
#[utoipa::path(get, path = "/v1/feed", tag = "prompts", params(FeedFilter),
    responses((status = 200, description = "A page of prompts.", body = List<PromptView>)))]
pub async fn feed(
    State(desk): State<Desk>,
    member: Member,
    Query(filter): Query<FeedFilter>,
) -> Result<Json<List<PromptView>>> {
    let limit = super::limit(filter.limit, &desk)?;
    let sort = filter.sort.unwrap_or_default();
    let page = desk.social.feed(member.user.id, sort, filter.cursor.as_deref(), limit).await?;
    Ok(Json(super::list(page)))
}

//! Prompts: publishing, searching, liking, one's own, the feed.

use axum::Json;
use axum::extract::State;
use catalejo_social::{FeedSort, NewPrompt, Page, Prompt, PromptQuery, SocialError, SocialResult};
use serde::Deserialize;
use serde_json::{Value, json};

use super::check_name;
use super::fields::{self, Fields};
use crate::extract::{Path, Query};
use crate::guard::{Member, Viewer};
use crate::problem::{Problem, Result};
use crate::v1::Desk;

/// Prompts in one answer; the original knew no bound.
const MOST: usize = 1000;
const PAGE: usize = 100;

/// Publish a prompt.
///
/// Publishes a prompt under the caller's name.
#[utoipa::path(post, path = "/publish", tag = "compatible", request_body(content = Object, description = "`{\"prompt\": …, \"username\": …}`"),
    responses((status = 200, description = "`{\"status\": \"Prompt publicado con éxito\"}`.", body = Object)))]
pub async fn publish(State(desk): State<Desk>, member: Member, fields: Fields) -> Result<Json<Value>> {
    check_name(&member.user, fields.text("username")?)?;
    let new = NewPrompt { text: fields.required("prompt")?.to_owned(), ..NewPrompt::default() };
    desk.social.publish(member.user.id, new).await?;
    Ok(Json(json!({ "status": "Prompt publicado con éxito" })))
}

/// What to look for.
#[derive(Debug, Deserialize)]
pub struct Keyword {
    keyword: Option<String>,
}

/// Search prompts.
///
/// Lists prompts that hold the keyword anywhere, the newest first, 1,000 at most.
#[utoipa::path(get, path = "/search", tag = "compatible", params(("keyword" = Option<String>, Query, description = "What to look for.")),
    responses((status = 200, description = "`{\"results\": [{\"id\", \"username\", \"prompt\", \"date\", \"likes\"}]}`.", body = Object),
        (status = 400, description = "`{\"error\": \"El campo 'keyword' es requerido\"}`.", body = Object)))]
pub async fn search(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Query(query): Query<Keyword>,
) -> Result<Json<Value>> {
    let keyword = query.keyword.ok_or_else(|| Problem::invalid("El campo 'keyword' es requerido"))?;
    let found = desk.social.search_substring(&keyword, MOST, viewer).await?;
    Ok(Json(json!({ "results": rows(&found) })))
}

/// Like a prompt.
///
/// Likes a prompt, once, and republishes it under the caller's name.
#[utoipa::path(post, path = "/like", tag = "compatible", request_body(content = Object, description = "`{\"username\": …, \"prompt_id\": …}`"),
    responses((status = 200, description = "`{\"status\": \"Prompt liked and republished successfully\", \"updated_likes\": n}`.", body = Object),
        (status = 400, description = "`{\"error\": \"You have already liked this prompt\"}`.", body = Object),
        (status = 404, description = "`{\"error\": \"Prompt not found\"}`.", body = Object)))]
pub async fn like(State(desk): State<Desk>, member: Member, fields: Fields) -> Result<Json<Value>> {
    check_name(&member.user, fields.text("username")?)?;
    let liked = desk.social.like(member.user.id, fields.number("prompt_id")?).await.map_err(refused)?;
    if !liked.new {
        return Err(Problem::invalid("You have already liked this prompt"));
    }
    let status = "Prompt liked and republished successfully";
    Ok(Json(json!({ "status": status, "updated_likes": liked.likes })))
}

/// Whose.
#[derive(Debug, Deserialize)]
pub struct Named {
    username: Option<String>,
}

/// My prompts.
///
/// Lists what the caller published, the oldest first; of more than 1,000 the latest.
#[utoipa::path(get, path = "/me/getMyPrompts", tag = "compatible", params(("username" = Option<String>, Query, description = "The caller's name.")),
    responses((status = 200, description = "`{\"results\": [{\"id\", \"username\", \"prompt\", \"date\", \"likes\"}]}`.", body = Object),
        (status = 400, description = "`{\"error\": \"Username is required\"}`.", body = Object)))]
pub async fn mine(
    State(desk): State<Desk>,
    member: Member,
    Query(query): Query<Named>,
) -> Result<Json<Value>> {
    check_named(&member, query)?;
    let mut mine = all(|cursor| {
        let (social, user) = (desk.social.clone(), member.user.clone());
        let query = PromptQuery { author: Some(user.name), cursor, limit: PAGE, ..PromptQuery::default() };
        async move { social.prompts(&query, Some(user.id)).await }
    })
    .await?;
    mine.reverse();
    Ok(Json(json!({ "results": rows(&mine) })))
}

/// My feed.
///
/// Lists what the caller and those they follow published, the newest first, 1,000 at most.
#[utoipa::path(get, path = "/feed", tag = "compatible", params(("username" = Option<String>, Query, description = "The caller's name.")),
    responses((status = 200, description = "`{\"feed\": [{\"id\", \"username\", \"prompt\", \"likes\", \"date\"}]}`.", body = Object),
        (status = 400, description = "`{\"error\": \"Username is required\"}`.", body = Object)))]
pub async fn feed(
    State(desk): State<Desk>,
    member: Member,
    Query(query): Query<Named>,
) -> Result<Json<Value>> {
    check_named(&member, query)?;
    let feed = all(|cursor: Option<String>| {
        let (social, user) = (desk.social.clone(), member.user.id);
        async move { social.feed(user, FeedSort::Newest, cursor.as_deref(), PAGE).await }
    })
    .await?;
    Ok(Json(json!({ "feed": rows(&feed) })))
}

/// Edit a prompt.
///
/// Changes the text of one's own prompt.
#[utoipa::path(put, path = "/updatePrompt/{prompt_id}", tag = "compatible", params(("prompt_id" = i64, Path, description = "The prompt's id.")),
    request_body(content = Object, description = "`{\"prompt\": …}`"),
    responses((status = 200, description = "`{\"status\": \"Prompt updated successfully\"}`.", body = Object),
        (status = 400, description = "`{\"error\": \"New prompt text is required\"}`.", body = Object),
        (status = 404, description = "`{\"error\": \"Prompt not found\"}`.", body = Object)))]
pub async fn update(
    State(desk): State<Desk>,
    member: Member,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Json<Value>> {
    let text = fields.text("prompt")?.filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| Problem::invalid("New prompt text is required"))?;
    desk.social.edit(member.user.id, number(&id)?, text).await.map_err(refused)?;
    Ok(Json(json!({ "status": "Prompt updated successfully" })))
}

/// Delete a prompt.
///
/// Deletes one's own prompt with its likes.
#[utoipa::path(delete, path = "/deletePrompts/{prompt_id}", tag = "compatible", params(("prompt_id" = i64, Path, description = "The prompt's id.")),
    responses((status = 200, description = "`{\"status\": \"Prompt and associated likes deleted successfully\"}`.", body = Object),
        (status = 404, description = "`{\"error\": \"Prompt not found\"}`.", body = Object)))]
pub async fn delete(State(desk): State<Desk>, member: Member, Path(id): Path<String>) -> Result<Json<Value>> {
    desk.social.delete(member.user.id, number(&id)?).await.map_err(refused)?;
    Ok(Json(json!({ "status": "Prompt and associated likes deleted successfully" })))
}

fn check_named(member: &Member, query: Named) -> Result<()> {
    let named = query.username.filter(|name| !name.is_empty());
    let named = named.ok_or_else(|| Problem::invalid("Username is required"))?;
    check_name(&member.user, Some(&named))
}

/// All of a list, page after page, up to the bound.
async fn all<F>(page: impl Fn(Option<String>) -> F) -> SocialResult<Vec<Prompt>>
where
    F: Future<Output = SocialResult<Page<Prompt>>>,
{
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = page(cursor).await?;
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || found.len() >= MOST {
            found.truncate(MOST);
            return Ok(found);
        }
    }
}

fn rows(prompts: &[Prompt]) -> Vec<Value> {
    prompts.iter().map(fields::prompt).collect()
}

fn number(id: &str) -> Result<i64> {
    id.parse().map_err(|_| Problem::not_found("Prompt not found"))
}

fn refused(error: SocialError) -> Problem {
    match error {
        SocialError::UnknownPrompt(_) => Problem::not_found("Prompt not found"),
        error => error.into(),
    }
}

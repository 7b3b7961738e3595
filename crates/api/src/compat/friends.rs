//! People: at random, by name, and whom the caller follows.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use catalejo_social::SocialError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::check_name;
use crate::extract::Query;
use crate::guard::{Member, Viewer};
use crate::problem::{Problem, Result};
use crate::v1::Desk;

const RANDOM: usize = 20;
/// Friends in one answer; the original knew no bound.
const MOST: usize = 1000;
const PAGE: usize = 100;

/// People at random.
///
/// Answers the names of 20 people drawn anew each time, never the caller's.
#[utoipa::path(get, path = "/friends/random", tag = "compatible",
    responses((status = 200, description = "`{\"users\": [name]}`.", body = Object)))]
pub async fn random(State(desk): State<Desk>, Viewer(viewer): Viewer) -> Result<Json<Value>> {
    let people = desk.social.random_people(RANDOM, viewer).await?;
    let names: Vec<String> = people.into_iter().map(|person| person.name).collect();
    Ok(Json(json!({ "users": names })))
}

/// Whom to look for.
#[derive(Debug, Deserialize)]
pub struct Named {
    username: Option<String>,
}

/// Find somebody by name.
///
/// Answers whether somebody has the name.
#[utoipa::path(get, path = "/friends/search", tag = "compatible", params(("username" = Option<String>, Query, description = "The name.")),
    responses((status = 200, description = "`{\"user\": {\"username\": …}}`.", body = Object),
        (status = 404, description = "`{\"user\": null}`.", body = Object)))]
pub async fn find(
    State(desk): State<Desk>,
    Viewer(viewer): Viewer,
    Query(query): Query<Named>,
) -> Result<(StatusCode, Json<Value>)> {
    match desk.social.person(query.username.as_deref().unwrap_or_default(), viewer).await {
        Ok(person) => Ok((StatusCode::OK, Json(json!({ "user": { "username": person.name } })))),
        Err(SocialError::UnknownPerson(_)) => Ok((StatusCode::NOT_FOUND, Json(json!({ "user": null })))),
        Err(error) => Err(error.into()),
    }
}

/// Who follows whom, as a form.
#[derive(Debug, Default, Deserialize)]
struct Follow {
    follower_username: Option<String>,
    followee_username: Option<String>,
}

/// Follow somebody.
///
/// The caller follows somebody from now on.
#[utoipa::path(post, path = "/follow", tag = "compatible",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded", description = "`follower_username=…&followee_username=…`"),
    responses((status = 200, description = "`{\"status\": \"Follow successful\"}`.", body = Object),
        (status = 400, description = "`{\"status\": \"Already following\"}`.", body = Object)))]
pub async fn follow(
    State(desk): State<Desk>,
    member: Member,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>)> {
    let form: Follow = serde_urlencoded::from_bytes(&body)
        .map_err(|_| Problem::invalid("send follower_username and followee_username as a form"))?;
    check_name(&member.user, form.follower_username.as_deref())?;
    let name = form.followee_username.ok_or_else(|| Problem::invalid("followee_username is required"))?;
    let (_, new) = desk.social.follow(member.user.id, &name).await?;
    match new {
        true => Ok((StatusCode::OK, Json(json!({ "status": "Follow successful" })))),
        false => Ok((StatusCode::BAD_REQUEST, Json(json!({ "status": "Already following" })))),
    }
}

/// Who asks; a name, whatever the parameter's is.
#[derive(Debug, Deserialize)]
pub struct Follower {
    follower_id: Option<String>,
}

/// My friends.
///
/// Answers whom the caller follows, 1,000 at most.
#[utoipa::path(get, path = "/friends", tag = "compatible", params(("follower_id" = Option<String>, Query, description = "The caller's name.")),
    responses((status = 200, description = "`{\"friends\": [{\"username\": …}]}`.", body = Object),
        (status = 400, description = "`{\"status\": \"Error\", \"message\": \"follower_username is required\"}`.", body = Object)))]
pub async fn list(
    State(desk): State<Desk>,
    member: Member,
    Query(query): Query<Follower>,
) -> Result<(StatusCode, Json<Value>)> {
    let Some(named) = query.follower_id.filter(|name| !name.is_empty()) else {
        let body = json!({ "status": "Error", "message": "follower_username is required" });
        return Ok((StatusCode::BAD_REQUEST, Json(body)));
    };
    check_name(&member.user, Some(&named))?;
    let mut friends = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let (name, viewer) = (&member.user.name, Some(member.user.id));
        let page = desk.social.following(name, viewer, cursor.as_deref(), PAGE).await?;
        friends.extend(page.items.into_iter().map(|person| json!({ "username": person.name })));
        cursor = page.next_cursor;
        if cursor.is_none() || friends.len() >= MOST {
            return Ok((StatusCode::OK, Json(json!({ "friends": friends }))));
        }
    }
}

//! `/v1/sessions`: logging in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalejo_accounts::{Login, Session};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{UserView, client};
use crate::cursor::Page;
use crate::extract::{self, Path};
use crate::guard::{Address, Member, set_cookie};
use crate::problem::Result;
use crate::v1::Desk;

/// A time during which somebody is logged in somewhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Names it for ending it; not its token.
    pub id: String,
    /// When the user logged in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the hour.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Where the login came from.
    pub address: String,
    /// What the browser or program called itself.
    pub agent: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl SessionView {
    fn of(session: Session, current: Option<&str>) -> Self {
        let current = current == Some(session.id.as_str());
        let Session { id, created_at, last_used_at, expires_at, address, agent } = session;
        Self { id, created_at, last_used_at, expires_at, address, agent, current }
    }
}

/// A session that has just begun.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entered)]
pub struct EnteredView {
    /// Who.
    pub user: UserView,
    /// What proves it from now on, as `Authorization: Bearer`; browsers get it as a cookie. Null when an administrator made
    /// the account for somebody else.
    pub token: Option<String>,
    /// The session.
    pub session: Option<SessionView>,
}

/// The answer to a login: 201, with the token for programs and the cookie for browsers.
pub fn entered(desk: &Desk, headers: &HeaderMap, login: Login) -> Response {
    let cookie = set_cookie(Some(&login.token), desk.is_secure(headers));
    let current = login.session.id.clone();
    let view = EnteredView {
        user: login.user.into(),
        token: Some(login.token.expose().to_owned()),
        session: Some(SessionView::of(login.session, Some(&current))),
    };
    let no_store = (header::CACHE_CONTROL, "no-store".parse().expect("a plain header"));
    (StatusCode::CREATED, [(header::SET_COOKIE, cookie), no_store], Json(view)).into_response()
}

/// 204, and the browser forgets its session.
pub fn left(desk: &Desk, headers: &HeaderMap) -> Response {
    let cookie = set_cookie(None, desk.is_secure(headers));
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// Who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The name, however it is spelt.
    pub name: String,
    /// The password.
    pub password: String,
}

/// Log in.
///
/// Begins a session. Answer and time are the same whether the name or the password is wrong.
#[utoipa::path(post, path = "/v1/sessions", tag = "accounts", request_body = Credentials,
    responses((status = 201, description = "The session, its token, and the cookie `catalejo_session`.", body = EnteredView),
        (status = 401, description = "`wrong-credentials`.", body = crate::problem::ProblemBody, content_type = "application/problem+json")))]
pub async fn create(
    State(desk): State<Desk>,
    address: Address,
    headers: HeaderMap,
    extract::Json(body): extract::Json<Credentials>,
) -> Result<Response> {
    desk.guard.count_login(&body.name)?;
    let login = desk.accounts.login(&body.name, &body.password, &client(address, &headers)).await?;
    Ok(entered(&desk, &headers, login))
}

/// List my sessions.
///
/// Lists where the caller is logged in, the newest first.
#[utoipa::path(get, path = "/v1/sessions", tag = "accounts",
    responses((status = 200, description = "All of them, 100 at most.", body = Page<SessionView>)))]
pub async fn list(State(desk): State<Desk>, member: Member) -> Result<Json<Page<SessionView>>> {
    let sessions = desk.accounts.sessions(member.user.id).await?;
    let view = |session| SessionView::of(session, member.session.as_deref());
    Ok(Json(Page::whole(sessions.into_iter().map(view).collect())))
}

/// Log out.
///
/// Ends one of the caller's sessions; `current` is the one that asks.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "accounts", params(("id" = String, Path, description = "Its id, or `current`.")),
    responses((status = 204, description = "It has ended.")))]
pub async fn remove(
    State(desk): State<Desk>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let current = member.session.as_ref();
    let id = if id == "current" { current.cloned().unwrap_or_default() } else { id };
    desk.accounts.revoke_session(member.user.id, &id).await?;
    match current == Some(&id) {
        true => Ok(left(&desk, &headers)),
        false => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// Log out everywhere else.
///
/// Ends all of the caller's sessions but the one that asks.
#[utoipa::path(delete, path = "/v1/sessions", tag = "accounts",
    responses((status = 204, description = "They have ended.")))]
pub async fn remove_others(State(desk): State<Desk>, member: Member) -> Result<StatusCode> {
    desk.accounts.revoke_other_sessions(member.user.id, member.session.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

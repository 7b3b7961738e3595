//! `/v1/users`: registering, and accounts as administrators see them.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use catalejo_accounts::{NewUser, Role};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::sessions::{EnteredView, entered};
use super::{UserView, client};
use crate::cursor::{Page, Paging};
use crate::extract::{self, Path, Query};
use crate::guard::{Address, Who};
use crate::problem::{Code, Problem, Result};
use crate::v1::Desk;

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub struct UserBody {
    /// 3 to 32 characters: letters of any script, digits, `_ . -`.
    pub name: String,
    /// 8 to 256 characters. Administrators may leave it out: then nobody can log in to the account yet.
    pub password: Option<String>,
    /// From the link that the service prints as long as it has no administrator: makes the first one.
    pub setup_token: Option<String>,
    /// `member` (default) or `admin`; for administrators only.
    pub role: Option<String>,
}

/// Register.
///
/// Makes an account and logs in to it. Where registration is closed, and for other roles, an administrator has to ask; then
/// nobody is logged in.
#[utoipa::path(post, path = "/v1/users", tag = "accounts", request_body = UserBody,
    responses((status = 201, description = "The user, and the session with its token and cookie.", body = EnteredView),
        (status = 409, description = "`name-taken`.", body = crate::problem::ProblemBody, content_type = "application/problem+json")))]
pub async fn create(
    State(desk): State<Desk>,
    Who(identity): Who,
    address: Address,
    headers: HeaderMap,
    extract::Json(body): extract::Json<UserBody>,
) -> Result<Response> {
    if identity.is_admin() && body.setup_token.is_none() {
        let role = body.role.as_deref().map_or(Ok(Role::Member), parse_role)?;
        let new = NewUser { name: body.name, password: body.password, role, demo: false };
        let user = desk.accounts.create_user(new).await?.into();
        return Ok(
            (StatusCode::CREATED, Json(EnteredView { user, token: None, session: None })).into_response()
        );
    }
    if body.role.is_some() {
        return Err(Problem::new(Code::Forbidden, "only administrators decide about roles"));
    }
    let password = body.password.ok_or_else(|| Problem::invalid("password: it is missing"))?;
    desk.guard.count_login(&body.name)?;
    let user = match &body.setup_token {
        Some(token) => desk.accounts.register_with_setup(token, &body.name, &password).await?,
        None => desk.accounts.register(&body.name, &password).await?,
    };
    let login = desk.accounts.start_session(user.id, &client(address, &headers)).await?;
    Ok(entered(&desk, &headers, login))
}

/// Which users to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// Only users whose names begin so.
    query: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of this page; 50 when left out.
    limit: Option<usize>,
}

/// List users.
///
/// Lists accounts, the oldest first.
#[utoipa::path(get, path = "/v1/users", tag = "accounts", params(UserFilter),
    responses((status = 200, description = "A page of users.", body = Page<UserView>)))]
pub async fn list(
    State(desk): State<Desk>,
    Query(filter): Query<UserFilter>,
) -> Result<Json<Page<UserView>>> {
    let paging = Paging { cursor: filter.cursor, limit: filter.limit };
    let (after, limit) = (paging.after()?, paging.limit(desk.limits.page.min(500))?);
    let page =
        desk.accounts.users(filter.query.as_deref().unwrap_or_default(), after.as_deref(), limit).await?;
    Ok(Json(Page::new(page.items.into_iter().map(UserView::from).collect(), page.next_cursor)))
}

/// What an administrator changes about an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// `member` or `admin`.
    role: Option<String>,
    /// Whether the user is kept out; prompts are hidden as long.
    suspended: Option<bool>,
    /// A new password for somebody who forgot theirs; all their sessions end.
    password: Option<String>,
}

/// Change a user.
///
/// Changes a user's role, keeps a user out or lets one in again, or replaces a forgotten password.
#[utoipa::path(patch, path = "/v1/users/{name}", tag = "accounts", params(("name" = String, Path, description = "The user's name.")), request_body = UserChange,
    responses((status = 200, description = "The user as it stands.", body = UserView)))]
pub async fn change(
    State(desk): State<Desk>,
    Who(identity): Who,
    Path(name): Path<String>,
    extract::Json(change): extract::Json<UserChange>,
) -> Result<Json<UserView>> {
    let user = desk.accounts.by_name(&name).await?;
    if let Some(role) = change.role {
        desk.accounts.set_role(user.id, parse_role(&role)?).await?;
    }
    if let Some(suspended) = change.suspended {
        let moderator = crate::v1::social::moderator(&identity);
        desk.social.set_suspended(&moderator, &name, suspended, "").await?;
    }
    if let Some(password) = change.password {
        desk.accounts.reset_password(user.id, &password).await?;
    }
    let user = desk.accounts.user(user.id).await?.ok_or_else(|| Problem::not_found("the user is gone"))?;
    Ok(Json(user.into()))
}

/// Remove a user.
///
/// Removes an account with its prompts, likes and follows.
#[utoipa::path(delete, path = "/v1/users/{name}", tag = "accounts", params(("name" = String, Path, description = "The user's name.")),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(State(desk): State<Desk>, Path(name): Path<String>) -> Result<StatusCode> {
    let user = desk.accounts.by_name(&name).await?;
    desk.accounts.remove(user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many there were.
#[derive(Debug, Serialize, ToSchema)]
pub struct Removed {
    /// Accounts that are gone.
    removed: u64,
}

/// Remove the demo people.
///
/// Removes the accounts that were made for show, with everything they did, for good.
#[utoipa::path(delete, path = "/v1/demo-people", tag = "accounts",
    responses((status = 200, description = "How many there were.", body = Removed)))]
pub async fn remove_demo(State(desk): State<Desk>, Who(identity): Who) -> Result<Json<Removed>> {
    let removed = desk.social.remove_demo(&crate::v1::social::moderator(&identity)).await?;
    Ok(Json(Removed { removed }))
}

fn parse_role(word: &str) -> Result<Role> {
    word.parse().map_err(|error| Problem::invalid(format!("role: {error}")))
}

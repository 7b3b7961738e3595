//! `/register`, `/login` and one's own account.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalejo_accounts::AccountError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::check_name;
use super::fields::Fields;
use crate::extract::Query;
use crate::guard::{Address, Member, set_cookie};
use crate::problem::{Code, Problem, Result};
use crate::v1::Desk;
use crate::v1::accounts::client;

/// Register.
///
/// Makes an account; `/login` enters it.
#[utoipa::path(post, path = "/register", tag = "compatible", request_body(content = Object, description = "`{\"username\": …, \"password\": …}`"),
    responses((status = 200, description = "`{\"status\": \"Usuario registrado con éxito\"}`.", body = Object),
        (status = 409, description = "`{\"error\": \"Username already exists\"}`.", body = Object)))]
pub async fn register(State(desk): State<Desk>, fields: Fields) -> Result<Json<Value>> {
    let (name, password) = (fields.required("username")?, fields.required("password")?);
    desk.guard.count_login(name)?;
    desk.accounts.register(name, password).await.map_err(|error| match error {
        AccountError::NameTaken(_) => Problem::new(Code::NameTaken, "Username already exists"),
        error => error.into(),
    })?;
    Ok(Json(json!({ "status": "Usuario registrado con éxito" })))
}

/// Log in.
///
/// Begins a session, which the cookie `catalejo_session` proves from then on.
#[utoipa::path(post, path = "/login", tag = "compatible", request_body(content = Object, description = "`{\"username\": …, \"password\": …}`"),
    responses((status = 200, description = "`{\"status\": \"Inicio de sesión exitoso\"}`.", body = Object),
        (status = 404, description = "`{\"status\": \"Inicio fallido\"}`.", body = Object)))]
pub async fn login(
    State(desk): State<Desk>,
    address: Address,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response> {
    let (name, password) = (fields.required("username")?, fields.required("password")?);
    desk.guard.count_login(name)?;
    match desk.accounts.login(name, password, &client(address, &headers)).await {
        Ok(login) => {
            let cookie = set_cookie(Some(&login.token), desk.is_secure(&headers));
            let body = Json(json!({ "status": "Inicio de sesión exitoso" }));
            Ok(([(header::SET_COOKIE, cookie)], body).into_response())
        }
        Err(AccountError::WrongCredentials) => {
            Ok((StatusCode::NOT_FOUND, Json(json!({ "status": "Inicio fallido" }))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// A name in the query.
#[derive(Debug, Deserialize)]
pub struct Named {
    username: Option<String>,
}

/// My profile.
///
/// Answers the caller's name; the request names it in its query, or, although it is a GET, in a JSON body.
#[utoipa::path(get, path = "/me/getProfile", tag = "compatible", params(("username" = Option<String>, Query, description = "The caller's name.")),
    responses((status = 200, description = "`{\"results\": [name]}`.", body = Object)))]
pub async fn profile(member: Member, Query(query): Query<Named>, fields: Fields) -> Result<Json<Value>> {
    let named = match query.username.as_deref() {
        Some(named) => Some(named),
        None => fields.text("username")?,
    };
    check_name(&member.user, named)?;
    Ok(Json(json!({ "results": [member.user.name] })))
}

/// Change my name.
///
/// Changes the caller's name; all content follows.
#[utoipa::path(post, path = "/me/updateUsername", tag = "compatible", request_body(content = Object, description = "`{\"username\": …, \"password\": …, \"newUsername\": …}`"),
    responses((status = 200, description = "`{\"status\": \"Usuario registrado con éxito\"}`.", body = Object),
        (status = 400, description = "`{\"error\": \"Username already exists\"}`.", body = Object),
        (status = 403, description = "`{\"error\": \"Invalid username or password\"}`.", body = Object)))]
pub async fn rename(State(desk): State<Desk>, member: Member, fields: Fields) -> Result<Json<Value>> {
    let (password, new) = (fields.required("password")?, fields.required("newUsername")?);
    check_name(&member.user, fields.text("username")?)?;
    desk.guard.count_login(&member.user.name)?;
    desk.accounts.rename(member.user.id, password, new).await.map_err(refused)?;
    Ok(Json(json!({ "status": "Usuario registrado con éxito" })))
}

/// Change my password.
///
/// Changes the caller's password; all other sessions end.
#[utoipa::path(post, path = "/me/updatePassword", tag = "compatible", request_body(content = Object, description = "`{\"username\": …, \"password\": …, \"newPassword\": …}`"),
    responses((status = 200, description = "`{\"status\": \"Usuario registrado con éxito\"}`.", body = Object),
        (status = 403, description = "`{\"error\": \"Invalid username or password\"}`.", body = Object)))]
pub async fn change_password(
    State(desk): State<Desk>,
    member: Member,
    fields: Fields,
) -> Result<Json<Value>> {
    let (password, new) = (fields.required("password")?, fields.required("newPassword")?);
    check_name(&member.user, fields.text("username")?)?;
    desk.guard.count_login(&member.user.name)?;
    let keep = member.session.as_deref();
    desk.accounts.change_password(member.user.id, password, new, keep).await.map_err(refused)?;
    Ok(Json(json!({ "status": "Usuario registrado con éxito" })))
}

fn refused(error: AccountError) -> Problem {
    match error {
        AccountError::WrongPassword => Problem::new(Code::Forbidden, "Invalid username or password"),
        AccountError::NameTaken(_) => Problem::invalid("Username already exists"),
        error => error.into(),
    }
}

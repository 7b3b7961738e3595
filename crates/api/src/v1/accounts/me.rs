//! `/v1/me`: one's own account.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::UserView;
use super::sessions::left;
use crate::extract;
use crate::guard::Member;
use crate::problem::{Problem, Result};
use crate::v1::Desk;

/// One change of one's own account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountChange)]
pub struct Change {
    /// Confirms that it is the user who asks.
    current_password: String,
    /// A new name; all content follows.
    name: Option<String>,
    /// A new password; all other sessions end.
    new_password: Option<String>,
}

/// Change my name or password.
///
/// Changes the caller's name or password, one at a time, confirmed with the current password.
#[utoipa::path(patch, path = "/v1/me", tag = "accounts", request_body = Change,
    responses((status = 200, description = "The user as it stands.", body = UserView)))]
pub async fn change(
    State(desk): State<Desk>,
    member: Member,
    extract::Json(change): extract::Json<Change>,
) -> Result<Json<UserView>> {
    let (id, current) = (member.user.id, &change.current_password);
    desk.guard.count_login(&member.user.name)?;
    let user = match (change.name, change.new_password) {
        (Some(name), None) => desk.accounts.rename(id, current, &name).await?,
        (None, Some(new)) => {
            desk.accounts.change_password(id, current, &new, member.session.as_deref()).await?;
            member.user
        }
        // one after the other, or the first could stay while the second fails
        _ => return Err(Problem::invalid("give either `name` or `new_password`")),
    };
    Ok(Json(user.into()))
}

/// The password that confirms it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The current password.
    password: String,
}

/// Delete my account.
///
/// Deletes the caller's account with its prompts, likes and follows.
#[utoipa::path(delete, path = "/v1/me", tag = "accounts", request_body = Confirmation,
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(
    State(desk): State<Desk>,
    member: Member,
    headers: HeaderMap,
    extract::Json(body): extract::Json<Confirmation>,
) -> Result<Response> {
    desk.guard.count_login(&member.user.name)?;
    desk.accounts.delete(member.user.id, &body.password).await?;
    Ok(left(&desk, &headers))
}

//! `/v1/session`: who the service takes the caller for.

use axum::Json;
use axum::extract::State;
use catalejo_accounts::Identity;
use serde::Serialize;
use utoipa::ToSchema;

use super::UserView;
use crate::guard::Who;
use crate::problem::Result;
use crate::v1::Desk;

/// Who asks, and what anybody may do here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhoAsks)]
pub struct WhoView {
    /// Who; null for nobody in particular.
    pub user: Option<UserView>,
    /// What proves it: `session`, `key`, `oidc`, or `owner`, which is also whoever asks a service on loopback that has
    /// no administrator yet.
    pub via: Option<&'static str>,
    /// Whether there is no administrator yet; the service printed a link by which the first one registers.
    pub setup_needed: bool,
    /// Whether anybody may register.
    pub registration_open: bool,
}

/// Who am I.
///
/// Tells who the service takes the caller for. Never answers 401.
#[utoipa::path(get, path = "/v1/session", tag = "accounts",
    responses((status = 200, description = "Who asks.", body = WhoView)))]
pub async fn show(State(desk): State<Desk>, Who(identity): Who) -> Result<Json<WhoView>> {
    let governed = desk.guard.is_governed().await?;
    let obeyed = !governed && identity == Identity::Anonymous;
    Ok(Json(WhoView {
        user: identity.user().cloned().map(UserView::from),
        via: if obeyed { Some("owner") } else { identity.via() },
        setup_needed: !governed,
        registration_open: desk.accounts.registration_open(),
    }))
}

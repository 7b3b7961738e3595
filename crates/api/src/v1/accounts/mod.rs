//! Who people are: registering, logging in, sessions, keys, and what administrators do about accounts.

pub mod keys;
pub mod me;
pub mod session;
pub mod sessions;
pub mod users;

use axum::http::{HeaderMap, header};
use catalejo_accounts::{Client, User};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Desk;
use crate::guard::Address;

/// Somebody with an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// As the person writes it.
    pub name: String,
    /// `member` or `admin`.
    pub role: &'static str,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// Made for show.
    pub demo: bool,
    /// Whether an administrator keeps the user out.
    pub suspended: bool,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            name: user.name,
            role: user.role.as_str(),
            created_at: user.created_at,
            demo: user.demo,
            suspended: user.suspended_at.is_some(),
        }
    }
}

/// Where somebody logs in from, to recognise the session by.
pub fn client(address: Address, headers: &HeaderMap) -> Client {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Client { address: address.0.to_string(), agent: agent.to_owned() }
}

/// The routes of accounts.
pub fn routes(desk: Desk) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(session::show))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::change, users::remove))
        .routes(routes!(users::remove_demo))
        .routes(routes!(sessions::list, sessions::create, sessions::remove_others))
        .routes(routes!(sessions::remove))
        .routes(routes!(me::change, me::remove))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::remove))
        .with_state(desk)
}

//! `/v1/keys`: what programs bring instead of a password.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalejo_accounts::{ApiKey, NewKey, Scope};
use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cursor::{Page, Paging};
use crate::extract::{self, Path, Query};
use crate::guard::Who;
use crate::problem::{Problem, Result};
use crate::v1::Desk;

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub struct KeyView {
    /// Names it for revoking.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// `search`, `ingest`, `admin`.
    pub scopes: Vec<&'static str>,
    /// The collections it is limited to; null for no limit.
    pub collections: Option<BTreeSet<String>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends; null for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// How it begins.
    pub prefix: String,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            scopes: key.scopes.into_iter().map(Scope::as_str).collect(),
            collections: key.collections,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            prefix: key.prefix,
        }
    }
}

/// A key that has just been made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewKeyAnswer)]
pub struct CreatedKey {
    /// The key itself: shown this once, and nowhere else.
    pub key: String,
    #[serde(flatten)]
    rest: KeyView,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewKey)]
pub struct KeyBody {
    /// What to call it, 1 to 100 characters.
    name: String,
    /// What it opens: `search`, `ingest`, `admin`, which implies the others. Members make keys for `search` only.
    scopes: Vec<String>,
    /// The collections it is limited to; no limit when left out.
    collections: Option<BTreeSet<String>>,
    /// Days after which it ends; never when left out.
    expires_in_days: Option<u16>,
}

/// List my keys.
///
/// Lists the caller's keys, the newest first; for the operator everybody's.
#[utoipa::path(get, path = "/v1/keys", tag = "accounts", params(Paging),
    responses((status = 200, description = "A page of keys.", body = Page<KeyView>)))]
pub async fn list(
    State(desk): State<Desk>,
    Who(identity): Who,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<KeyView>>> {
    let (after, limit) = (paging.after()?, paging.limit(desk.limits.page.min(500))?);
    let page = desk.accounts.keys(identity.user_id(), after.as_deref(), limit).await?;
    Ok(Json(Page::new(page.items.into_iter().map(KeyView::from).collect(), page.next_cursor)))
}

/// Make a key.
///
/// Makes a key and answers it; only its hash is kept. The operator's keys belong to the installation.
#[utoipa::path(post, path = "/v1/keys", tag = "accounts", request_body = KeyBody,
    responses((status = 201, description = "The key.", body = CreatedKey)))]
pub async fn create(
    State(desk): State<Desk>,
    Who(identity): Who,
    extract::Json(body): extract::Json<KeyBody>,
) -> Result<(StatusCode, Json<CreatedKey>)> {
    let scopes = body.scopes.iter().map(|word| word.parse()).collect::<Result<_, String>>();
    let expires_at = body.expires_in_days.map(|days| Utc::now() + Days::new(days.into()));
    let new = NewKey {
        name: body.name,
        scopes: scopes.map_err(|error| Problem::invalid(format!("scopes: {error}")))?,
        collections: body.collections,
        expires_at,
    };
    let (key, secret) = desk.accounts.create_key(identity.user_id(), new).await?;
    let created = CreatedKey { key: secret.expose().to_owned(), rest: key.into() };
    Ok((StatusCode::CREATED, Json(created)))
}

/// Revoke a key.
///
/// Ends one of the caller's keys; for the operator anybody's.
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "accounts", params(("id" = String, Path, description = "The key's id.")),
    responses((status = 204, description = "It opens nothing any more.")))]
pub async fn remove(
    State(desk): State<Desk>,
    Who(identity): Who,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    desk.accounts.revoke_key(identity.user_id(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

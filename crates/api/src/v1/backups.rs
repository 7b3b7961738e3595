//! `/v1/backups`: for the commands of the machine that the service runs on.

use std::path::PathBuf;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Desk;
use crate::extract;
use crate::problem::{Code, Problem, Result};

/// Proves that a command of the data folder's owner asks, before any of the body is read.
pub struct Owner;

impl FromRequestParts<Desk> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self> {
        match desk.guard.is_owner(&parts.headers) {
            true => Ok(Self),
            false => {
                let detail = "only `catalejo backup` on the service's own machine may do this";
                Err(Problem::new(Code::Forbidden, detail))
            }
        }
    }
}

/// Where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupBody {
    /// An absolute path of a new or empty folder, on the service's machine.
    #[schema(value_type = String)]
    folder: PathBuf,
}

/// Make a backup.
///
/// Copies every part, consistently, while the service runs. Only `catalejo backup` on the same machine may ask for it,
/// with the token of the data folder's owner.
#[utoipa::path(post, path = "/v1/backups", tag = "operations", request_body = BackupBody,
    responses((status = 201, description = "The backup's manifest.", body = Object)))]
pub async fn create(
    State(desk): State<Desk>,
    _owner: Owner,
    extract::Json(body): extract::Json<BackupBody>,
) -> Result<(StatusCode, Json<Value>)> {
    Ok((StatusCode::CREATED, Json(desk.backups.create(&body.folder).await?)))
}

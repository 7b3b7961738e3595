//! `/v1/collections/{collection}/imports`: files handed over one by one.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::header;
use axum::response::Response;
use catalejo_catalog::ReadAs;
use catalejo_port::PortError;
use futures::TryStreamExt;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{Accepted, Desk, accepted};
use crate::extract::{self, Path, Query};
use crate::problem::{Code, Problem, Result};

/// How to read the file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportOptions {
    /// `auto` (by the file's name, the default), `csv`, `jsonl` or `parquet`.
    format: Option<String>,
    /// The column in which rows bring their own vectors, where it is not the definition's.
    vector_field: Option<String>,
}

impl ImportOptions {
    fn read_as(&self, format: Option<&str>) -> Result<ReadAs> {
        let format = format.or(self.format.as_deref()).unwrap_or("auto");
        let format = format.parse().map_err(|error| Problem::invalid(format!("format: {error}")))?;
        Ok(ReadAs { format, vector_field: self.vector_field.clone() })
    }
}

/// A file to be fetched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportUrl {
    /// `http://…` or `https://…`; private addresses only where `allow_private_urls` is set.
    url: String,
    /// `auto` (the default), `csv`, `jsonl` or `parquet`.
    format: Option<String>,
}

/// The form of an upload; only for the document.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "the multipart reader takes the field by name")]
pub struct ImportForm {
    /// CSV, JSON Lines or Parquet; its name tells which.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Import a file.
///
/// Takes a file on: an upload (multipart field `file`) or `{"url": …}`. Once answered it survives a crash; the run tells
/// how far it is.
#[utoipa::path(post, path = "/v1/collections/{collection}/imports", tag = "collections", params(("collection" = String, Path, description = "Its name."), ImportOptions),
    request_body(content((ImportForm = "multipart/form-data"), (ImportUrl = "application/json"))),
    responses((status = 202, description = "The run that ingests it.", body = Accepted)))]
pub async fn create(
    State(desk): State<Desk>,
    Path(collection): Path<String>,
    Query(options): Query<ImportOptions>,
    request: Request,
) -> Result<Response> {
    let media =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = media.starts_with("multipart/form-data");
    if !form && !media.is_empty() && !media.contains("json") {
        let detail =
            "send the file as the field `file` of multipart/form-data, or {\"url\": …} as application/json";
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    }
    let run = match form {
        true => upload(&desk, &collection, options.read_as(None)?, request).await?,
        false => {
            let body = axum::body::to_bytes(request.into_body(), desk.limits.body).await;
            let body = body.map_err(|_| Problem::new(Code::TooLarge, "the body is over `body_limit_mib`"))?;
            let import: ImportUrl = extract::parse(&body)?;
            let read_as = options.read_as(import.format.as_deref())?;
            desk.catalog.imports().url(&collection, &import.url, read_as, false).await?
        }
    };
    Ok(accepted(run))
}

/// Streams the field `file` into the blobs, never whole in memory.
async fn upload(desk: &Desk, collection: &str, read_as: ReadAs, request: Request) -> Result<String> {
    let broken = |error: axum::extract::multipart::MultipartError| Problem::invalid(error.body_text());
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|error| Problem::invalid(error.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let (limit, mut seen, over) = (desk.limits.upload, 0, AtomicBool::new(false));
        let pieces = field.map_err(|error| PortError::invalid(error.body_text())).and_then(|piece| {
            seen += piece.len() as u64;
            over.store(seen > limit, Ordering::Relaxed);
            let checked =
                if seen > limit { Err(PortError::invalid("the file is too large")) } else { Ok(piece) };
            std::future::ready(checked)
        });
        let taken = desk.catalog.imports().upload(collection, &name, read_as, Box::pin(pieces)).await;
        if over.load(Ordering::Relaxed) {
            let detail = format!("the file is over `upload_limit_mib` ({} MiB)", limit >> 20);
            return Err(Problem::new(Code::TooLarge, detail));
        }
        return Ok(taken?);
    }
    Err(Problem::invalid("the form has no field `file`"))
}

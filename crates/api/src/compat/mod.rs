//! The routes of the lyrics network's services: same paths, fields, words and status codes. Errors keep their form,
//! `{"error": …}`, and any web page may call them.

pub mod ask;
pub mod encode;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// `{"error": words}`.
fn error(status: StatusCode, words: &str) -> Response {
    (status, Json(json!({ "error": words }))).into_response()
}

/// One text field of a JSON body; `Ok(None)` when it is missing or null.
fn text_field(body: &[u8], name: &str) -> Result<Option<String>, Box<Response>> {
    let wrong = |words: &str| Box::new(error(StatusCode::BAD_REQUEST, words));
    let mut body: Value = crate::extract::parse(body).map_err(|problem| wrong(problem.detail()))?;
    match body.get_mut(name).map(Value::take) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(&format!("El campo '{name}' debe ser un texto"))),
    }
}

//! What handlers take from a request; whatever is wrong with it is a [`Problem`].

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::{Code, Place, Problem};

/// A JSON body, whatever its `Content-Type` says; a wrong one is named by line, column and path.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        parse(&body(request, state).await?).map(Self)
    }
}

/// The whole body, within the limit.
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(unreadable)
}

fn unreadable(rejection: BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::TooLarge, "the body is over `body_limit_mib`"),
        _ => Problem::invalid("the connection ended before the whole body had come"),
    }
}

/// Reads JSON and says where it is wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        misread(error.inner(), if path == "." { String::new() } else { path })
    })?;
    reader.end().map_err(|error| misread(&error, String::new()))?;
    Ok(value)
}

fn misread(error: &serde_json::Error, path: String) -> Problem {
    let place = Place { line: error.line(), column: error.column(), path };
    let detail = match place.path.as_str() {
        "" => error.to_string(),
        path => format!("{path}: {error}"),
    };
    Problem::new(Code::InvalidJson, detail).at(place)
}

/// The query's parameters.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|rejection| Problem::invalid(rejection.body_text()))
    }
}

/// The path's parameters.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|rejection| Problem::invalid(rejection.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Body {
        #[allow(dead_code, reason = "only its type matters")]
        items: Vec<u8>,
    }

    #[test]
    fn a_wrong_value_is_named_by_its_path() {
        let problem = parse::<Body>(b"{\n  \"items\": [1, \"x\"]\n}").unwrap_err();
        assert_eq!(problem.code(), Code::InvalidJson);
        assert!(problem.detail().starts_with("items[1]: invalid type"), "{}", problem.detail());
        assert!(problem.detail().contains("line 2 column"), "{}", problem.detail());
    }

    #[test]
    fn trailing_text_is_refused() {
        assert!(parse::<Body>(b"{\"items\": []} x").is_err());
    }
}

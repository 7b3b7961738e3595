//! Who asks, for handlers: the guard has put it into the request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use catalejo_accounts::{Identity, SESSION_LIFE, User, UserId};
use catalejo_port::Secret;

use crate::problem::{Code, Problem};

/// The cookie that holds the session's token.
pub const COOKIE: &str = "catalejo_session";

/// Who asks.
#[derive(Debug, Clone)]
pub struct Who(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Identity>().cloned().unwrap_or(Identity::Anonymous)))
    }
}

/// Somebody who is logged in, in person.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub user: User,
    /// The session, where one proves it.
    pub session: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Identity>() {
            Some(Identity::Session { user, session }) => {
                Ok(Self { user: user.clone(), session: Some(session.clone()) })
            }
            Some(Identity::Oidc { user }) => Ok(Self { user: user.clone(), session: None }),
            _ => Err(Problem::new(Code::Unauthorized, Code::Unauthorized.help())),
        }
    }
}

/// On whose behalf something is shown.
#[derive(Debug, Clone, Copy)]
pub struct Viewer(pub Option<UserId>);

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Identity>().and_then(Identity::user_id)))
    }
}

/// What the request's `Authorization: Bearer` brings.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// What the session's cookie holds.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// The header that hands a browser its session, or with `None` takes it away.
pub fn set_cookie(token: Option<&Secret>, secure: bool) -> HeaderValue {
    let (value, age) = match token {
        Some(token) => (token.expose(), SESSION_LIFE.as_secs()),
        None => ("", 0),
    };
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("a token is plain ASCII")
}

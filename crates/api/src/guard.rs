//! Who may do what.
//!
//! Searching and reading items is open. Everything else, by default, needs the administrator's key where one is
//! configured. Where none is, the service listens on loopback only and obeys its own machine: requests under a foreign
//! host name (DNS rebinding) and changes sent by a browser for another site are refused.

use std::net::IpAddr;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::problem::{Code, Problem};
use crate::state::AppState;

/// The routes that need no key, by method. What is not here needs one.
pub const OPEN: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/page/{file}"),
    ("GET", "/status"),
    ("POST", "/encode"),
    ("POST", "/ask"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/v1/collections"),
    ("GET", "/v1/collections/{collection}"),
    ("GET", "/v1/collections/{collection}/items"),
    ("GET", "/v1/collections/{collection}/items/{id}"),
    ("GET", "/v1/collections/{collection}/items/{id}/similar"),
    ("POST", "/v1/collections/{collection}/search"),
    ("POST", "/v1/embeddings"),
    ("GET", "/v1/encoder"),
];

/// The secrets that open the other routes, as hashes.
#[derive(Debug, Clone)]
pub struct Guard {
    admin_key: Option<blake3::Hash>,
    owner_token: Option<blake3::Hash>,
}

impl Guard {
    /// A guard for the configured key and the token of the data folder's owner.
    pub fn new(admin_key: Option<&str>, owner_token: Option<&str>) -> Self {
        let hash = |secret: &str| blake3::hash(secret.as_bytes());
        Self { admin_key: admin_key.map(hash), owner_token: owner_token.map(hash) }
    }

    /// Whether the request comes from a command of the data folder's owner.
    pub fn is_owner(&self, headers: &HeaderMap) -> bool {
        self.owner_token.is_some() && self.owner_token == bearer(headers)
    }

    /// Whether the request may go on.
    fn check(
        &self,
        method: &Method,
        route: Option<&str>,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), Problem> {
        if self.is_owner(headers) || (self.admin_key.is_some() && self.admin_key == bearer(headers)) {
            return Ok(());
        }
        if self.admin_key.is_none() && !is_loopback_name(host(uri, headers)) {
            return Err(Problem::new(
                Code::ForbiddenOrigin,
                "the Host header names neither localhost nor a loopback address; set an admin_key to serve other names",
            ));
        }
        if route.is_none_or(|route| is_open(method, route)) || method == Method::OPTIONS {
            return Ok(());
        }
        if self.admin_key.is_some() {
            return Err(Problem::new(Code::Unauthorized, Code::Unauthorized.help()));
        }
        if method != Method::GET && is_cross_site(uri, headers) {
            return Err(Problem::new(
                Code::ForbiddenOrigin,
                "a browser sent this change on behalf of another site",
            ));
        }
        Ok(())
    }
}

/// Refuses requests that the guard does not let through.
pub async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Result<Response, Problem> {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    state.guard.check(request.method(), route, request.uri(), request.headers())?;
    Ok(next.run(request).await)
}

fn is_open(method: &Method, route: &str) -> bool {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    OPEN.contains(&(method, route))
}

/// The hash of the secret that the request brings; comparing hashes takes the same time whatever they are.
fn bearer(headers: &HeaderMap) -> Option<blake3::Hash> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| blake3::hash(secret.trim().as_bytes()))
}

/// Host and port as the caller sees them.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> &'a str {
    let named = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| uri.authority().map(|authority| authority.as_str())).unwrap_or_default()
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_cross_site(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text("origin") else {
        return text("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    };
    origin.split_once("://").is_none_or(|(_, from)| from != host(uri, headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a-key-of-many-characters";

    fn check(guard: &Guard, method: &str, route: &str, headers: &[(&str, &str)]) -> Option<Code> {
        let mut map = HeaderMap::new();
        map.insert("host", "127.0.0.1:8080".parse().unwrap());
        for (name, value) in headers {
            map.insert(name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap());
        }
        let method: Method = method.parse().unwrap();
        let checked = guard.check(&method, Some(route), &Uri::from_static("/"), &map);
        checked.err().map(|problem| problem.code())
    }

    #[test]
    fn with_a_key_writes_need_it_and_searches_do_not() {
        let guard = Guard::new(Some(KEY), Some("token"));
        let right = format!("Bearer {KEY}");
        assert_eq!(check(&guard, "POST", "/v1/sources", &[]), Some(Code::Unauthorized));
        assert_eq!(check(&guard, "GET", "/v1/runs", &[]), Some(Code::Unauthorized));
        assert_eq!(
            check(&guard, "POST", "/v1/sources", &[("authorization", "Bearer wrong")]),
            Some(Code::Unauthorized)
        );
        assert_eq!(check(&guard, "POST", "/v1/sources", &[("authorization", &right)]), None);
        assert_eq!(check(&guard, "POST", "/v1/sources", &[("authorization", "bearer token")]), None);
        assert_eq!(check(&guard, "POST", "/v1/collections/{collection}/search", &[]), None);
        assert_eq!(check(&guard, "GET", "/", &[("host", "catalogue.example.org")]), None);
    }

    #[test]
    fn a_guard_without_secrets_does_not_take_an_empty_one() {
        let guard = Guard::new(Some(KEY), None);
        assert_eq!(
            check(&guard, "POST", "/v1/sources", &[("authorization", "Bearer ")]),
            Some(Code::Unauthorized)
        );
    }

    #[test]
    fn without_a_key_only_this_machine_is_obeyed() {
        let guard = Guard::new(None, None);
        for host in ["localhost:1", "127.0.0.1", "127.9.9.9:80", "[::1]:8080", "LOCALHOST"] {
            assert_eq!(check(&guard, "POST", "/v1/sources", &[("host", host)]), None, "{host}");
        }
        for host in ["evil.example:8080", "127.0.0.1.evil.example", "192.168.1.4", ""] {
            let refused = check(&guard, "GET", "/v1/collections", &[("host", host)]);
            assert_eq!(refused, Some(Code::ForbiddenOrigin), "{host}");
        }
    }

    #[test]
    fn without_a_key_a_browser_may_not_write_for_another_site() {
        let guard = Guard::new(None, None);
        let write = |headers: &[(&str, &str)]| check(&guard, "POST", "/v1/sources", headers);
        assert_eq!(write(&[("origin", "http://127.0.0.1:8080")]), None);
        assert_eq!(write(&[("sec-fetch-site", "same-origin")]), None);
        assert_eq!(write(&[("origin", "http://evil.example")]), Some(Code::ForbiddenOrigin));
        assert_eq!(write(&[("origin", "null")]), Some(Code::ForbiddenOrigin));
        assert_eq!(write(&[("sec-fetch-site", "cross-site")]), Some(Code::ForbiddenOrigin));
        assert_eq!(
            check(&guard, "POST", "/ask", &[("origin", "http://evil.example")]),
            None,
            "the seed's CORS"
        );
    }
}

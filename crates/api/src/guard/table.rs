//! The one table of who may call which route.

use axum::http::Method;
use catalejo_accounts::Scope;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Anybody, but not for another site and not often: who logs in or registers.
    Enter,
    /// Somebody who is logged in, in person: a key never acts in anybody's name.
    Member,
    /// The same, or the operator: what belongs to whoever asks.
    Own,
    /// Whoever has the scope, by role or by key.
    Scope(Scope),
}

const INGEST: Access = Access::Scope(Scope::Ingest);
const ADMIN: Access = Access::Scope(Scope::Admin);

/// By method and route. What is not here is for administrators.
const TABLE: &[(&str, &str, Access)] = &[
    // the page, the documents, and what machines poll
    ("GET", "/", Access::Open),
    ("GET", "/plain", Access::Open),
    ("GET", "/page/{file}", Access::Open),
    ("GET", "/assets/{*path}", Access::Open),
    ("GET", "/docs", Access::Open),
    ("GET", "/openapi.json", Access::Open),
    ("GET", "/healthz", Access::Open),
    ("GET", "/readyz", Access::Open),
    ("GET", "/metrics", Access::Open),
    // searching and reading
    ("GET", "/v1/collections", Access::Open),
    ("GET", "/v1/collections/{collection}", Access::Open),
    ("GET", "/v1/collections/{collection}/items", Access::Open),
    ("GET", "/v1/collections/{collection}/items/{id}", Access::Open),
    ("GET", "/v1/collections/{collection}/items/{id}/similar", Access::Open),
    ("POST", "/v1/collections/{collection}/search", Access::Open),
    ("POST", "/v1/embeddings", Access::Open),
    ("GET", "/v1/encoder", Access::Open),
    // bringing items in
    ("POST", "/v1/collections/{collection}/items", INGEST),
    ("PUT", "/v1/collections/{collection}/items/{id}", INGEST),
    ("DELETE", "/v1/collections/{collection}/items/{id}", INGEST),
    ("POST", "/v1/collections/{collection}/imports", INGEST),
    ("GET", "/v1/collections/{collection}/rejections", INGEST),
    ("GET", "/v1/runs/{run}", INGEST),
    ("GET", "/v1/runs/{run}/log", INGEST),
    ("GET", "/v1/runs/{run}/events", INGEST),
    // accounts
    ("GET", "/v1/session", Access::Open),
    ("POST", "/v1/users", Access::Enter),
    ("POST", "/v1/sessions", Access::Enter),
    ("GET", "/v1/sessions", Access::Member),
    ("DELETE", "/v1/sessions", Access::Member),
    ("DELETE", "/v1/sessions/{id}", Access::Member),
    ("PATCH", "/v1/me", Access::Member),
    ("DELETE", "/v1/me", Access::Member),
    ("GET", "/v1/keys", Access::Own),
    ("POST", "/v1/keys", Access::Own),
    ("DELETE", "/v1/keys/{id}", Access::Own),
    // prompts and people
    ("GET", "/v1/prompts", Access::Open),
    ("GET", "/v1/prompts/{id}", Access::Open),
    ("POST", "/v1/prompts", Access::Member),
    ("PATCH", "/v1/prompts/{id}", Access::Member),
    ("DELETE", "/v1/prompts/{id}", Access::Own),
    ("PUT", "/v1/prompts/{id}/like", Access::Member),
    ("DELETE", "/v1/prompts/{id}/like", Access::Member),
    ("POST", "/v1/prompts/{id}/reports", Access::Member),
    ("GET", "/v1/feed", Access::Member),
    ("GET", "/v1/people", Access::Open),
    ("GET", "/v1/people/{name}", Access::Open),
    ("GET", "/v1/people/{name}/prompts", Access::Open),
    ("GET", "/v1/people/{name}/followers", Access::Open),
    ("GET", "/v1/people/{name}/following", Access::Open),
    ("PUT", "/v1/people/{name}/follow", Access::Member),
    ("DELETE", "/v1/people/{name}/follow", Access::Member),
    ("PUT", "/v1/people/{name}/mute", Access::Member),
    ("DELETE", "/v1/people/{name}/mute", Access::Member),
    ("PUT", "/v1/people/{name}/block", Access::Member),
    ("DELETE", "/v1/people/{name}/block", Access::Member),
    ("POST", "/v1/people/{name}/reports", Access::Member),
    // the lyrics network's routes
    ("GET", "/status", Access::Open),
    ("POST", "/encode", Access::Open),
    ("POST", "/ask", Access::Open),
    ("POST", "/register", Access::Enter),
    ("POST", "/login", Access::Enter),
    ("GET", "/search", Access::Open),
    ("GET", "/friends/random", Access::Open),
    ("GET", "/friends/search", Access::Open),
    ("POST", "/publish", Access::Member),
    ("POST", "/like", Access::Member),
    ("POST", "/follow", Access::Member),
    ("GET", "/friends", Access::Member),
    ("GET", "/feed", Access::Member),
    ("GET", "/me/getProfile", Access::Member),
    ("GET", "/me/getMyPrompts", Access::Member),
    ("POST", "/me/updateUsername", Access::Member),
    ("POST", "/me/updatePassword", Access::Member),
    ("PUT", "/updatePrompt/{prompt_id}", Access::Member),
    ("DELETE", "/deletePrompts/{prompt_id}", Access::Member),
];

/// Who may call the route with the method.
pub fn access(method: &Method, route: &str) -> Access {
    if method == Method::OPTIONS {
        return Access::Open;
    }
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let found = TABLE.iter().find(|(named, path, _)| *named == method && *path == route);
    found.map_or(ADMIN, |(_, _, access)| *access)
}

impl Access {
    /// Whether the route answers without any proof of who asks.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Enter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_stands_twice_and_the_unknown_is_for_administrators() {
        let mut routes: Vec<_> = TABLE.iter().map(|(method, route, _)| (method, route)).collect();
        routes.sort_unstable();
        routes.dedup();
        assert_eq!(routes.len(), TABLE.len());
        assert_eq!(access(&Method::GET, "/v1/new-route"), ADMIN);
        assert_eq!(access(&Method::HEAD, "/v1/prompts"), Access::Open);
        assert_eq!(access(&Method::POST, "/v1/prompts"), Access::Member);
    }
}

use axum::http::header::HeaderName;

use super::*;

const KEY: &str = "a-key-of-many-characters";
const RATES: Rates = Rates { writes: 0, logins: 0 };

fn guard_of(key: Option<&str>, token: Option<&str>) -> Guard {
    Guard::new(key, token, None, RATES)
}

async fn check(guard: &Guard, method: &str, route: &str, headers: &[(&str, &str)]) -> Option<Code> {
    let mut map = HeaderMap::new();
    map.insert("host", "127.0.0.1:8080".parse().unwrap());
    for (name, value) in headers {
        map.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let method: Method = method.parse().unwrap();
    let asked = Asked {
        method: &method,
        route,
        uri: &Uri::from_static("/"),
        headers: &map,
        address: IpAddr::from([127, 0, 0, 1]),
    };
    guard.admit(&asked).await.err().map(|problem| problem.code())
}

#[tokio::test]
async fn with_a_key_changes_need_it_and_searches_do_not() {
    let guard = guard_of(Some(KEY), Some("token"));
    let right = format!("Bearer {KEY}");
    assert_eq!(check(&guard, "POST", "/v1/sources", &[]).await, Some(Code::Unauthorized));
    assert_eq!(check(&guard, "GET", "/v1/runs", &[]).await, Some(Code::Unauthorized));
    let wrong = [("authorization", "Bearer wrong")];
    assert_eq!(check(&guard, "POST", "/v1/sources", &wrong).await, Some(Code::Unauthorized));
    assert_eq!(check(&guard, "POST", "/v1/sources", &[("authorization", &right)]).await, None);
    assert_eq!(check(&guard, "POST", "/v1/sources", &[("authorization", "bearer token")]).await, None);
    assert_eq!(check(&guard, "POST", "/v1/collections/{collection}/search", &wrong).await, None);
    assert_eq!(check(&guard, "GET", "/", &[("host", "catalogue.example.org")]).await, None);
}

#[tokio::test]
async fn a_guard_without_secrets_does_not_take_an_empty_one() {
    let guard = guard_of(Some(KEY), None);
    let empty = [("authorization", "Bearer ")];
    assert_eq!(check(&guard, "POST", "/v1/sources", &empty).await, Some(Code::Unauthorized));
}

#[tokio::test]
async fn without_a_key_only_this_machine_is_obeyed() {
    let guard = guard_of(None, None);
    for host in ["localhost:1", "127.0.0.1", "127.9.9.9:80", "[::1]:8080", "LOCALHOST"] {
        assert_eq!(check(&guard, "POST", "/v1/sources", &[("host", host)]).await, None, "{host}");
    }
    for host in ["evil.example:8080", "127.0.0.1.evil.example", "192.168.1.4", ""] {
        let refused = check(&guard, "GET", "/v1/collections", &[("host", host)]).await;
        assert_eq!(refused, Some(Code::ForbiddenOrigin), "{host}");
    }
}

#[tokio::test]
async fn a_browser_may_not_change_anything_for_another_site() {
    let guard = guard_of(None, None);
    for route in ["/v1/sources", "/login", "/v1/sessions", "/v1/users"] {
        let write = async |headers: &[(&str, &str)]| check(&guard, "POST", route, headers).await;
        assert_eq!(write(&[("origin", "http://127.0.0.1:8080")]).await, None);
        assert_eq!(write(&[("sec-fetch-site", "same-origin")]).await, None);
        assert_eq!(write(&[("origin", "http://evil.example")]).await, Some(Code::ForbiddenOrigin));
        assert_eq!(write(&[("origin", "null")]).await, Some(Code::ForbiddenOrigin));
        assert_eq!(write(&[("sec-fetch-site", "cross-site")]).await, Some(Code::ForbiddenOrigin));
        assert_eq!(write(&[("sec-fetch-site", "same-site")]).await, Some(Code::ForbiddenOrigin));
    }
    let foreign = [("origin", "http://evil.example")];
    assert_eq!(check(&guard, "POST", "/ask", &foreign).await, None, "the older services' CORS");
}

#[tokio::test]
async fn entering_is_limited_by_address_and_by_name() {
    let guard = Guard::new(None, None, None, Rates { writes: 1, logins: 3 });
    for _ in 0..3 {
        assert_eq!(check(&guard, "POST", "/login", &[]).await, None);
    }
    assert_eq!(check(&guard, "POST", "/v1/sessions", &[]).await, Some(Code::RateLimited));
    assert_eq!(check(&guard, "GET", "/v1/session", &[]).await, None, "reading is not limited");
    for name in ["ana", "ANA", "Ana"] {
        guard.count_login(name).unwrap();
    }
    assert_eq!(guard.count_login("ana").unwrap_err().code(), Code::RateLimited);
    guard.count_login("bob").unwrap();
}

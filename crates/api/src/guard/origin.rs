//! Where a request comes from: its address, and the site on whose behalf a browser sends it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Uri, header};

/// The address of whoever asks; `0.0.0.0` where there is no connection, as in tests.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub IpAddr);

impl Address {
    /// What the proxy before us says in its header (the last of a list is its own word), else where the connection comes
    /// from.
    pub(super) fn find(request: &Request, header: Option<&HeaderName>) -> Self {
        let said = header.and_then(|name| request.headers().get_all(name).iter().next_back()?.to_str().ok());
        let said = said.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        let connected = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Self(said.or_else(connected).unwrap_or(Ipv4Addr::UNSPECIFIED.into()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(Ipv4Addr::UNSPECIFIED.into())))
    }
}

/// Host and port as the caller sees them.
pub fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> &'a str {
    let named = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| uri.authority().map(|authority| authority.as_str())).unwrap_or_default()
}

/// Whether a host name can mean this machine only.
pub fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a browser says that another site is behind the request. With a change it always says who is; a program that
/// says nothing is no browser, and nobody can make it send somebody's cookie.
pub fn is_cross_site(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site") == Some("same-origin") {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return text("sec-fetch-site").is_some_and(|site| site != "none");
    };
    let from = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    from.is_none_or(|(_, from)| !from.eq_ignore_ascii_case(host(uri, headers)))
}

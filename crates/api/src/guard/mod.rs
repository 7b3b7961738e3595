//! Who may do what: each request is given an [`Identity`], and each route asks for one of the kinds in [`Access`].
//!
//! Searching and reading are open. Until there is an administrator or an `admin_key`, the service listens on loopback
//! only and obeys its own machine: requests under a foreign host name (DNS rebinding) and changes sent by a browser for
//! another site are refused. From then on every change needs a session, a key or an issuer's token, on loopback too.

mod origin;
mod table;
mod who;

use std::net::IpAddr;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;
use catalejo_accounts::{AccountError, Accounts, Identity, Limiter, Scope};
use percent_encoding::percent_decode_str;

use crate::problem::{Code, Problem, Result};
use crate::state::AppState;

pub use origin::Address;
pub use table::{Access, access};
pub use who::{Member, Viewer, Who, cookie, set_cookie};

use origin::{host, is_cross_site, is_loopback_name};
use who::bearer;

/// How often one address or account may do something in a minute; 0 means as often as it likes.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Publishing, liking, following and the like.
    pub writes: u32,
    /// Logging in and registering, for an address and for the name of an account.
    pub logins: u32,
}

/// Knows who asks, and what that allows.
#[derive(Debug)]
pub struct Guard {
    admin_key: Option<blake3::Hash>,
    owner_token: Option<blake3::Hash>,
    accounts: Option<Accounts>,
    writes: Limiter,
    logins: Limiter,
}

/// What the guard looks at.
struct Asked<'a> {
    method: &'a Method,
    route: &'a str,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    address: IpAddr,
}

impl Guard {
    /// A guard for the configured key, the token of the data folder's owner, and the accounts, where this process has
    /// them.
    pub fn new(
        admin_key: Option<&str>,
        owner_token: Option<&str>,
        accounts: Option<Accounts>,
        rates: Rates,
    ) -> Self {
        let hash = |secret: &str| blake3::hash(secret.as_bytes());
        Self {
            admin_key: admin_key.map(hash),
            owner_token: owner_token.map(hash),
            accounts,
            writes: Limiter::per_minute(rates.writes),
            logins: Limiter::per_minute(rates.logins),
        }
    }

    /// Whether the request comes from a command of the data folder's owner.
    pub fn is_owner(&self, headers: &HeaderMap) -> bool {
        self.owner_token.is_some() && self.owner_token == bearer(headers).map(hash_of)
    }

    /// Whether somebody governs the installation: by the configured key, or as its administrator.
    pub async fn is_governed(&self) -> Result<bool> {
        match &self.accounts {
            _ if self.admin_key.is_some() => Ok(true),
            Some(accounts) => Ok(accounts.has_admin().await?),
            None => Ok(false),
        }
    }

    /// Counts one more try to enter an account by its name.
    pub fn count_login(&self, name: &str) -> Result<()> {
        self.logins.check_name(name).map_err(Problem::rate_limited)
    }

    /// Who asks, if the request may go on.
    async fn admit(&self, asked: &Asked<'_>) -> Result<Identity> {
        let wanted = access(asked.method, asked.route);
        let (identity, by_cookie) = self.identify(asked.headers, wanted).await?;
        if identity == Identity::Owner {
            return Ok(identity);
        }
        let governed = self.is_governed().await?;
        if !governed && !is_loopback_name(host(asked.uri, asked.headers)) {
            return Err(Problem::new(Code::ForbiddenOrigin, FOREIGN_HOST));
        }
        let changes = !asked.method.is_safe() && wanted != Access::Open;
        let by_browser = by_cookie || identity == Identity::Anonymous;
        if changes && by_browser && is_cross_site(asked.uri, asked.headers) {
            return Err(Problem::new(Code::ForbiddenOrigin, FOREIGN_SITE));
        }
        self.count(asked, wanted, &identity)?;
        if is_allowed(wanted, &identity, governed, asked.uri) {
            return Ok(identity);
        }
        Err(match identity {
            Identity::Anonymous => Problem::new(Code::Unauthorized, Code::Unauthorized.help()),
            Identity::Key { .. } => Problem::new(Code::Forbidden, "this key does not open that"),
            _ => Problem::new(Code::Forbidden, "this is for administrators"),
        })
    }

    /// Who asks, and whether a cookie proves it. A proof that does not hold any more is none, and is refused where one
    /// is needed.
    async fn identify(&self, headers: &HeaderMap, wanted: Access) -> Result<(Identity, bool)> {
        let given = bearer(headers);
        if let Some(hash) = given.map(hash_of)
            && (self.owner_token == Some(hash) || self.admin_key == Some(hash))
        {
            return Ok((Identity::Owner, false));
        }
        let (Some(token), Some(accounts)) = (given.or_else(|| cookie(headers)), &self.accounts) else {
            return Ok((Identity::Anonymous, false));
        };
        match accounts.authenticate(token).await {
            Ok(identity) => Ok((identity, given.is_none())),
            Err(AccountError::Unauthenticated | AccountError::Suspended)
                if wanted.is_open() || given.is_none() =>
            {
                Ok((Identity::Anonymous, false))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn count(&self, asked: &Asked<'_>, wanted: Access, identity: &Identity) -> Result<()> {
        if asked.method.is_safe() {
            return Ok(());
        }
        let counted = match wanted {
            Access::Enter => self.logins.check_address(asked.address),
            Access::Member | Access::Own => self.writes.check_address(asked.address).and_then(|()| {
                identity.user_id().map_or(Ok(()), |id| self.writes.check(&format!("user {id}")))
            }),
            Access::Open | Access::Scope(_) => Ok(()),
        };
        counted.map_err(Problem::rate_limited)
    }
}

const FOREIGN_HOST: &str = "the Host header names neither localhost nor a loopback address; before other names are \
                            served there must be an administrator or an admin_key";
const FOREIGN_SITE: &str = "a browser sent this change on behalf of another site";

fn is_allowed(wanted: Access, identity: &Identity, governed: bool, uri: &Uri) -> bool {
    match wanted {
        Access::Open | Access::Enter => true,
        Access::Member | Access::Own => identity.person().is_some(),
        Access::Scope(_) if !governed => true,
        Access::Scope(Scope::Admin) => identity.is_admin(),
        // a route without a collection looks itself at what it is about
        Access::Scope(scope) => {
            identity.allows(scope) && collection(uri).is_none_or(|name| identity.allows_collection(&name))
        }
    }
}

/// The collection that an address is about.
fn collection(uri: &Uri) -> Option<String> {
    let name = uri.path().strip_prefix("/v1/collections/")?.split('/').next()?;
    Some(percent_decode_str(name).decode_utf8_lossy().into_owned())
}

/// Comparing hashes takes the same time whatever they are.
fn hash_of(secret: &str) -> blake3::Hash {
    blake3::hash(secret.as_bytes())
}

/// Tells handlers who asks; refuses requests that the guard does not let through.
pub async fn guard(State(state): State<AppState>, mut request: Request, next: Next) -> Result<Response> {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let address = Address::find(&request, state.limits.address_header.as_ref());
    // What is no route is answered as such, whoever asks.
    let asked = Asked {
        method: if route.is_some() { request.method() } else { &Method::OPTIONS },
        route: route.as_ref().map_or("", MatchedPath::as_str),
        uri: request.uri(),
        headers: request.headers(),
        address: address.0,
    };
    let identity = state.guard.admit(&asked).await?;
    request.extensions_mut().insert(identity);
    request.extensions_mut().insert(address);
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests;

//! Access tokens of an OpenID Connect issuer: a JWT, signed by a key that the issuer publishes, made out to us.

mod keys;
mod signature;
mod user;

use catalejo_port::{PortError, PortResult};
use jsonwebtoken::{Validation, decode, decode_header};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::{AccountError, AccountResult, Clock};

use keys::Keys;

/// Clocks differ by as much.
const LEEWAY_SECS: u64 = 30;

/// Whose access tokens are accepted, and what their claims mean.
#[derive(Debug, Clone)]
pub struct OidcOptions {
    /// The issuer's URL, exactly as its tokens name it.
    pub issuer: String,
    /// What tokens must be made out to.
    pub audience: String,
    /// `CLAIM=VALUE`: who has it administers, who has not does not. A dot leads into an object
    /// (`realm_access.roles=catalejo-admin`). Without it roles are given here.
    pub admin_claim: Option<String>,
    /// The claim that names a user at first sight; `preferred_username` is usual.
    pub name_claim: String,
}

#[derive(Debug)]
pub(crate) struct Issuer {
    options: OidcOptions,
    keys: Keys,
}

/// What a verified token says.
#[derive(Debug)]
pub(crate) struct Bearer {
    /// Issuer and subject: who it is, for ever.
    pub(crate) subject: String,
    /// What the issuer calls the user.
    pub(crate) name: Option<String>,
    /// Whether the user administers, where the issuer decides that.
    pub(crate) admin: Option<bool>,
    /// Unix milliseconds.
    pub(crate) expires_at: i64,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    #[serde(flatten)]
    others: Map<String, Json>,
}

impl Issuer {
    pub(crate) fn new(options: OidcOptions, clock: Clock) -> PortResult<Self> {
        let wrong = |what: &str| PortError::invalid(format!("accounts: {what}"));
        let url = Url::parse(&options.issuer).map_err(|_| wrong("oidc_issuer is not a URL"))?;
        if !is_safe_url(&url) {
            return Err(wrong("oidc_issuer must be https, or http on loopback"));
        }
        if options.audience.is_empty() {
            return Err(wrong("oidc_audience is missing: tokens made out to others would be accepted"));
        }
        if options.admin_claim.as_ref().is_some_and(|claim| !claim.contains('=')) {
            return Err(wrong("oidc_admin_claim must read CLAIM=VALUE"));
        }
        signature::install();
        let keys = Keys::new(options.issuer.clone(), clock).map_err(|error| {
            PortError::internal("accounts: no HTTP client for oidc_issuer").with_source(error)
        })?;
        Ok(Self { options, keys })
    }

    /// Checks signature, issuer, audience and times of a token.
    pub(crate) async fn verify(&self, token: &str) -> AccountResult<Bearer> {
        let header = decode_header(token).map_err(|_| AccountError::Unauthenticated)?;
        if !signature::is_accepted(header.alg) {
            return Err(AccountError::Unauthenticated);
        }
        let key = self.keys.find(header.kid.as_deref(), header.alg).await?;
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.options.issuer]);
        validation.set_audience(&[&self.options.audience]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECS;
        let claims = decode::<Claims>(token, &key, &validation).map_err(|error| {
            tracing::debug!(%error, "an access token is refused");
            AccountError::Unauthenticated
        })?;
        self.bearer(claims.claims)
    }

    fn bearer(&self, claims: Claims) -> AccountResult<Bearer> {
        let subject = format!("{}#{}", self.options.issuer, claims.sub);
        // The column's width; the standard allows 255 characters for the subject.
        if claims.sub.is_empty() || subject.chars().count() > 700 {
            return Err(AccountError::Unauthenticated);
        }
        let admin = self.options.admin_claim.as_deref().and_then(|claim| claim.split_once('='));
        Ok(Bearer {
            subject,
            name: claims.others.get(&self.options.name_claim).and_then(Json::as_str).map(str::to_owned),
            admin: admin.map(|(path, value)| holds(&claims.others, path, value)),
            #[allow(
                clippy::cast_possible_truncation,
                reason = "saturates, and a far future is as good as any"
            )]
            expires_at: (claims.exp * 1000.0) as i64,
        })
    }
}

/// Plain HTTP would let anybody on the way put in a key of theirs.
fn is_safe_url(url: &Url) -> bool {
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

/// Whether the claim at `path` is `value`, or a list that holds it.
fn holds(claims: &Map<String, Json>, path: &str, value: &str) -> bool {
    // A claim's own name may contain dots, as a URL does.
    let mut found = claims.get(path);
    if found.is_none() {
        let mut steps = path.split('.');
        found = steps.next().and_then(|first| claims.get(first));
        found = steps.fold(found, |found, step| found?.get(step));
    }
    let is = |claim: &Json| match claim {
        Json::String(text) => text == value,
        Json::Bool(flag) => flag.to_string() == value,
        _ => false,
    };
    match found {
        Some(Json::Array(list)) => list.iter().any(is),
        Some(claim) => is(claim),
        None => false,
    }
}

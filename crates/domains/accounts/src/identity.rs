use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::{User, UserId};

/// What an API key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Searching and reading.
    Search,
    /// Bringing items in.
    Ingest,
    /// Everything, the other scopes included.
    Admin,
}

impl Scope {
    /// The word in tables, requests and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Ingest => "ingest",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "search" => Ok(Self::Search),
            "ingest" => Ok(Self::Ingest),
            "admin" => Ok(Self::Admin),
            _ => Err(format!("no scope is named {word:?}; expected `search`, `ingest` or `admin`")),
        }
    }
}

/// Who sends a request, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Nobody in particular.
    Anonymous,
    /// The operator: a command of the data folder's owner, or the configured administrator's key.
    Owner,
    /// A user who logged in.
    Session {
        /// Who.
        user: User,
        /// The session's id.
        session: String,
    },
    /// A user with an access token of the configured issuer.
    Oidc {
        /// Who.
        user: User,
    },
    /// The holder of an API key.
    Key {
        /// Whose key it is; `None` for a key of the installation.
        user: Option<User>,
        /// The key's id.
        key: String,
        /// What it opens.
        scopes: BTreeSet<Scope>,
        /// The collections it is limited to.
        collections: Option<BTreeSet<String>>,
    },
}

impl Identity {
    /// The user behind the request, whatever proves it.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Anonymous | Self::Owner => None,
            Self::Session { user, .. } | Self::Oidc { user } => Some(user),
            Self::Key { user, .. } => user.as_ref(),
        }
    }

    /// The id of [`user`](Self::user).
    pub fn user_id(&self) -> Option<UserId> {
        self.user().map(|user| user.id)
    }

    /// The user who is there in person, logged in here or at the issuer: who may act in his own name, which a key
    /// never may.
    pub fn person(&self) -> Option<&User> {
        match self {
            Self::Session { user, .. } | Self::Oidc { user } => Some(user),
            Self::Anonymous | Self::Owner | Self::Key { .. } => None,
        }
    }

    /// What proves the identity, as answers name it.
    pub fn via(&self) -> Option<&'static str> {
        match self {
            Self::Anonymous => None,
            Self::Owner => Some("owner"),
            Self::Session { .. } => Some("session"),
            Self::Oidc { .. } => Some("oidc"),
            Self::Key { .. } => Some("key"),
        }
    }

    /// Whether `scope` is open to the identity. A key opens no more than its user may do.
    pub fn allows(&self, scope: Scope) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Owner => true,
            Self::Session { user, .. } | Self::Oidc { user } => user_may(user, scope),
            Self::Key { user, scopes, .. } => {
                let opened = scopes.contains(&scope) || scopes.contains(&Scope::Admin);
                opened && user.as_ref().is_none_or(|user| user_may(user, scope))
            }
        }
    }

    /// Whether the identity may administer the installation. A key that is limited to collections may not.
    pub fn is_admin(&self) -> bool {
        self.allows(Scope::Admin) && !matches!(self, Self::Key { collections: Some(_), .. })
    }

    /// Whether the identity may touch this collection, as far as a key's limits go.
    pub fn allows_collection(&self, name: &str) -> bool {
        match self {
            Self::Key { collections: Some(collections), .. } => collections.contains(name),
            _ => true,
        }
    }
}

fn user_may(user: &User, scope: Scope) -> bool {
    scope == Scope::Search || user.is_admin()
}

use std::fmt;
use std::str::FromStr;

use catalejo_port::{PortError, PortResult};
use chrono::{DateTime, Utc};

use crate::clock::instant;
use crate::entity::user;

/// What all content refers to; never given to a second user.
pub type UserId = i64;

/// What a user may do besides what everybody may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Publishes, likes and follows.
    Member,
    /// Administers the installation as well.
    Admin,
}

impl Role {
    /// The word in tables and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "member" => Ok(Self::Member),
            "admin" => Ok(Self::Admin),
            _ => Err(format!("no role is named {word:?}; expected `member` or `admin`")),
        }
    }
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What content refers to.
    pub id: UserId,
    /// As the person writes it.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// Made for show, removable together.
    pub demo: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// Since when the user is kept out.
    pub suspended_at: Option<DateTime<Utc>>,
}

impl User {
    /// Whether the user administers the installation.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

/// For other domains that join `users` in their own queries.
impl TryFrom<user::Model> for User {
    type Error = PortError;

    fn try_from(row: user::Model) -> PortResult<Self> {
        let role = row
            .role
            .parse()
            .map_err(|_| PortError::corrupt(format!("store: user {}: the role cannot be read", row.id)))?;
        Ok(Self {
            id: row.id,
            name: row.name,
            role,
            demo: row.demo,
            created_at: instant(row.created_at),
            suspended_at: row.suspended_at.map(instant),
        })
    }
}

//! Accounts: who people are, how they prove it, and what they may do.
//!
//! A user has a number that all content refers to, and a name that may change. Passwords are kept as Argon2id hashes,
//! tokens as BLAKE3 hashes: whoever reads the store can log in with nothing that is in it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod accounts;
mod authenticate;
mod clock;
pub mod entity;
mod error;
mod identity;
mod keys;
mod limiter;
mod migrations;
mod name;
mod oidc;
mod page;
mod password;
mod removal;
mod sessions;
mod setup;
mod tidy;
mod token;
mod user;
mod users;
mod uses;
mod verified;

pub use accounts::{Accounts, Options};
pub use clock::Clock;
pub use error::{AccountError, AccountResult};
pub use identity::{Identity, Scope};
pub use keys::{ApiKey, NewKey};
pub use limiter::Limiter;
pub use migrations::migrations;
pub use name::{folded, name_key};
pub use oidc::OidcOptions;
pub use page::Page;
pub use removal::UserRemoval;
pub use sessions::{Client, Login, SESSION_LIFE, Session};
pub use user::{Role, User, UserId};
pub use users::NewUser;

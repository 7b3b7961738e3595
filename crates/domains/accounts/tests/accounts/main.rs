//! Accounts on a real store: what people, operators and attackers do.

#![allow(clippy::unwrap_used, clippy::panic)]

mod issuer;
mod keys;
mod names;
mod oidc;
mod passwords;
mod removal;
mod roles;
mod sessions;
mod setup;
mod speed;
mod support;

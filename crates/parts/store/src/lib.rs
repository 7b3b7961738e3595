//! The store part: relational data through one set of queries for SQLite, MariaDB/MySQL and PostgreSQL.
//!
//! A domain opens nothing itself: it is handed a [`Store`], brings its own migrations ([`Store::migrate`]),
//! reads through [`Store::db`] and changes through [`Store::write`].
//!
//! | URL | meaning |
//! |---|---|
//! | `sqlite:` | `store/catalejo.sqlite` in the data folder |
//! | `sqlite:PATH` | that file |
//! | `sqlite::memory:` | a private store that vanishes with its last handle |

#![cfg_attr(any(test, feature = "suite"), allow(clippy::unwrap_used, clippy::panic))]

mod error;
mod migrate;
pub mod sqlite;
mod store;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
mod summary;

pub use error::{StoreError, store_error};
pub use store::Store;
pub use summary::{Summary, TableSummary};

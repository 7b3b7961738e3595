//! The tables' history, one step a file. Steps are never changed once released, only added.

// `MigrationTrait` leaves the lifetime of `SchemaManager` out, and an implementation must do the same.
#![allow(elided_lifetimes_in_paths)]

mod m0001_users;
mod m0002_sessions;
mod m0003_api_keys;
mod m0004_setup;

use sea_orm_migration::MigrationTrait;

/// All steps of this domain, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_users::Step),
        Box::new(m0002_sessions::Step),
        Box::new(m0003_api_keys::Step),
        Box::new(m0004_setup::Step),
    ]
}

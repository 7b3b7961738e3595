//! The tables' history, one step a file. Steps are never changed once released, only added.

// `MigrationTrait` leaves the lifetime of `SchemaManager` out, and an implementation must do the same.
#![allow(elided_lifetimes_in_paths)]

mod m0001_runs;
mod m0002_run_log;

use sea_orm_migration::MigrationTrait;

/// All steps of this domain, oldest first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m0001_runs::Step), Box::new(m0002_run_log::Step)]
}

//! The tables' history, one step a file. Steps are never changed once released, only added.

// `MigrationTrait` leaves the lifetime of `SchemaManager` out, and an implementation must do the same.
#![allow(elided_lifetimes_in_paths)]

mod m0001_collections;
mod m0002_sources;
mod m0003_source_files;
mod m0004_rejections;
mod m0005_vector_field;

use sea_orm_migration::MigrationTrait;

/// All steps of this domain, oldest first.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_collections::Step),
        Box::new(m0002_sources::Step),
        Box::new(m0003_source_files::Step),
        Box::new(m0004_rejections::Step),
        Box::new(m0005_vector_field::Step),
    ]
}

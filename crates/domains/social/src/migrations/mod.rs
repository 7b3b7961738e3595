//! The tables' history, one step a file. Steps are never changed once released, only added.

// `MigrationTrait` leaves the lifetime of `SchemaManager` out, and an implementation must do the same.
#![allow(elided_lifetimes_in_paths)]

mod m0001_prompts;
mod m0002_people;
mod m0003_moderation;

use sea_orm_migration::MigrationTrait;
use sea_orm_migration::prelude::*;

/// All steps of this domain, oldest first.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m0001_prompts::Step), Box::new(m0002_people::Step), Box::new(m0003_moderation::Step)]
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().auto_increment().primary_key().to_owned()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}

/// A user's row stays as long as others refer to it: nothing is left behind by somebody who goes.
fn user(column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(column).to_tbl("users").to_col("id").to_owned()
}

async fn create_indexes(
    manager: &SchemaManager<'_>,
    table: &'static str,
    indexes: &[(&'static str, &[&'static str])],
) -> Result<(), DbErr> {
    for (name, columns) in indexes {
        let mut index = Index::create().name(*name).table(table).to_owned();
        for column in *columns {
            index.col(*column);
        }
        manager.create_index(index).await?;
    }
    Ok(())
}

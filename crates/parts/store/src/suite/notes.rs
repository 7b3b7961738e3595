//! The suite's tables.

// `async_trait` only accepts the trait's own spelling of this lifetime.
#![allow(elided_lifetimes_in_paths)]

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect};
use sea_orm_migration::prelude::{ColumnDef, ForeignKey, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use crate::Store;

/// A row with a column of every type that the domains use.
pub(super) mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "suite_notes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub text: String,
        pub data: Json,
        pub count: i64,
        pub score: f64,
        pub done: bool,
        pub parent: Option<i64>,
        pub at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What [`counting`] migrations leave behind: a row for each time one was applied.
mod step {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "suite_steps")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub set_name: String,
        pub step: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct CreateNotes;

impl MigrationName for CreateNotes {
    fn name(&self) -> &str {
        "notes_1"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateNotes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(note::Entity)
            .col(ColumnDef::new(note::Column::Id).big_integer().not_null().primary_key())
            .col(ColumnDef::new(note::Column::Text).text().not_null())
            .col(ColumnDef::new(note::Column::Data).json().not_null())
            .col(ColumnDef::new(note::Column::Count).big_integer().not_null())
            .col(ColumnDef::new(note::Column::Score).double().not_null())
            .col(ColumnDef::new(note::Column::Done).boolean().not_null())
            .col(ColumnDef::new(note::Column::Parent).big_integer())
            .col(ColumnDef::new(note::Column::At).timestamp_with_time_zone().not_null())
            .foreign_key(
                ForeignKey::create()
                    .from(note::Entity, note::Column::Parent)
                    .to(note::Entity, note::Column::Id),
            )
            .to_owned();
        manager.create_table(table).await
    }
}

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateNotes)]
}

struct Counting {
    set: &'static str,
    step: i64,
    name: String,
}

impl MigrationName for Counting {
    fn name(&self) -> &str {
        &self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Counting {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(step::Entity)
            .if_not_exists()
            .col(ColumnDef::new(step::Column::Id).big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new(step::Column::SetName).string_len(64).not_null())
            .col(ColumnDef::new(step::Column::Step).big_integer().not_null())
            .to_owned();
        manager.create_table(table).await?;
        let row = step::ActiveModel {
            id: sea_orm::ActiveValue::NotSet,
            set_name: sea_orm::ActiveValue::Set(self.set.to_owned()),
            step: sea_orm::ActiveValue::Set(self.step),
        };
        step::Entity::insert(row).exec_without_returning(manager.get_connection()).await.map(drop)
    }
}

/// The migration `<set>_<step>`, which notes each time it is applied.
pub(super) fn counting(set: &'static str, step: i64) -> Box<dyn MigrationTrait> {
    Box::new(Counting { set, step, name: format!("{set}_{step}") })
}

/// The steps of `set` in the order they were applied.
pub(super) async fn applied(store: &Store, set: &str) -> Vec<i64> {
    use sea_orm::{ColumnTrait, QueryFilter};
    step::Entity::find()
        .select_only()
        .column(step::Column::Step)
        .filter(step::Column::SetName.eq(set))
        .order_by_asc(step::Column::Id)
        .into_tuple()
        .all(store.db())
        .await
        .unwrap()
}

struct Failing;

impl MigrationName for Failing {
    fn name(&self) -> &str {
        "failing"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Failing {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared("INSERT INTO suite_no_such_table VALUES (1)")
            .await
            .map(drop)
    }
}

/// A migration that always fails.
pub(super) fn failing() -> Box<dyn MigrationTrait> {
    Box::new(Failing)
}

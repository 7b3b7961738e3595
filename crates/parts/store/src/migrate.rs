use std::collections::HashSet;

use catalejo_port::{PortError, PortResult};
use chrono::Utc;
use sea_orm::sea_query::Table;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use sea_orm_migration::schema::{string_len, timestamp_with_time_zone};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use crate::{Store, StoreError, store_error};

/// What was applied, by set.
mod applied {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "catalejo_migrations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub set_name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub applied_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) async fn migrate(
    store: &Store,
    set: &str,
    migrations: Vec<Box<dyn MigrationTrait>>,
) -> PortResult<()> {
    // The immediate transaction is the lock between processes: one applies, the others then find nothing to do.
    let txn = store.begin().await?;
    apply(&txn, set, &migrations).await?;
    txn.commit().await.map_err(store_error)
}

async fn apply(
    txn: &DatabaseTransaction,
    set: &str,
    migrations: &[Box<dyn MigrationTrait>],
) -> Result<(), StoreError> {
    create_bookkeeping(txn).await?;
    let applied: HashSet<String> = applied::Entity::find()
        .filter(applied::Column::SetName.eq(set))
        .all(txn)
        .await?
        .into_iter()
        .map(|row| row.name)
        .collect();
    if let Some(newer) = applied.iter().find(|name| migrations.iter().all(|m| m.name() != name.as_str())) {
        return Err(PortError::unsupported(format!(
            "store: its `{set}` tables were changed by a newer version (migration `{newer}`); use that version or restore an older backup"
        ))
        .into());
    }
    for migration in migrations.iter().filter(|migration| !applied.contains(migration.name())) {
        migration.up(&SchemaManager::new(txn)).await?;
        let row = applied::ActiveModel {
            set_name: Set(set.to_owned()),
            name: Set(migration.name().to_owned()),
            applied_at: Set(Utc::now()),
        };
        applied::Entity::insert(row).exec_without_returning(txn).await?;
        tracing::info!(set, migration = migration.name(), "migration applied");
    }
    Ok(())
}

async fn create_bookkeeping(txn: &DatabaseTransaction) -> Result<(), StoreError> {
    let mut set_name = string_len(applied::Column::SetName, 64);
    let mut name = string_len(applied::Column::Name, 190);
    let table = Table::create()
        .table(applied::Entity)
        .if_not_exists()
        .col(&mut set_name)
        .col(&mut name)
        .col(timestamp_with_time_zone(applied::Column::AppliedAt))
        .primary_key(
            sea_orm::sea_query::Index::create().col(applied::Column::SetName).col(applied::Column::Name),
        )
        .to_owned();
    txn.execute(&table).await?;
    Ok(())
}

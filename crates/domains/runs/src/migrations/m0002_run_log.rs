use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "runs_0002_run_log"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("run_log")
            .if_not_exists()
            .col(ColumnDef::new("run_id").string_len(36).not_null())
            .col(ColumnDef::new("seq").big_integer().not_null())
            .col(ColumnDef::new("at").big_integer().not_null())
            .col(ColumnDef::new("level").string_len(8).not_null())
            .col(ColumnDef::new("message").text().not_null())
            .primary_key(Index::create().col("run_id").col("seq"))
            .to_owned();
        manager.create_table(table).await
    }
}

use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "catalog_0002_sources"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("sources")
            .if_not_exists()
            .col(ColumnDef::new("name").string_len(64).not_null().primary_key())
            .col(ColumnDef::new("url").text().not_null())
            .col(ColumnDef::new("pattern").string_len(255).not_null())
            .col(ColumnDef::new("format").string_len(16).not_null())
            .col(ColumnDef::new("collection").string_len(64).not_null())
            .col(ColumnDef::new("schedule").string_len(255).not_null())
            .col(ColumnDef::new("enabled").boolean().not_null())
            .col(ColumnDef::new("next_crawl_at").big_integer())
            .col(ColumnDef::new("crawl_run").string_len(36))
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("updated_at").big_integer().not_null())
            .to_owned();
        manager.create_table(table).await
    }
}

use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "catalog_0003_source_files"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("source_files")
            .if_not_exists()
            .col(ColumnDef::new("id").string_len(64).not_null().primary_key())
            .col(ColumnDef::new("source").string_len(64).not_null())
            .col(ColumnDef::new("location").text().not_null())
            .col(ColumnDef::new("path").text().not_null())
            .col(ColumnDef::new("collection").string_len(64).not_null())
            .col(ColumnDef::new("format").string_len(16).not_null())
            .col(ColumnDef::new("etag").string_len(255).not_null())
            .col(ColumnDef::new("size").big_integer().not_null())
            .col(ColumnDef::new("state").string_len(16).not_null())
            .col(ColumnDef::new("run").string_len(36).not_null())
            .col(ColumnDef::new("rows").big_integer().not_null())
            .col(ColumnDef::new("counts").text().not_null())
            .col(ColumnDef::new("failures").integer().not_null())
            .col(ColumnDef::new("crashes").integer().not_null())
            .col(ColumnDef::new("error").text())
            .col(ColumnDef::new("owner").string_len(36))
            .col(ColumnDef::new("owned_until").big_integer())
            .col(ColumnDef::new("updated_at").big_integer().not_null())
            .to_owned();
        manager.create_table(table).await?;
        let index =
            Index::create().name("source_files_by_source").table("source_files").col("source").to_owned();
        manager.create_index(index).await?;
        let index =
            Index::create().name("source_files_by_state").table("source_files").col("state").to_owned();
        manager.create_index(index).await?;
        let index = Index::create().name("source_files_by_run").table("source_files").col("run").to_owned();
        manager.create_index(index).await?;
        Ok(())
    }
}

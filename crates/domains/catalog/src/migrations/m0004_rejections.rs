use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "catalog_0004_rejections"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("rejections")
            .if_not_exists()
            .col(ColumnDef::new("id").string_len(96).not_null().primary_key())
            .col(ColumnDef::new("file").string_len(64).not_null())
            .col(ColumnDef::new("run").string_len(36).not_null())
            .col(ColumnDef::new("collection").string_len(64).not_null())
            .col(ColumnDef::new("path").text().not_null())
            .col(ColumnDef::new("line").big_integer().not_null())
            .col(ColumnDef::new("code").string_len(32).not_null())
            .col(ColumnDef::new("message").text().not_null())
            .col(ColumnDef::new("field").string_len(255))
            .col(ColumnDef::new("item").text())
            .col(ColumnDef::new("excerpt").text().not_null())
            .col(ColumnDef::new("at").big_integer().not_null())
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("rejections_by_collection")
            .table("rejections")
            .col("collection")
            .col("id")
            .to_owned();
        manager.create_index(index).await?;
        let index =
            Index::create().name("rejections_by_run").table("rejections").col("run").col("id").to_owned();
        manager.create_index(index).await?;
        let index = Index::create().name("rejections_by_file").table("rejections").col("file").to_owned();
        manager.create_index(index).await?;
        Ok(())
    }
}

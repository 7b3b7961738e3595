use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "catalog_0001_collections"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("collections")
            .if_not_exists()
            .col(ColumnDef::new("name").string_len(64).not_null().primary_key())
            .col(ColumnDef::new("definition").text().not_null())
            .col(ColumnDef::new("revision").big_integer().not_null())
            .col(ColumnDef::new("built_in").boolean().not_null())
            .col(ColumnDef::new("generation").integer().not_null())
            .col(ColumnDef::new("serving_definition").text().not_null())
            .col(ColumnDef::new("serving_revision").big_integer().not_null())
            .col(ColumnDef::new("serving_model").text())
            .col(ColumnDef::new("building").integer())
            .col(ColumnDef::new("building_revision").big_integer())
            .col(ColumnDef::new("building_model").text())
            .col(ColumnDef::new("building_cursor").text())
            .col(ColumnDef::new("deleting").boolean().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("updated_at").big_integer().not_null())
            .to_owned();
        manager.create_table(table).await
    }
}

use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "catalog_0005_vector_field"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("source_files")
            .add_column(ColumnDef::new("vector_field").string_len(255))
            .to_owned();
        manager.alter_table(table).await
    }
}

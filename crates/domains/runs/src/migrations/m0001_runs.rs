use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "runs_0001_runs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("runs")
            .if_not_exists()
            .col(ColumnDef::new("id").string_len(36).not_null().primary_key())
            .col(ColumnDef::new("kind").string_len(32).not_null())
            .col(ColumnDef::new("subject").string_len(1024).not_null())
            .col(ColumnDef::new("collection").string_len(64))
            .col(ColumnDef::new("state").string_len(16).not_null())
            .col(ColumnDef::new("counts").text().not_null())
            .col(ColumnDef::new("done").big_integer().not_null())
            .col(ColumnDef::new("total").big_integer())
            .col(ColumnDef::new("attempts").integer().not_null())
            .col(ColumnDef::new("error").text())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("started_at").big_integer())
            .col(ColumnDef::new("finished_at").big_integer())
            .col(ColumnDef::new("updated_at").big_integer().not_null())
            .col(ColumnDef::new("cancel_requested").boolean().not_null())
            .col(ColumnDef::new("parent").string_len(36))
            .col(ColumnDef::new("params").text().not_null())
            .col(ColumnDef::new("owner").string_len(36))
            .to_owned();
        manager.create_table(table).await?;
        for (name, columns) in [
            ("runs_by_state", &["state", "kind"][..]),
            ("runs_by_collection", &["collection"]),
            ("runs_by_parent", &["parent"]),
        ] {
            let mut index = Index::create().name(name).table("runs").to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

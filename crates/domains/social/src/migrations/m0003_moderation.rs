use sea_orm_migration::prelude::*;

use super::{create_indexes, id, number};

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "social_0003_moderation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let reports = Table::create()
            .table("reports")
            .col(id("id"))
            .col(ColumnDef::new("reporter_id").big_integer())
            .col(ColumnDef::new("prompt_id").big_integer())
            .col(ColumnDef::new("person_id").big_integer())
            .col(ColumnDef::new("excerpt").text())
            .col(ColumnDef::new("reason").text().not_null())
            .col(number("created_at"))
            .col(ColumnDef::new("state").string_len(16).not_null())
            .col(ColumnDef::new("action").string_len(32))
            .col(ColumnDef::new("note").text())
            .col(ColumnDef::new("resolved_by").string_len(255))
            .col(ColumnDef::new("resolved_at").big_integer())
            .to_owned();
        manager.create_table(reports).await?;
        let indexes: [(_, &[_]); 4] = [
            ("reports_by_state", &["state", "id"]),
            ("reports_by_prompt", &["prompt_id"]),
            ("reports_by_person", &["person_id"]),
            ("reports_by_reporter", &["reporter_id"]),
        ];
        create_indexes(manager, "reports", &indexes).await?;
        let audit = Table::create()
            .table("audit")
            .col(id("id"))
            .col(number("at"))
            .col(ColumnDef::new("actor").string_len(255).not_null())
            .col(ColumnDef::new("action").string_len(32).not_null())
            .col(ColumnDef::new("subject").string_len(255).not_null())
            .col(ColumnDef::new("note").text().not_null())
            .to_owned();
        manager.create_table(audit).await
    }
}

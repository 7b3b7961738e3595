use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "accounts_0003_api_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("api_keys")
            .if_not_exists()
            .col(ColumnDef::new("id").string_len(36).not_null().primary_key())
            .col(ColumnDef::new("user_id").big_integer())
            .col(ColumnDef::new("name").string_len(400).not_null())
            .col(ColumnDef::new("token_hash").string_len(64).not_null().unique_key())
            .col(ColumnDef::new("prefix").string_len(16).not_null())
            .col(ColumnDef::new("scopes").string_len(64).not_null())
            .col(ColumnDef::new("collections").text())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("expires_at").big_integer())
            .col(ColumnDef::new("last_used_at").big_integer())
            .to_owned();
        manager.create_table(table).await?;
        for (name, column) in [("api_keys_by_user", "user_id"), ("api_keys_by_expiry", "expires_at")] {
            manager.create_index(Index::create().name(name).table("api_keys").col(column).to_owned()).await?;
        }
        Ok(())
    }
}

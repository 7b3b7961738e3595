use sea_orm_migration::prelude::*;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "accounts_0001_users"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::create()
            .table("users")
            .if_not_exists()
            // AUTOINCREMENT in SQLite: the id of a deleted user is never given to another.
            .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new("name").string_len(64).not_null())
            .col(ColumnDef::new("name_folded").string_len(190).not_null())
            .col(ColumnDef::new("name_key").string_len(255).not_null().unique_key())
            .col(ColumnDef::new("name_look").string_len(255).not_null())
            .col(ColumnDef::new("role").string_len(16).not_null())
            .col(ColumnDef::new("demo").boolean().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("suspended_at").big_integer())
            .col(ColumnDef::new("subject").string_len(700).unique_key())
            .to_owned();
        manager.create_table(users).await?;
        for (name, column) in [
            ("users_by_folded_name", "name_folded"),
            ("users_by_look", "name_look"),
            ("users_by_role", "role"),
        ] {
            manager.create_index(Index::create().name(name).table("users").col(column).to_owned()).await?;
        }
        let passwords = Table::create()
            .table("passwords")
            .if_not_exists()
            .col(ColumnDef::new("user_id").big_integer().not_null().primary_key())
            .col(ColumnDef::new("hash").string_len(255).not_null())
            .to_owned();
        manager.create_table(passwords).await
    }
}

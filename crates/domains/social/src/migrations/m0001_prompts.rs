use sea_orm_migration::prelude::*;

use super::{create_indexes, id, number, user};

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "social_0001_prompts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let prompts = Table::create()
            .table("prompts")
            .col(id("id"))
            .col(number("author_id"))
            .col(ColumnDef::new("text").text().not_null())
            .col(ColumnDef::new("text_key").text().not_null())
            .col(ColumnDef::new("collection").string_len(64).not_null())
            .col(ColumnDef::new("mode").string_len(16).not_null())
            .col(ColumnDef::new("filter").text())
            .col(number("likes").default(0))
            .col(number("created_at"))
            .col(ColumnDef::new("edited_at").big_integer())
            .col(ColumnDef::new("original_id").big_integer())
            .foreign_key(&mut user("author_id"))
            .to_owned();
        manager.create_table(prompts).await?;
        let likes = Table::create()
            .table("likes")
            .col(number("user_id"))
            .col(number("prompt_id"))
            .col(number("at"))
            .col(ColumnDef::new("republished_id").big_integer())
            .primary_key(Index::create().col("user_id").col("prompt_id"))
            .foreign_key(&mut user("user_id"))
            .foreign_key(ForeignKey::create().from_col("prompt_id").to_tbl("prompts").to_col("id"))
            .to_owned();
        manager.create_table(likes).await?;
        let changes =
            Table::create().table("prompt_changes").col(id("seq")).col(number("prompt_id")).to_owned();
        manager.create_table(changes).await?;
        let indexes: [(_, &[_]); 6] = [
            ("prompts_by_author", &["author_id", "id"]),
            ("prompts_by_author_likes", &["author_id", "likes", "id"]),
            ("prompts_by_likes", &["likes", "id"]),
            ("prompts_by_collection", &["collection", "id"]),
            ("prompts_by_original", &["original_id", "author_id"]),
            ("prompts_by_time", &["created_at"]),
        ];
        create_indexes(manager, "prompts", &indexes).await?;
        let indexes: [(_, &[_]); 2] =
            [("likes_by_prompt", &["prompt_id"]), ("likes_by_republished", &["republished_id"])];
        create_indexes(manager, "likes", &indexes).await
    }
}

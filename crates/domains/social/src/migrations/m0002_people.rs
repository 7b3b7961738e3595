use sea_orm_migration::prelude::*;

use super::{create_indexes, id, number, user};

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "social_0002_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let follows = Table::create()
            .table("follows")
            .col(id("id"))
            .col(number("follower_id"))
            .col(number("followee_id"))
            .col(number("at"))
            .foreign_key(&mut user("follower_id"))
            .foreign_key(&mut user("followee_id"))
            .to_owned();
        manager.create_table(follows).await?;
        let once = Index::create()
            .name("follows_once")
            .table("follows")
            .col("follower_id")
            .col("followee_id")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        let indexes: [(_, &[_]); 2] =
            [("follows_made", &["follower_id", "id"]), ("follows_got", &["followee_id", "id"])];
        create_indexes(manager, "follows", &indexes).await?;
        for (table, other, name) in
            [("mutes", "muted_id", "mutes_got"), ("blocks", "blocked_id", "blocks_got")]
        {
            let create = Table::create()
                .table(table)
                .col(number("user_id"))
                .col(number(other))
                .col(number("at"))
                .primary_key(Index::create().col("user_id").col(other))
                .foreign_key(&mut user("user_id"))
                .foreign_key(&mut user(other))
                .to_owned();
            manager.create_table(create).await?;
            create_indexes(manager, table, &[(name, &[other, "user_id"])]).await?;
        }
        Ok(())
    }
}

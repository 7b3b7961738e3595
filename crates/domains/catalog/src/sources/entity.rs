use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sources")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub url: String,
    pub pattern: String,
    pub format: String,
    pub collection: String,
    pub schedule: String,
    pub enabled: bool,
    /// When the schedule asks for the next crawl; absent for `manual`.
    pub next_crawl_at: Option<i64>,
    /// The last crawl.
    pub crawl_run: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

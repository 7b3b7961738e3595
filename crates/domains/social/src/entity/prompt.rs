use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "prompts")]
pub struct Model {
    /// Ascending in time, never used again.
    #[sea_orm(primary_key)]
    pub id: i64,
    pub author_id: i64,
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// The text as substrings are looked for: without case and accents.
    #[sea_orm(column_type = "Text")]
    pub text_key: String,
    pub collection: String,
    pub mode: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub filter: Option<String>,
    pub likes: i64,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    /// What it republishes; null when it is an original, or when that was deleted.
    pub original_id: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

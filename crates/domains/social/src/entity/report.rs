use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reports")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Null when the account was deleted.
    pub reporter_id: Option<i64>,
    /// Null when a person was reported, or when the prompt was deleted.
    pub prompt_id: Option<i64>,
    /// The person reported, or the author of the prompt; null when the account was deleted.
    pub person_id: Option<i64>,
    /// The text of the prompt when it was reported.
    #[sea_orm(column_type = "Text", nullable)]
    pub excerpt: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub created_at: i64,
    pub state: String,
    pub action: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// The name of the moderator, kept as it was.
    pub resolved_by: Option<String>,
    pub resolved_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

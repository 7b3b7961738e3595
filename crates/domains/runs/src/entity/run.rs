use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub kind: String,
    pub subject: String,
    pub collection: Option<String>,
    pub state: String,
    /// JSON object of counts.
    #[sea_orm(column_type = "Text")]
    pub counts: String,
    pub done: i64,
    pub total: Option<i64>,
    pub attempts: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub updated_at: i64,
    pub cancel_requested: bool,
    pub parent: Option<String>,
    /// JSON, whatever the kind needs.
    #[sea_orm(column_type = "Text")]
    pub params: String,
    /// The process that works on it.
    pub owner: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

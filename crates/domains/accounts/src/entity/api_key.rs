use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// `None`: a key of the installation, made by its operator.
    pub user_id: Option<i64>,
    pub name: String,
    #[sea_orm(unique)]
    pub token_hash: String,
    /// The token's first characters, to recognise it by.
    pub prefix: String,
    /// Words joined by a space.
    pub scopes: String,
    /// JSON array of names; `None` means every collection.
    #[sea_orm(column_type = "Text", nullable)]
    pub collections: Option<String>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

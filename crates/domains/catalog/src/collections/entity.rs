use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "collections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The definition that is wanted, in JSON.
    #[sea_orm(column_type = "Text")]
    pub definition: String,
    /// Raised when a change of the definition calls for a new generation.
    pub revision: i64,
    pub built_in: bool,
    /// The number of the generation that serves: the index `NAME-NUMBER`.
    pub generation: i32,
    #[sea_orm(column_type = "Text")]
    pub serving_definition: String,
    pub serving_revision: i64,
    /// What fills its vectors, in JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub serving_model: Option<String>,
    /// The number of the generation that is being filled, if any; it gets `definition`.
    pub building: Option<i32>,
    pub building_revision: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub building_model: Option<String>,
    /// The id up to which it is filled.
    #[sea_orm(column_type = "Text", nullable)]
    pub building_cursor: Option<String>,
    /// Gone to everybody; its indexes are being removed.
    pub deleting: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

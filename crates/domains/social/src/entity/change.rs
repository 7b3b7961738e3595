//! A prompt that the index has not yet seen as it is now. The row goes when the index was flushed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "prompt_changes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub prompt_id: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

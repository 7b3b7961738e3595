//! Users as other domains join them.

use sea_orm::entity::prelude::*;

/// A row of `users`. It never holds a secret, so other domains may join it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// What all content refers to.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// As the person writes it.
    pub name: String,
    /// The name without regard to case, for finding people ([`folded`](crate::folded)).
    pub name_folded: String,
    /// Equal for names that differ in case or look alike in lower case; unique.
    #[sea_orm(unique)]
    pub name_key: String,
    /// The same for the name as it is written; no name's key or look may equal another's key or look.
    pub name_look: String,
    /// `member` or `admin`.
    pub role: String,
    /// Made for show, removable together.
    pub demo: bool,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds; set while the user is kept out.
    pub suspended_at: Option<i64>,
    /// Issuer and subject of a user who signs in elsewhere.
    #[sea_orm(unique)]
    pub subject: Option<String>,
}

/// None: other domains join by `id` themselves.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

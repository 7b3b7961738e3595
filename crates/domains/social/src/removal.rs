use std::sync::Weak;

use async_trait::async_trait;
use catalejo_accounts::{UserId, UserRemoval};
use catalejo_port::{PortError, PortResult};
use catalejo_store::{StoreError, store_error};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::entity::{block, follow, like, mute, prompt, report};
use crate::index;
use crate::social::Core;

/// Prompts removed with one set of statements.
const CHUNK: usize = 500;

/// Removes prompts with their likes. Republications lose their link and become originals.
pub(crate) async fn remove_prompts(txn: &DatabaseTransaction, ids: &[i64]) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        let these = || chunk.iter().copied();
        index::changed(txn, chunk).await?;
        index::changed_where(txn, Expr::col("original_id").is_in(these())).await?;
        prompt::Entity::update_many()
            .col_expr(prompt::Column::OriginalId, Expr::val(None::<i64>))
            .filter(prompt::Column::OriginalId.is_in(these()))
            .exec(txn)
            .await?;
        like::Entity::update_many()
            .col_expr(like::Column::RepublishedId, Expr::val(None::<i64>))
            .filter(like::Column::RepublishedId.is_in(these()))
            .exec(txn)
            .await?;
        like::Entity::delete_many().filter(like::Column::PromptId.is_in(these())).exec(txn).await?;
        report::Entity::update_many()
            .col_expr(report::Column::PromptId, Expr::val(None::<i64>))
            .filter(report::Column::PromptId.is_in(these()))
            .exec(txn)
            .await?;
        prompt::Entity::delete_many().filter(prompt::Column::Id.is_in(these())).exec(txn).await?;
    }
    Ok(())
}

/// What goes with a user.
pub(crate) struct Removal {
    /// Weak, because the accounts that call it belong to the same core.
    pub(crate) core: Weak<Core>,
}

impl std::fmt::Debug for Removal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("social")
    }
}

#[async_trait]
impl UserRemoval for Removal {
    async fn remove(&self, txn: &DatabaseTransaction, user: UserId) -> PortResult<()> {
        remove_user(txn, user).await.map_err(PortError::from)?;
        if let Some(core) = self.core.upgrade() {
            core.bell.notify_one();
        }
        Ok(())
    }
}

async fn remove_user(txn: &DatabaseTransaction, user: UserId) -> Result<(), StoreError> {
    take_likes_back(txn, user).await?;
    loop {
        let ids: Vec<i64> = prompt::Entity::find()
            .select_only()
            .column(prompt::Column::Id)
            .filter(prompt::Column::AuthorId.eq(user))
            .order_by_asc(prompt::Column::Id)
            .limit(CHUNK as u64)
            .into_tuple()
            .all(txn)
            .await?;
        if ids.is_empty() {
            break;
        }
        remove_prompts(txn, &ids).await?;
    }
    remove_relations(txn, user).await.map_err(store_error)?;
    Ok(())
}

async fn take_likes_back(txn: &DatabaseTransaction, user: UserId) -> Result<(), DbErr> {
    let liked =
        Query::select().column("prompt_id").from("likes").and_where(Expr::col("user_id").eq(user)).take();
    let lower = Query::update()
        .table("prompts")
        .value("likes", Expr::col("likes").sub(1))
        .and_where(Expr::col("id").in_subquery(liked))
        .to_owned();
    txn.execute(&lower).await?;
    like::Entity::delete_many().filter(like::Column::UserId.eq(user)).exec(txn).await?;
    Ok(())
}

async fn remove_relations(txn: &DatabaseTransaction, user: UserId) -> Result<(), DbErr> {
    let either = |one: Expr, other: Expr| Condition::any().add(one).add(other);
    follow::Entity::delete_many()
        .filter(either(follow::Column::FollowerId.eq(user), follow::Column::FolloweeId.eq(user)))
        .exec(txn)
        .await?;
    mute::Entity::delete_many()
        .filter(either(mute::Column::UserId.eq(user), mute::Column::MutedId.eq(user)))
        .exec(txn)
        .await?;
    block::Entity::delete_many()
        .filter(either(block::Column::UserId.eq(user), block::Column::BlockedId.eq(user)))
        .exec(txn)
        .await?;
    for column in [report::Column::ReporterId, report::Column::PersonId] {
        report::Entity::update_many()
            .col_expr(column, Expr::val(None::<i64>))
            .filter(column.eq(user))
            .exec(txn)
            .await?;
    }
    Ok(())
}

use catalejo_accounts::UserId;
use catalejo_store::store_error;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde::Serialize;

use crate::entity::{like, prompt};
use crate::publish::{fresh, insert};
use crate::removal::remove_prompts;
use crate::social::{check_active, now_ms};
use crate::{Social, SocialError, SocialResult, view};

/// What [`Social::like`] did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Liked {
    /// How many people like the prompt now.
    pub likes: i64,
    /// The prompt under the liker's name; null when they deleted it since.
    pub republished: Option<i64>,
    /// Whether the like is new: false when it was given before.
    pub new: bool,
}

/// What [`Social::unlike`] did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unliked {
    /// How many people like the prompt now.
    pub likes: i64,
}

impl Social {
    /// Likes a prompt, once: the count rises and the prompt is republished under the user's name. Liking it again
    /// changes nothing.
    pub async fn like(&self, user: UserId, id: i64) -> SocialResult<Liked> {
        let txn = self.core.store.begin().await?;
        check_active(&txn, user).await?;
        let row = seen(&txn, user, id).await?;
        if !give(&txn, user, id).await? {
            let given = like::Entity::find_by_id((user, id)).one(&txn).await?;
            let republished = given.and_then(|like| like.republished_id);
            return Ok(Liked { likes: row.likes, republished, new: false });
        }
        add_likes(&txn, &[id], 1).await?;
        let republished = republish(&txn, user, &row).await?;
        like::Entity::update_many()
            .col_expr(like::Column::RepublishedId, Expr::val(republished))
            .filter(like::Column::UserId.eq(user))
            .filter(like::Column::PromptId.eq(id))
            .exec(&txn)
            .await?;
        let likes = likes_of(&txn, id).await?;
        txn.commit().await.map_err(store_error)?;
        self.core.bell.notify_one();
        Ok(Liked { likes, republished: Some(republished), new: true })
    }

    /// Takes a like back. The republication goes too, unless it was liked or edited, or another like of the user
    /// leads to it. Without a like nothing changes.
    pub async fn unlike(&self, user: UserId, id: i64) -> SocialResult<Unliked> {
        let txn = self.core.store.begin().await?;
        seen(&txn, user, id).await?;
        let given = like::Entity::find_by_id((user, id)).one(&txn).await?;
        if let Some(given) = given {
            like::Entity::delete_by_id((user, id)).exec(&txn).await?;
            add_likes(&txn, &[id], -1).await?;
            if let Some(republished) = given.republished_id {
                withdraw(&txn, user, republished).await?;
            }
        }
        let likes = likes_of(&txn, id).await?;
        txn.commit().await.map_err(store_error)?;
        self.core.bell.notify_one();
        Ok(Unliked { likes })
    }
}

/// The prompt as it stands inside the transaction, if `user` may see it.
pub(crate) async fn seen(txn: &DatabaseTransaction, user: UserId, id: i64) -> SocialResult<prompt::Model> {
    if view::load(txn, &[id], Some(user)).await?.is_empty() {
        return Err(SocialError::UnknownPrompt(id));
    }
    let row = prompt::Entity::find_by_id(id).one(txn).await?;
    row.ok_or(SocialError::UnknownPrompt(id))
}

/// Writes the like; whether it is new. The key decides, also between transactions that run at the same time.
async fn give(txn: &DatabaseTransaction, user: UserId, id: i64) -> SocialResult<bool> {
    let row = like::ActiveModel {
        user_id: Set(user),
        prompt_id: Set(id),
        at: Set(now_ms()),
        republished_id: Set(None),
    };
    let once = OnConflict::columns([like::Column::UserId, like::Column::PromptId])
        .do_nothing_on([like::Column::UserId])
        .to_owned();
    Ok(like::Entity::insert(row).on_conflict(once).exec_without_returning(txn).await? > 0)
}

/// The user's republication of the chain that `liked` belongs to: the one there is, or a new one.
async fn republish(txn: &DatabaseTransaction, user: UserId, liked: &prompt::Model) -> SocialResult<i64> {
    let original = liked.original_id.unwrap_or(liked.id);
    let known = prompt::Entity::find()
        .filter(prompt::Column::OriginalId.eq(original))
        .filter(prompt::Column::AuthorId.eq(user))
        .order_by_asc(prompt::Column::Id)
        .one(txn)
        .await?;
    if let Some(known) = known {
        return Ok(known.id);
    }
    let mut row =
        fresh(user, liked.text.clone(), liked.collection.clone(), liked.mode.clone(), liked.filter.clone());
    row.original_id = Set(Some(original));
    insert(txn, row).await
}

/// Removes a republication that nobody has made their own.
async fn withdraw(txn: &DatabaseTransaction, user: UserId, id: i64) -> SocialResult<()> {
    let Some(row) = prompt::Entity::find_by_id(id).one(txn).await? else { return Ok(()) };
    let untouched = row.likes == 0 && row.edited_at.is_none();
    let other_likes = like::Entity::find()
        .filter(like::Column::UserId.eq(user))
        .filter(like::Column::RepublishedId.eq(id))
        .count(txn)
        .await?;
    if row.author_id == user && untouched && other_likes == 0 {
        remove_prompts(txn, &[id]).await?;
    }
    Ok(())
}

/// Changes the counts of prompts by `by` each, in the database: nothing read before can be lost.
pub(crate) async fn add_likes(txn: &DatabaseTransaction, ids: &[i64], by: i64) -> SocialResult<()> {
    prompt::Entity::update_many()
        .col_expr(prompt::Column::Likes, Expr::col(prompt::Column::Likes).add(by))
        .filter(prompt::Column::Id.is_in(ids.iter().copied()))
        .exec(txn)
        .await?;
    Ok(())
}

async fn likes_of(txn: &DatabaseTransaction, id: i64) -> SocialResult<i64> {
    let row = prompt::Entity::find_by_id(id).one(txn).await?;
    Ok(row.map_or(0, |row| row.likes))
}

//! Following, muting and blocking.

use catalejo_accounts::{User, UserId};
use catalejo_store::store_error;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
};

use crate::entity::{block, follow, mute};
use crate::social::{check_active, now_ms};
use crate::{Person, Social, SocialError, SocialResult};

impl Social {
    /// Follows somebody; whether that is new. Following again changes nothing.
    pub async fn follow(&self, user: UserId, name: &str) -> SocialResult<(Person, bool)> {
        let other = self.visible(name, Some(user)).await?;
        not_oneself(user, &other)?;
        let txn = self.core.store.begin().await?;
        check_active(&txn, user).await?;
        check_no_block(&txn, user, &other).await?;
        let already = follow::Entity::find().filter(follow::Column::FollowerId.eq(user)).count(&txn).await?;
        let most = self.core.options.max_following;
        if already >= most {
            return Err(SocialError::request(
                "name",
                format!("one may follow at most {most} people; unfollow somebody first"),
            ));
        }
        let row = follow::ActiveModel {
            follower_id: Set(user),
            followee_id: Set(other.id),
            at: Set(now_ms()),
            ..Default::default()
        };
        let once = OnConflict::columns([follow::Column::FollowerId, follow::Column::FolloweeId])
            .do_nothing_on([follow::Column::Id])
            .to_owned();
        let new = follow::Entity::insert(row).on_conflict(once).exec_without_returning(&txn).await? > 0;
        txn.commit().await.map_err(store_error)?;
        Ok((self.one(other, Some(user)).await?, new))
    }

    /// Follows somebody no longer.
    pub async fn unfollow(&self, user: UserId, name: &str) -> SocialResult<Person> {
        let other = self.visible(name, Some(user)).await?;
        let txn = self.core.store.begin().await?;
        unfollow(&txn, user, other.id).await?;
        txn.commit().await.map_err(store_error)?;
        self.one(other, Some(user)).await
    }

    /// Keeps somebody out of the user's feed, lists and searches.
    pub async fn mute(&self, user: UserId, name: &str) -> SocialResult<Person> {
        let other = self.visible(name, Some(user)).await?;
        not_oneself(user, &other)?;
        let row = mute::ActiveModel { user_id: Set(user), muted_id: Set(other.id), at: Set(now_ms()) };
        let once = OnConflict::columns([mute::Column::UserId, mute::Column::MutedId])
            .do_nothing_on([mute::Column::UserId])
            .to_owned();
        let txn = self.core.store.begin().await?;
        mute::Entity::insert(row).on_conflict(once).exec_without_returning(&txn).await?;
        txn.commit().await.map_err(store_error)?;
        self.one(other, Some(user)).await
    }

    /// Lets somebody in again.
    pub async fn unmute(&self, user: UserId, name: &str) -> SocialResult<Person> {
        let other = self.visible(name, Some(user)).await?;
        let txn = self.core.store.begin().await?;
        mute::Entity::delete_by_id((user, other.id)).exec(&txn).await?;
        txn.commit().await.map_err(store_error)?;
        self.one(other, Some(user)).await
    }

    /// Makes the user and somebody invisible to each other; neither follows the other any more.
    pub async fn block(&self, user: UserId, name: &str) -> SocialResult<Person> {
        let other = self.not_blocked_by(name, user).await?;
        not_oneself(user, &other)?;
        let row = block::ActiveModel { user_id: Set(user), blocked_id: Set(other.id), at: Set(now_ms()) };
        let once = OnConflict::columns([block::Column::UserId, block::Column::BlockedId])
            .do_nothing_on([block::Column::UserId])
            .to_owned();
        let txn = self.core.store.begin().await?;
        block::Entity::insert(row).on_conflict(once).exec_without_returning(&txn).await?;
        unfollow(&txn, user, other.id).await?;
        unfollow(&txn, other.id, user).await?;
        txn.commit().await.map_err(store_error)?;
        self.one(other, Some(user)).await
    }

    /// Lifts the user's own block; one that the other made stays.
    pub async fn unblock(&self, user: UserId, name: &str) -> SocialResult<Person> {
        let other = self.not_blocked_by(name, user).await?;
        let txn = self.core.store.begin().await?;
        block::Entity::delete_by_id((user, other.id)).exec(&txn).await?;
        txn.commit().await.map_err(store_error)?;
        self.one(other, Some(user)).await
    }

    /// The user with this name, unless they blocked `user`, who then does not know of them.
    async fn not_blocked_by(&self, name: &str, user: UserId) -> SocialResult<User> {
        let other = self.known(name).await?;
        let blocked = block::Entity::find_by_id((other.id, user)).one(self.core.store.db()).await?;
        let mine = block::Entity::find_by_id((user, other.id)).one(self.core.store.db()).await?;
        if (blocked.is_some() && mine.is_none()) || other.suspended_at.is_some() {
            return Err(SocialError::UnknownPerson(other.name));
        }
        Ok(other)
    }
}

fn not_oneself(user: UserId, other: &User) -> SocialResult<()> {
    match user == other.id {
        true => Err(SocialError::request("name", "that is you")),
        false => Ok(()),
    }
}

async fn check_no_block(txn: &DatabaseTransaction, user: UserId, other: &User) -> SocialResult<()> {
    let pair = |one, other| {
        Condition::all().add(block::Column::UserId.eq(one)).add(block::Column::BlockedId.eq(other))
    };
    let blocks = block::Entity::find()
        .filter(Condition::any().add(pair(user, other.id)).add(pair(other.id, user)))
        .count(txn)
        .await?;
    match blocks {
        0 => Ok(()),
        _ => Err(SocialError::UnknownPerson(other.name.clone())),
    }
}

async fn unfollow(txn: &DatabaseTransaction, follower: UserId, followee: UserId) -> SocialResult<()> {
    follow::Entity::delete_many()
        .filter(follow::Column::FollowerId.eq(follower))
        .filter(follow::Column::FolloweeId.eq(followee))
        .exec(txn)
        .await?;
    Ok(())
}

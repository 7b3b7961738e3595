//! Lists of people: who follows whom, and whom one keeps out.

use std::collections::HashMap;

use catalejo_accounts::{UserId, entity::user};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::cursor::{from_cursor, page_size, to_cursor, to_page};
use crate::relations::{Sight, sees};
use crate::{Page, Person, Social, SocialResult};

impl Social {
    /// Who follows somebody, the latest first.
    pub async fn followers(
        &self,
        name: &str,
        viewer: Option<UserId>,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Person>> {
        self.followed(name, viewer, cursor, limit, ["followee_id", "follower_id"]).await
    }

    /// Whom somebody follows, the latest first.
    pub async fn following(
        &self,
        name: &str,
        viewer: Option<UserId>,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Person>> {
        self.followed(name, viewer, cursor, limit, ["follower_id", "followee_id"]).await
    }

    async fn followed(
        &self,
        name: &str,
        viewer: Option<UserId>,
        cursor: Option<&str>,
        limit: usize,
        [own, other]: [&'static str; 2],
    ) -> SocialResult<Page<Person>> {
        let user = self.visible(name, viewer).await?;
        let limit = page_size(limit);
        let mut select = Query::select()
            .columns([("f", "id"), ("f", other)])
            .from_as("follows", "f")
            .and_where(Expr::col(("f", own)).eq(user.id))
            .and_where(sees(viewer, &Expr::col(("f", other)), Sight::Open))
            .order_by(("f", "id"), Order::Desc)
            .limit(limit as u64 + 1)
            .to_owned();
        if let Some([before]) = from_cursor(own, cursor)? {
            select.and_where(Expr::col(("f", "id")).lt(before));
        }
        let rows = self.core.store.db().query_all(&select).await?;
        let rows: Vec<(i64, UserId)> = rows
            .iter()
            .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
            .collect::<Result<_, DbErr>>()?;
        let page = to_page(rows, limit, |(id, _)| to_cursor(own, &[*id]));
        let ids: Vec<UserId> = page.items.into_iter().map(|(_, id)| id).collect();
        Ok(Page { items: self.by_ids(&ids, viewer).await?, next_cursor: page.next_cursor })
    }

    /// Whom the user muted.
    pub async fn muted(
        &self,
        user: UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Person>> {
        self.excluded(user, cursor, limit, ["mutes", "muted_id"]).await
    }

    /// Whom the user blocked: the one place where they are still listed, so that a block can be lifted.
    pub async fn blocked(
        &self,
        user: UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> SocialResult<Page<Person>> {
        self.excluded(user, cursor, limit, ["blocks", "blocked_id"]).await
    }

    async fn excluded(
        &self,
        user: UserId,
        cursor: Option<&str>,
        limit: usize,
        [table, other]: [&'static str; 2],
    ) -> SocialResult<Page<Person>> {
        let limit = page_size(limit);
        let [after] = from_cursor(table, cursor)?.unwrap_or([0]);
        let select = Query::select()
            .column(other)
            .from(table)
            .and_where(Expr::col("user_id").eq(user))
            .and_where(Expr::col(other).gt(after))
            .order_by(other, Order::Asc)
            .limit(limit as u64 + 1)
            .to_owned();
        let rows = self.core.store.db().query_all(&select).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<UserId>, DbErr>>()?;
        let page = to_page(ids, limit, |id| to_cursor(table, &[*id]));
        Ok(Page { items: self.by_ids(&page.items, Some(user)).await?, next_cursor: page.next_cursor })
    }

    /// The profiles of these users in their order.
    async fn by_ids(&self, ids: &[UserId], viewer: Option<UserId>) -> SocialResult<Vec<Person>> {
        let found = user::Entity::find()
            .filter(user::Column::Id.is_in(ids.iter().copied()))
            .all(self.core.store.db())
            .await?;
        let mut by_id: HashMap<UserId, user::Model> = found.into_iter().map(|row| (row.id, row)).collect();
        self.persons(ids.iter().filter_map(|id| by_id.remove(id)).collect(), viewer).await
    }
}

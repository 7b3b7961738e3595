use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::entity::{api_key, session};
use crate::sessions::expiry;
use crate::{AccountResult, Accounts};

impl Accounts {
    /// Writes when sessions and keys were last used and removes expired sessions; answers how many of these.
    /// To be called about once a minute, and before the process ends.
    pub async fn tidy(&self) -> AccountResult<u64> {
        let (sessions, keys) = (self.inner.session_uses.all(), self.inner.key_uses.all());
        let txn = self.inner.store.begin().await?;
        for (id, used) in &sessions {
            session::Entity::update_many()
                .col_expr(session::Column::LastUsedAt, Expr::val(*used))
                .col_expr(session::Column::ExpiresAt, Expr::val(expiry(*used)))
                .filter(session::Column::Id.eq(id))
                .filter(session::Column::LastUsedAt.lt(*used))
                .exec(&txn)
                .await?;
        }
        for (id, used) in &keys {
            api_key::Entity::update_many()
                .col_expr(api_key::Column::LastUsedAt, Expr::val(*used))
                .filter(api_key::Column::Id.eq(id))
                .exec(&txn)
                .await?;
        }
        let expired = session::Entity::delete_many()
            .filter(session::Column::ExpiresAt.lte(self.now()))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        self.inner.session_uses.forget(&sessions);
        self.inner.key_uses.forget(&keys);
        Ok(expired.rows_affected)
    }
}

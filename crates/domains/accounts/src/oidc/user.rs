//! The user behind an access token, made at first sight.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Bearer;
use crate::entity::user;
use crate::name::Name;
use crate::{AccountError, AccountResult, Accounts, Role, User};

/// Leaves room for a number behind a name that is taken.
const MAX_BASE_CHARS: usize = 24;
const TRIES: usize = 20;

impl Accounts {
    pub(crate) async fn user_of(&self, bearer: Bearer) -> AccountResult<User> {
        let row = match by_subject(self.inner.store.db(), &bearer.subject).await? {
            Some(row) => row,
            None => self.make_user_of(&bearer).await?,
        };
        if row.suspended_at.is_some() {
            return Err(AccountError::Suspended);
        }
        let Some(admin) = bearer.admin else { return Ok(row.try_into()?) };
        let role = if admin { Role::Admin } else { Role::Member };
        let mut user = User::try_from(row)?;
        if user.role != role {
            self.follow_issuer(&user, role).await?;
            user.role = role;
        }
        Ok(user)
    }

    /// The token decides what the request may do. The store follows, but for the last administrator: without one the
    /// installation would offer itself to be set up again.
    async fn follow_issuer(&self, user: &User, role: Role) -> AccountResult<()> {
        match self.set_role(user.id, role).await {
            Ok(_) | Err(AccountError::LastAdmin) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn make_user_of(&self, bearer: &Bearer) -> AccountResult<user::Model> {
        let role = if bearer.admin == Some(true) { Role::Admin } else { Role::Member };
        let base = base_name(bearer.name.as_deref().unwrap_or_default());
        let txn = self.inner.store.begin().await?;
        // Two first requests may come at once.
        if let Some(row) = by_subject(&txn, &bearer.subject).await? {
            return Ok(row);
        }
        // Somebody here may have the name already. That he is the same person is not for the issuer to say.
        for n in 1..=TRIES {
            let text = match n {
                1 => base.clone(),
                // Numbers run out where many share a name; the end of this id is random.
                TRIES => format!("user-{}", &Uuid::now_v7().simple().to_string()[16..]),
                n => format!("{base}-{n}"),
            };
            let Ok(name) = Name::parse(&text) else { continue };
            match self.insert_user(&txn, &name, role, false, Some(&bearer.subject)).await {
                Err(AccountError::NameTaken(_)) => {}
                Err(error) => return Err(error),
                Ok(row) => {
                    self.commit(txn).await?;
                    return Ok(row);
                }
            }
        }
        Err(AccountError::NameTaken(base))
    }
}

async fn by_subject(db: &impl ConnectionTrait, subject: &str) -> AccountResult<Option<user::Model>> {
    Ok(user::Entity::find().filter(user::Column::Subject.eq(subject)).one(db).await?)
}

/// A name as similar to the issuer's as is allowed; of a mail address what stands before the `@`.
fn base_name(given: &str) -> String {
    let own = given.split('@').next().unwrap_or_default();
    let clean: String = own
        .chars()
        .take(MAX_BASE_CHARS)
        .map(|c| if c.is_alphanumeric() || matches!(c, '_' | '.' | '-') { c } else { '-' })
        .collect();
    match Name::parse(&clean) {
        Ok(name) => name.text,
        Err(_) => "user".to_owned(),
    }
}

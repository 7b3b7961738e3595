use catalejo_port::ErrorKind;
use catalejo_store::store_error;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, NotSet,
    PaginatorTrait, QueryFilter, Set,
};

use crate::entity::{password, setup, user};
use crate::name::Name;
use crate::password::Password;
use crate::{AccountError, AccountResult, Accounts, Role, User, UserId};

/// An account that the operator or an administrator makes.
#[derive(Clone)]
pub struct NewUser {
    /// The name, to be read as a person's own.
    pub name: String,
    /// The password; without one nobody can log in to the account.
    pub password: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Made for show, removable together.
    pub demo: bool,
}

impl Accounts {
    /// Makes an account for whoever asks, where registration is open.
    pub async fn register(&self, name: &str, password: &str) -> AccountResult<User> {
        if !self.inner.registration_open {
            return Err(AccountError::RegistrationClosed);
        }
        let (name, password) = (name.to_owned(), Some(password.to_owned()));
        self.create_user(NewUser { name, password, role: Role::Member, demo: false }).await
    }

    /// Makes an account on behalf of the operator or an administrator.
    pub async fn create_user(&self, new: NewUser) -> AccountResult<User> {
        let name = Name::parse(&new.name)?;
        let hash = self.hash_for(&name, new.password.as_deref()).await?;
        let txn = self.inner.store.begin().await?;
        let row = self.insert_user(&txn, &name, new.role, new.demo, None).await?;
        if let Some(hash) = hash {
            set_password_in(&txn, row.id, hash).await?;
        }
        self.commit(txn).await?;
        Ok(row.try_into()?)
    }

    /// Hashes a chosen password, unless the name is taken already: then the work would be for nothing.
    pub(crate) async fn hash_for(
        &self,
        name: &Name,
        password: Option<&str>,
    ) -> AccountResult<Option<String>> {
        let password = password.map(Password::chosen).transpose()?;
        refuse_taken(self.inner.store.db(), name, None).await?;
        match password {
            Some(password) => Ok(Some(self.inner.hasher.hash(password).await?)),
            None => Ok(None),
        }
    }

    pub(crate) async fn insert_user(
        &self,
        txn: &DatabaseTransaction,
        name: &Name,
        role: Role,
        demo: bool,
        subject: Option<&str>,
    ) -> AccountResult<user::Model> {
        refuse_taken(txn, name, None).await?;
        let row = user::ActiveModel {
            id: NotSet,
            name: Set(name.text.clone()),
            name_folded: Set(name.folded.clone()),
            name_key: Set(name.key.clone()),
            name_look: Set(name.look.clone()),
            role: Set(role.as_str().to_owned()),
            demo: Set(demo),
            created_at: Set(self.now()),
            suspended_at: Set(None),
            subject: Set(subject.map(str::to_owned)),
        };
        let row = row.insert(txn).await.map_err(|error| {
            let error = store_error(error);
            match error.kind() {
                ErrorKind::AlreadyExists => AccountError::NameTaken(name.text.clone()),
                _ => error.into(),
            }
        })?;
        if role == Role::Admin {
            setup::Entity::delete_many().exec(txn).await?;
        }
        Ok(row)
    }
}

/// Refuses a name that another user (than `own`) has or that looks like another's.
pub(crate) async fn refuse_taken(
    db: &impl ConnectionTrait,
    name: &Name,
    own: Option<UserId>,
) -> AccountResult<()> {
    let forms = [name.key.as_str(), name.look.as_str()];
    let alike =
        Condition::any().add(user::Column::NameKey.is_in(forms)).add(user::Column::NameLook.is_in(forms));
    let mut others = user::Entity::find().filter(alike);
    if let Some(own) = own {
        others = others.filter(user::Column::Id.ne(own));
    }
    if others.count(db).await? > 0 {
        return Err(AccountError::NameTaken(name.text.clone()));
    }
    Ok(())
}

/// Gives a user without a password one.
pub(crate) async fn set_password_in(
    txn: &DatabaseTransaction,
    id: UserId,
    hash: String,
) -> AccountResult<()> {
    let row = password::ActiveModel { user_id: Set(id), hash: Set(hash) };
    password::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

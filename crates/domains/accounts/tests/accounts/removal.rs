use std::sync::Arc;

use async_trait::async_trait;
use catalejo_accounts::{AccountError, NewUser, Role, UserId, UserRemoval};
use catalejo_port::{PortError, PortResult};
use catalejo_store::{Store, store_error};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::support::{House, PASSWORD, assert_refused};

/// A domain with one table, whose removal may be made to fail.
#[derive(Debug)]
struct Notes {
    fails_for: Option<UserId>,
}

impl Notes {
    async fn create(store: &Store) {
        let txn = store.begin().await.unwrap();
        txn.execute_unprepared("CREATE TABLE notes (user_id BIGINT NOT NULL)").await.unwrap();
        txn.commit().await.unwrap();
    }

    async fn write(store: &Store, user: UserId) {
        let txn = store.begin().await.unwrap();
        txn.execute_unprepared(&format!("INSERT INTO notes VALUES ({user})")).await.unwrap();
        txn.commit().await.unwrap();
    }

    async fn count(store: &Store) -> i64 {
        let db = store.db();
        let count =
            sea_orm::Statement::from_string(db.get_database_backend(), "SELECT COUNT(*) AS n FROM notes");
        db.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap()
    }
}

#[async_trait]
impl UserRemoval for Notes {
    async fn remove(&self, txn: &DatabaseTransaction, user: UserId) -> PortResult<()> {
        txn.execute_unprepared(&format!("DELETE FROM notes WHERE user_id = {user}"))
            .await
            .map_err(store_error)?;
        match self.fails_for {
            Some(failing) if failing == user => Err(PortError::internal("notes: out of order")),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn what_hangs_on_a_user_goes_with_it() {
    let house = House::new().await;
    Notes::create(&house.store).await;
    house.accounts.on_delete(Arc::new(Notes { fails_for: None }));
    let (ana, bob) = (house.member("ana").await, house.member("bob").await);
    for user in [ana.id, ana.id, bob.id] {
        Notes::write(&house.store, user).await;
    }
    let token = house.login("ana").await.token;
    house.accounts.authenticate(token.expose()).await.unwrap();
    assert_refused!(house.accounts.delete(ana.id, "wrong password").await, AccountError::WrongPassword);
    house.accounts.delete(ana.id, PASSWORD).await.unwrap();
    assert_eq!(Notes::count(&house.store).await, 1);
    assert_refused!(house.accounts.authenticate(token.expose()).await, AccountError::Unauthenticated);
    assert_refused!(house.accounts.delete(ana.id, PASSWORD).await, AccountError::Unauthenticated);
    assert_refused!(house.accounts.by_name("ana").await, AccountError::UnknownUser(_));
    // The name is free again, the id is not.
    assert!(house.member("ana").await.id > bob.id);
}

#[tokio::test]
async fn an_id_is_never_given_twice() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    house.accounts.remove(ana.id).await.unwrap();
    assert!(house.member("bob").await.id > ana.id);
}

#[tokio::test]
async fn a_domain_that_fails_keeps_everything() {
    let house = House::new().await;
    Notes::create(&house.store).await;
    let ana = house.member("ana").await;
    Notes::write(&house.store, ana.id).await;
    let token = house.login("ana").await.token;
    house.accounts.on_delete(Arc::new(Notes { fails_for: None }));
    house.accounts.on_delete(Arc::new(Notes { fails_for: Some(ana.id) }));
    assert_refused!(house.accounts.delete(ana.id, PASSWORD).await, AccountError::Part(_));
    assert_eq!(Notes::count(&house.store).await, 1);
    house.accounts.authenticate(token.expose()).await.unwrap();
    house.login("ana").await;
}

#[tokio::test]
async fn demo_users_are_removed_together() {
    let house = House::new().await;
    house.member("ana").await;
    for name in ["demo-1", "demo-2", "demo-3"] {
        let new = NewUser { name: name.into(), password: None, role: Role::Member, demo: true };
        assert!(house.accounts.create_user(new).await.unwrap().demo);
    }
    assert_eq!(house.accounts.remove_demo().await.unwrap(), 3);
    assert_eq!(house.accounts.remove_demo().await.unwrap(), 0);
    let left = house.accounts.users("", None, 0).await.unwrap().items;
    assert_eq!(left.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["ana"]);
}

#[tokio::test]
async fn of_two_deletions_at_once_one_is_told_that_the_user_is_gone() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    let accounts = &house.accounts;
    let (one, other) = futures::join!(accounts.delete(ana.id, PASSWORD), accounts.delete(ana.id, PASSWORD));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

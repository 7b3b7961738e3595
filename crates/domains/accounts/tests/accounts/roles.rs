use catalejo_accounts::{AccountError, Client, Role};

use crate::support::{House, PASSWORD, assert_refused};

#[tokio::test]
async fn the_last_administrator_stays() {
    let house = House::new().await;
    let accounts = &house.accounts;
    house.member("ana").await;
    assert!(!accounts.has_admin().await.unwrap());
    let root = house.admin("root").await;
    assert!(accounts.has_admin().await.unwrap());
    assert_refused!(accounts.set_role(root.id, Role::Member).await, AccountError::LastAdmin);
    assert_refused!(accounts.delete(root.id, PASSWORD).await, AccountError::LastAdmin);
    assert_refused!(accounts.remove(root.id).await, AccountError::LastAdmin);
    assert_refused!(accounts.suspend(root.id).await, AccountError::LastAdmin);
    let second = house.admin("second").await;
    accounts.suspend(second.id).await.unwrap();
    // A suspended administrator administers nothing.
    assert_refused!(accounts.remove(root.id).await, AccountError::LastAdmin);
    accounts.reinstate(second.id).await.unwrap();
    assert_eq!(accounts.set_role(root.id, Role::Member).await.unwrap().role, Role::Member);
    accounts.delete(root.id, PASSWORD).await.unwrap();
    assert_refused!(accounts.remove(second.id).await, AccountError::LastAdmin);
    assert_refused!(accounts.remove(99).await, AccountError::UnknownUser(_));
    assert!(accounts.has_admin().await.unwrap() && house.second().await.has_admin().await.unwrap());
}

#[tokio::test]
async fn of_two_administrators_who_leave_at_once_one_stays() {
    let house = House::new().await;
    let (one, two) = (house.admin("one").await, house.admin("two").await);
    let other = house.second().await;
    let left = futures::join!(house.accounts.remove(one.id), other.set_role(two.id, Role::Member));
    assert!(left.0.is_ok() != left.1.is_ok(), "{left:?}");
    assert!(house.accounts.has_admin().await.unwrap());
}

#[tokio::test]
async fn a_role_counts_from_the_next_request_on() {
    let house = House::new().await;
    house.admin("root").await;
    let ana = house.member("ana").await;
    let token = house.login("ana").await.token;
    assert!(!house.accounts.authenticate(token.expose()).await.unwrap().is_admin());
    house.accounts.set_role(ana.id, Role::Admin).await.unwrap();
    assert!(house.accounts.authenticate(token.expose()).await.unwrap().is_admin());
    house.accounts.set_role(ana.id, Role::Member).await.unwrap();
    assert!(!house.accounts.authenticate(token.expose()).await.unwrap().is_admin());
}

#[tokio::test]
async fn who_is_suspended_is_out() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    let token = house.login("ana").await.token;
    house.accounts.authenticate(token.expose()).await.unwrap();
    assert!(house.accounts.suspend(ana.id).await.unwrap().suspended_at.is_some());
    assert_refused!(house.accounts.authenticate(token.expose()).await, AccountError::Unauthenticated);
    let client = Client::default();
    assert_refused!(house.accounts.login("ana", PASSWORD, &client).await, AccountError::Suspended);
    // Only who knows the password learns of the suspension.
    assert_refused!(house.accounts.login("ana", "guessing", &client).await, AccountError::WrongCredentials);
    assert_refused!(house.accounts.start_session(ana.id, &client).await, AccountError::Suspended);
    house.accounts.reinstate(ana.id).await.unwrap();
    // The sessions of before are over.
    assert_refused!(house.accounts.authenticate(token.expose()).await, AccountError::Unauthenticated);
    house.login("ana").await;
}

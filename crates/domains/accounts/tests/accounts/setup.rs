use catalejo_accounts::{AccountError, Role};

use crate::support::{House, PASSWORD, assert_refused};

#[tokio::test]
async fn the_first_administrator_comes_by_the_set_up_token() {
    let house = House::with(|options| options.registration_open = false).await;
    let accounts = &house.accounts;
    let token = accounts.setup_token().await.unwrap().unwrap();
    let wrong = accounts.register_with_setup("ctu_guess", "root", PASSWORD).await;
    assert_refused!(wrong, AccountError::WrongSetupToken);
    // A mistake does not use the token up.
    let short = accounts.register_with_setup(token.expose(), "root", "short").await;
    assert_refused!(short, AccountError::Invalid { field: "password", .. });
    let root = accounts.register_with_setup(token.expose(), "root", PASSWORD).await.unwrap();
    assert_eq!(root.role, Role::Admin);
    let again = accounts.register_with_setup(token.expose(), "second", PASSWORD).await;
    assert_refused!(again, AccountError::WrongSetupToken);
    assert!(accounts.setup_token().await.unwrap().is_none());
    assert_refused!(accounts.authenticate(token.expose()).await, AccountError::Unauthenticated);
}

#[tokio::test]
async fn a_new_start_prints_a_new_token() {
    let house = House::new().await;
    let first = house.accounts.setup_token().await.unwrap().unwrap();
    let second = house.second().await.setup_token().await.unwrap().unwrap();
    let old = house.accounts.register_with_setup(first.expose(), "root", PASSWORD).await;
    assert_refused!(old, AccountError::WrongSetupToken);
    house.accounts.register_with_setup(second.expose(), "root", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn of_two_with_the_token_one_administers() {
    let house = House::new().await;
    let token = house.accounts.setup_token().await.unwrap().unwrap();
    let other = house.second().await;
    let outcomes = futures::join!(
        house.accounts.register_with_setup(token.expose(), "one", PASSWORD),
        other.register_with_setup(token.expose(), "two", PASSWORD)
    );
    assert!(outcomes.0.is_ok() != outcomes.1.is_ok(), "{outcomes:?}");
}

#[tokio::test]
async fn an_administrator_made_otherwise_ends_the_token() {
    let house = House::new().await;
    let token = house.accounts.setup_token().await.unwrap().unwrap();
    house.admin("root").await;
    let late = house.accounts.register_with_setup(token.expose(), "second", PASSWORD).await;
    assert_refused!(late, AccountError::WrongSetupToken);
    let house = House::new().await;
    let token = house.accounts.setup_token().await.unwrap().unwrap();
    let ana = house.member("ana").await;
    house.accounts.set_role(ana.id, Role::Admin).await.unwrap();
    let late = house.accounts.register_with_setup(token.expose(), "second", PASSWORD).await;
    assert_refused!(late, AccountError::WrongSetupToken);
}

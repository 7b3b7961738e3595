use std::collections::BTreeSet;

use catalejo_accounts::{AccountError, Identity, NewKey, Role, Scope};
use chrono::DateTime;

use crate::support::{DAY, House, assert_refused};

fn key(scopes: &[Scope]) -> NewKey {
    NewKey {
        name: "a script".into(),
        scopes: scopes.iter().copied().collect(),
        collections: None,
        expires_at: None,
    }
}

#[tokio::test]
async fn members_make_keys_for_searching_only() {
    let house = House::new().await;
    let (ana, admin) = (house.member("ana").await, house.admin("root").await);
    for scope in [Scope::Ingest, Scope::Admin] {
        let refused = house.accounts.create_key(Some(ana.id), key(&[Scope::Search, scope])).await;
        assert_refused!(refused, AccountError::Forbidden(_));
        house.accounts.create_key(Some(admin.id), key(&[scope])).await.unwrap();
    }
    let (made, secret) = house.accounts.create_key(Some(ana.id), key(&[Scope::Search])).await.unwrap();
    assert!(secret.expose().starts_with("ctk_") && secret.expose().starts_with(&made.prefix));
    let identity = house.accounts.authenticate(secret.expose()).await.unwrap();
    assert_eq!((identity.user(), identity.via(), identity.person()), (Some(&ana), Some("key"), None));
    assert!(identity.allows(Scope::Search) && !identity.allows(Scope::Ingest) && !identity.is_admin());
    assert_eq!(house.accounts.keys(Some(ana.id), None, 0).await.unwrap().items.len(), 1);
    assert_eq!(house.accounts.keys(None, None, 0).await.unwrap().items.len(), 3);
}

#[tokio::test]
async fn scopes_and_collections_limit_a_key() {
    let house = House::new().await;
    let new = NewKey { collections: Some(BTreeSet::from(["songs".into()])), ..key(&[Scope::Admin]) };
    let (_, limited) = house.accounts.create_key(None, new).await.unwrap();
    let limited = house.accounts.authenticate(limited.expose()).await.unwrap();
    assert!(limited.allows(Scope::Ingest), "admin implies all");
    assert!(limited.allows_collection("songs") && !limited.allows_collection("fashion"));
    assert!(!limited.is_admin(), "who is limited to a collection does not administer the installation");
    let (_, ingest) = house.accounts.create_key(None, key(&[Scope::Ingest])).await.unwrap();
    let ingest = house.accounts.authenticate(ingest.expose()).await.unwrap();
    assert!(ingest.allows(Scope::Ingest) && !ingest.allows(Scope::Search) && !ingest.allows(Scope::Admin));
    assert!(ingest.user().is_none());
}

#[tokio::test]
async fn a_key_opens_no_more_than_its_user_may() {
    let house = House::new().await;
    let (root, ana) = (house.admin("root").await, house.admin("ana").await);
    let (_, secret) = house.accounts.create_key(Some(ana.id), key(&[Scope::Admin])).await.unwrap();
    let secret = secret.expose();
    assert!(house.accounts.authenticate(secret).await.unwrap().is_admin());
    house.accounts.set_role(ana.id, Role::Member).await.unwrap();
    let demoted = house.accounts.authenticate(secret).await.unwrap();
    assert!(!demoted.is_admin() && !demoted.allows(Scope::Ingest) && demoted.allows(Scope::Search));
    house.accounts.suspend(ana.id).await.unwrap();
    assert_refused!(house.accounts.authenticate(secret).await, AccountError::Suspended);
    house.accounts.reinstate(ana.id).await.unwrap();
    house.accounts.authenticate(secret).await.unwrap();
    house.accounts.remove(ana.id).await.unwrap();
    assert_refused!(house.accounts.authenticate(secret).await, AccountError::Unauthenticated);
    assert_eq!(house.accounts.user(root.id).await.unwrap(), Some(root));
}

#[tokio::test]
async fn keys_expire_and_are_revoked() {
    let house = House::new().await;
    let (ana, bob) = (house.member("ana").await, house.member("bob").await);
    let ends = DateTime::from_timestamp_millis(house.now() + DAY);
    let new = NewKey { expires_at: ends, ..key(&[Scope::Search]) };
    let (_, brief) = house.accounts.create_key(Some(ana.id), new).await.unwrap();
    let (long, secret) = house.accounts.create_key(Some(ana.id), key(&[Scope::Search])).await.unwrap();
    house.advance(DAY - 1);
    house.accounts.authenticate(brief.expose()).await.unwrap();
    house.advance(1);
    assert_refused!(house.accounts.authenticate(brief.expose()).await, AccountError::Unauthenticated);
    house.accounts.authenticate(secret.expose()).await.unwrap();
    assert_refused!(house.accounts.revoke_key(Some(bob.id), &long.id).await, AccountError::UnknownKey(_));
    house.accounts.revoke_key(Some(ana.id), &long.id).await.unwrap();
    assert_refused!(house.accounts.authenticate(secret.expose()).await, AccountError::Unauthenticated);
    assert_refused!(house.accounts.revoke_key(None, &long.id).await, AccountError::UnknownKey(_));
}

#[tokio::test]
async fn the_last_use_is_written_once_a_minute() {
    let house = House::new().await;
    let (_, secret) = house.accounts.create_key(None, key(&[Scope::Search])).await.unwrap();
    let other = house.second().await;
    let stored = async || {
        let last = other.keys(None, None, 0).await.unwrap().items[0].last_used_at;
        last.map(|at| at.timestamp_millis())
    };
    let mut seen = Vec::new();
    for step in [0, 30_000, 29_999, 1] {
        house.advance(step);
        house.accounts.authenticate(secret.expose()).await.unwrap();
        house.accounts.tidy().await.unwrap();
        seen.push(stored().await.unwrap());
    }
    let begun = house.now() - 60_000;
    // At the last step the identity is still believed from a millisecond before.
    assert_eq!(seen, [begun; 4]);
    house.advance(5_000);
    house.accounts.authenticate(secret.expose()).await.unwrap();
    house.accounts.tidy().await.unwrap();
    assert_eq!(stored().await, Some(house.now()));
}

#[tokio::test]
async fn wrong_keys_are_refused_by_field() {
    let house = House::new().await;
    let past = DateTime::from_timestamp_millis(house.now());
    let wrong = [
        ("name", NewKey { name: " ".into(), ..key(&[Scope::Search]) }),
        ("name", NewKey { name: "x".repeat(101), ..key(&[Scope::Search]) }),
        ("name", NewKey { name: "a\0b".into(), ..key(&[Scope::Search]) }),
        ("scopes", key(&[])),
        ("collections", NewKey { collections: Some(BTreeSet::new()), ..key(&[Scope::Search]) }),
        ("expires_at", NewKey { expires_at: past, ..key(&[Scope::Search]) }),
    ];
    for (expected, new) in wrong {
        match house.accounts.create_key(None, new).await {
            Err(AccountError::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{other:?}"),
        }
    }
    let (_, secret) = house.accounts.create_key(None, key(&[Scope::Search])).await.unwrap();
    let identity = house.accounts.authenticate(secret.expose()).await.unwrap();
    assert!(matches!(identity, Identity::Key { user: None, .. }));
}

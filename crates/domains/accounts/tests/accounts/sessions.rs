use catalejo_accounts::{AccountError, Client, Identity};

use crate::support::{DAY, HOUR, House, PASSWORD, assert_refused};

#[tokio::test]
async fn a_session_from_login_to_logout() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    let client = Client { address: "192.0.2.7".into(), agent: "browser ".repeat(100) };
    let login = house.accounts.login("ANA", PASSWORD, &client).await.unwrap();
    let token = login.token.expose();
    assert!(token.starts_with("cts_") && token.len() == 4 + 43, "{}", token.len());
    assert_eq!(login.user, ana);
    let identity = house.accounts.authenticate(token).await.unwrap();
    assert_eq!(identity, Identity::Session { user: ana.clone(), session: login.session.id.clone() });
    assert_eq!((identity.via(), identity.person()), (Some("session"), Some(&ana)));
    let sessions = house.accounts.sessions(ana.id).await.unwrap();
    assert_eq!(sessions, std::slice::from_ref(&login.session));
    assert_eq!((sessions[0].address.as_str(), sessions[0].agent.chars().count()), ("192.0.2.7", 256));
    house.accounts.logout(token).await.unwrap();
    // Replayed at once, while it was believed a moment ago.
    assert_refused!(house.accounts.authenticate(token).await, AccountError::Unauthenticated);
    house.accounts.logout(token).await.unwrap();
    assert!(house.accounts.sessions(ana.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let house = House::new().await;
    house.member("ana").await;
    let token = house.login("ana").await.token;
    let other = format!("{}A", &token.expose()[..token.expose().len() - 1]);
    let hash = blake3::hash(token.expose().as_bytes()).to_hex().to_string();
    for forged in
        ["", "cts_", "ctk_", "ctu_x", &hash, &other, "a.b.c", "' OR 1=1 --", "\0", &"x".repeat(10_000_000)]
    {
        if forged != token.expose() {
            assert_refused!(house.accounts.authenticate(forged).await, AccountError::Unauthenticated);
        }
    }
}

#[tokio::test]
async fn users_end_their_own_sessions_only() {
    let house = House::new().await;
    let (ana, bob) = (house.member("ana").await, house.member("bob").await);
    let (one, two, three) = (house.login("ana").await, house.login("ana").await, house.login("ana").await);
    let accounts = &house.accounts;
    let foreign = accounts.revoke_session(bob.id, &one.session.id).await;
    assert_refused!(foreign, AccountError::UnknownSession(_));
    accounts.authenticate(one.token.expose()).await.unwrap();
    accounts.revoke_session(ana.id, &one.session.id).await.unwrap();
    assert_refused!(accounts.authenticate(one.token.expose()).await, AccountError::Unauthenticated);
    assert_eq!(accounts.revoke_other_sessions(ana.id, Some(&two.session.id)).await.unwrap(), 1);
    accounts.authenticate(two.token.expose()).await.unwrap();
    assert_refused!(accounts.authenticate(three.token.expose()).await, AccountError::Unauthenticated);
}

#[tokio::test]
async fn a_session_ends_after_30_days_without_use() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    let (used, unused) = (house.login("ana").await, house.login("ana").await);
    for _ in 0..3 {
        house.advance(29 * DAY);
        house.accounts.authenticate(used.token.expose()).await.unwrap();
        house.accounts.tidy().await.unwrap();
    }
    assert_refused!(house.accounts.authenticate(unused.token.expose()).await, AccountError::Unauthenticated);
    assert_eq!(house.accounts.sessions(ana.id).await.unwrap().len(), 1);
    house.advance(30 * DAY - 1);
    house.accounts.authenticate(used.token.expose()).await.unwrap();
    // A session that ends within the moment in which it is believed, ends then.
    let begun = house.login("ana").await;
    house.advance(30 * DAY - 1);
    house.accounts.authenticate(begun.token.expose()).await.unwrap();
    house.advance(1);
    assert_refused!(house.accounts.authenticate(begun.token.expose()).await, AccountError::Unauthenticated);
}

#[tokio::test]
async fn expired_sessions_are_removed() {
    let house = House::new().await;
    house.member("ana").await;
    house.login("ana").await;
    house.advance(10 * DAY);
    house.login("ana").await;
    assert_eq!(house.accounts.tidy().await.unwrap(), 0);
    house.advance(20 * DAY);
    assert_eq!(house.accounts.tidy().await.unwrap(), 1);
    assert_eq!(house.accounts.tidy().await.unwrap(), 0);
}

#[tokio::test]
async fn uses_are_written_once_an_hour() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    let begun = house.now();
    let login = house.login("ana").await;
    let stored = async || {
        let sessions = house.second().await.sessions(ana.id).await.unwrap();
        (sessions[0].last_used_at.timestamp_millis(), sessions[0].expires_at.timestamp_millis())
    };
    house.advance(HOUR - 1);
    house.accounts.authenticate(login.token.expose()).await.unwrap();
    house.accounts.tidy().await.unwrap();
    assert_eq!(stored().await, (begun, begun + 30 * DAY), "an hour has not passed");
    house.advance(6_000);
    let used = house.now();
    house.accounts.authenticate(login.token.expose()).await.unwrap();
    // This process knows at once, the store when it was tidied.
    let here = house.accounts.sessions(ana.id).await.unwrap();
    assert_eq!(here[0].last_used_at.timestamp_millis(), used);
    assert_eq!(stored().await.0, begun);
    house.accounts.tidy().await.unwrap();
    assert_eq!(stored().await, (used, used + 30 * DAY));
}

#[tokio::test]
async fn another_process_sees_a_revocation_within_five_seconds() {
    let house = House::new().await;
    house.member("ana").await;
    let login = house.login("ana").await;
    let other = house.second().await;
    other.authenticate(login.token.expose()).await.unwrap();
    house.accounts.logout(login.token.expose()).await.unwrap();
    house.advance(4_999);
    other.authenticate(login.token.expose()).await.unwrap();
    house.advance(1);
    assert_refused!(other.authenticate(login.token.expose()).await, AccountError::Unauthenticated);
}

#[tokio::test]
async fn one_user_has_a_hundred_sessions_at_most() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    let first = house.accounts.start_session(ana.id, &Client::default()).await.unwrap();
    house.advance(1);
    for _ in 0..100 {
        house.accounts.start_session(ana.id, &Client::default()).await.unwrap();
    }
    assert_eq!(house.accounts.sessions(ana.id).await.unwrap().len(), 100);
    assert_refused!(house.accounts.authenticate(first.token.expose()).await, AccountError::Unauthenticated);
}

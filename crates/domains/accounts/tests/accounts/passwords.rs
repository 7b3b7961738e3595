use std::time::{Duration, Instant};

use catalejo_accounts::{AccountError, Client, NewUser, Role};
use futures::future::join_all;
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{House, PASSWORD, assert_refused};

#[tokio::test]
async fn any_characters_from_8_to_256() {
    let house = House::new().await;
    let accounts = &house.accounts;
    let client = Client::default();
    let long = "ñ".repeat(256);
    let widest = "😀".repeat(256);
    let odd = ["12345678", "with\0NUL bytes\0", "  spaces  ", "'; DROP TABLE users; --", &long, &widest];
    for (n, password) in odd.into_iter().enumerate() {
        let name = format!("user-{n}");
        accounts.register(&name, password).await.unwrap();
        accounts.login(&name, password, &client).await.unwrap();
        // Nothing is cut off or trimmed.
        let mut other = password.to_owned();
        other.pop();
        assert_refused!(accounts.login(&name, &other, &client).await, AccountError::WrongCredentials);
    }
    assert_refused!(accounts.login("user-1", "with", &client).await, AccountError::WrongCredentials);
    for wrong in ["", "1234567", &"x".repeat(257), &"x".repeat(1025), &"x".repeat(10_000_000)] {
        assert_refused!(
            accounts.register("ana", wrong).await,
            AccountError::Invalid { field: "password", .. }
        );
        assert_refused!(accounts.login("user-0", wrong, &client).await, AccountError::WrongCredentials);
    }
    // A letter that one keyboard composes and another does not.
    accounts.register("composed", "contrase\u{f1}a").await.unwrap();
    accounts.login("composed", "contrasen\u{303}a", &client).await.unwrap();
}

#[tokio::test]
async fn the_store_holds_no_password_and_no_token() {
    let house = House::new().await;
    house.member("ana").await;
    let token = house.login("ana").await.token;
    let db = house.store.db();
    let query = "SELECT hash FROM passwords";
    let row =
        db.query_one_raw(Statement::from_string(db.get_database_backend(), query)).await.unwrap().unwrap();
    let hash: String = row.try_get("", "hash").unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let copy = house.folder.path().join("copy.sqlite");
    house.store.snapshot(&copy).await.unwrap();
    let bytes = std::fs::read(copy).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds(&hash) && !holds(PASSWORD) && !holds(token.expose()));
    assert!(!format!("{token:?}").contains(token.expose()));
}

#[tokio::test]
async fn unknown_names_are_answered_like_wrong_passwords() {
    let house = House::new().await;
    house.member("ana").await;
    let demo = NewUser { name: "demo".into(), password: None, role: Role::Member, demo: true };
    house.accounts.create_user(demo).await.unwrap();
    let attempt = async |name: &str| {
        let begun = Instant::now();
        let refused = house.accounts.login(name, "wrong password", &Client::default()).await;
        assert_refused!(refused, AccountError::WrongCredentials);
        begun.elapsed()
    };
    let long = "x".repeat(100_000);
    let names = ["ana", "nobody", "demo", "", "x' OR '1'='1", "a\0b", &long];
    let mut fastest = [Duration::MAX; 7];
    // In turn, so that whatever else the machine does hits all of them.
    for _ in 0..5 {
        for (name, fastest) in names.iter().zip(&mut fastest) {
            *fastest = attempt(name).await.min(*fastest);
        }
    }
    for (name, took) in names.iter().zip(fastest) {
        // Without the dummy it would be a fiftieth.
        assert!(took > fastest[0] / 4, "{name:.20}: {took:?}, a known name {:?}", fastest[0]);
    }
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    let (here, there) = (house.login("ana").await, house.login("ana").await);
    let accounts = &house.accounts;
    for login in [&here, &there] {
        accounts.authenticate(login.token.expose()).await.unwrap();
    }
    let keep = Some(here.session.id.as_str());
    let wrong = accounts.change_password(ana.id, "wrong password", "new password", keep).await;
    assert_refused!(wrong, AccountError::WrongPassword);
    let short = accounts.change_password(ana.id, PASSWORD, "new", keep).await;
    assert_refused!(short, AccountError::Invalid { .. });
    accounts.change_password(ana.id, PASSWORD, "new password", keep).await.unwrap();
    accounts.authenticate(here.token.expose()).await.unwrap();
    assert_refused!(accounts.authenticate(there.token.expose()).await, AccountError::Unauthenticated);
    let client = Client::default();
    assert_refused!(accounts.login("ana", PASSWORD, &client).await, AccountError::WrongCredentials);
    accounts.login("ana", "new password", &client).await.unwrap();
    accounts.reset_password(ana.id, "forgotten, so another").await.unwrap();
    assert_refused!(accounts.authenticate(here.token.expose()).await, AccountError::Unauthenticated);
    accounts.login("ana", "forgotten, so another", &client).await.unwrap();
}

#[tokio::test]
async fn of_two_who_change_a_password_at_once_one_succeeds() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    let accounts = &house.accounts;
    let (one, other) = futures::join!(
        accounts.change_password(ana.id, PASSWORD, "password one", None),
        accounts.change_password(ana.id, PASSWORD, "password two", None)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let now = if one.is_ok() { "password one" } else { "password two" };
    accounts.login("ana", now, &Client::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_logins_is_bounded() {
    let house = House::new().await;
    house.member("ana").await;
    let token = house.login("ana").await.token;
    let client = Client::default();
    let storm = join_all((0..150).map(|_| house.accounts.login("ana", PASSWORD, &client)));
    let others = async {
        // While the storm lasts, sessions are checked without waiting for it.
        let begun = Instant::now();
        house.accounts.authenticate(token.expose()).await.unwrap();
        begun.elapsed()
    };
    let begun = Instant::now();
    let (outcomes, waited) = futures::join!(storm, others);
    let lasted = begun.elapsed();
    let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(AccountError::Busy { .. }))).count();
    let served = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(busy + served, 150);
    let turns = std::thread::available_parallelism().unwrap().get().saturating_sub(1).max(1);
    assert!(served >= 64 + turns && busy > 0, "{served} served, {busy} sent away");
    assert!(waited < lasted / 4, "a session check took {waited:?} of {lasted:?}");
    // Afterwards there is room again.
    house.login("ana").await;
}

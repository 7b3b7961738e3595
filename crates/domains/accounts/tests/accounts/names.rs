use std::collections::BTreeSet;

use catalejo_accounts::AccountError;
use futures::future::join_all;

use crate::support::{House, PASSWORD, assert_refused};

#[tokio::test]
async fn a_name_is_found_however_it_is_spelt() {
    let house = House::new().await;
    let ana = house.member("Ana-María").await;
    for spelling in ["Ana-María", "ana-maría", "ANA-MARI\u{301}A", " ana-maríа "] {
        assert_eq!(house.accounts.by_name(spelling).await.unwrap(), ana, "{spelling}");
    }
    assert_refused!(house.accounts.by_name("ana-maria").await, AccountError::UnknownUser(_));
    assert_refused!(house.accounts.by_name(&"x".repeat(10_000_000)).await, AccountError::UnknownUser(_));
    assert_eq!(house.accounts.user(ana.id).await.unwrap(), Some(ana));
    assert_eq!(house.accounts.user(99).await.unwrap(), None);
}

#[tokio::test]
async fn look_alikes_are_taken() {
    let house = House::new().await;
    house.member("paypal").await;
    for fake in ["paypal", "PAYPAL", "раураl", "paypaI", "PayPaI", "paypa1"] {
        let refused = house.accounts.register(fake, PASSWORD).await;
        assert_refused!(refused, AccountError::NameTaken(_));
    }
    house.member("paypals").await;
    // The other way round: a capital I was there first.
    house.member("Ian-x").await;
    assert_refused!(house.accounts.register("lan-x", PASSWORD).await, AccountError::NameTaken(_));
}

#[tokio::test]
async fn of_many_who_register_a_name_at_once_one_gets_it() {
    let house = House::new().await;
    let other = house.second().await;
    let spellings = ["carla", "CARLA", "сarla", "Carla", "carla", "cARLA", "саrlа", "CarlA"];
    let attempts = spellings.iter().enumerate().map(|(n, name)| {
        let accounts = if n % 2 == 0 { &house.accounts } else { &other };
        accounts.register(name, PASSWORD)
    });
    let outcomes = join_all(attempts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        assert_refused!(outcome, AccountError::NameTaken(_));
    }
    assert_eq!(house.accounts.users("", None, 0).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_rename_keeps_the_id_and_frees_the_old_name() {
    let house = House::new().await;
    let ana = house.member("ana").await;
    house.member("bob").await;
    let accounts = &house.accounts;
    assert_refused!(accounts.rename(ana.id, "wrong password", "eva").await, AccountError::WrongPassword);
    assert_refused!(accounts.rename(ana.id, PASSWORD, "Воb").await, AccountError::NameTaken(_));
    assert_refused!(accounts.rename(ana.id, PASSWORD, "e").await, AccountError::Invalid { .. });
    // Another spelling of one's own name is free.
    assert_eq!(accounts.rename(ana.id, PASSWORD, "ANA").await.unwrap().name, "ANA");
    let token = house.login("ana").await.token;
    let before = accounts.authenticate(token.expose()).await.unwrap();
    assert_eq!(before.user().unwrap().name, "ANA");
    let eva = accounts.rename(ana.id, PASSWORD, "eva").await.unwrap();
    assert_eq!((eva.id, eva.name.as_str()), (ana.id, "eva"));
    // The session goes on, under the new name, at once.
    let after = accounts.authenticate(token.expose()).await.unwrap();
    assert_eq!(after.user().unwrap().name, "eva");
    let new_ana = house.member("ana").await;
    assert_ne!(new_ana.id, ana.id);
}

#[tokio::test]
async fn of_two_who_rename_themselves_alike_one_succeeds() {
    let house = House::new().await;
    let (ana, bob) = (house.member("ana").await, house.member("bob").await);
    let accounts = &house.accounts;
    let outcomes = futures::join!(
        accounts.rename(ana.id, PASSWORD, "carla"),
        accounts.rename(bob.id, PASSWORD, "CARLA")
    );
    assert!(outcomes.0.is_ok() != outcomes.1.is_ok(), "{outcomes:?}");
}

#[tokio::test]
async fn a_rename_and_a_deletion_at_once_leave_no_trace() {
    let house = House::new().await;
    for n in 0..5 {
        let user = house.member(&format!("user-{n}")).await;
        let new_name = format!("renamed-{n}");
        let (renamed, deleted) = futures::join!(
            house.accounts.rename(user.id, PASSWORD, &new_name),
            house.accounts.delete(user.id, PASSWORD)
        );
        deleted.unwrap();
        if let Err(error) = renamed {
            assert!(
                matches!(error, AccountError::Unauthenticated | AccountError::WrongPassword),
                "{error:?}"
            );
        }
        assert_eq!(house.accounts.user(user.id).await.unwrap(), None);
        house.member(&new_name).await;
    }
}

#[tokio::test]
async fn names_are_resolved_in_bulk() {
    let house = House::new().await;
    let (ana, bob) = (house.member("ana").await, house.member("bob").await);
    // More than one statement can bind, most of them unknown, some twice.
    let ids = (-2000..2000).chain([ana.id, bob.id]);
    let names = house.accounts.names(ids).await.unwrap();
    assert_eq!(names.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from([ana.id, bob.id]));
    assert_eq!(names[&bob.id], bob);
}

#[tokio::test]
async fn users_are_listed_in_pages_and_by_how_their_names_begin() {
    let house = House::new().await;
    for name in ["Maria", "mario", "ma_rta", "romana", "МАРИЯ"] {
        house.member(name).await;
    }
    let names = async |query: &str| {
        let page = house.accounts.users(query, None, 0).await.unwrap();
        page.items.into_iter().map(|user| user.name).collect::<Vec<_>>()
    };
    assert_eq!(names("MAR").await, ["Maria", "mario"]);
    assert_eq!(names("ma_").await, ["ma_rta"], "an underscore is no wildcard");
    assert_eq!(names("%").await, [""; 0]);
    assert_eq!(names("мар").await, ["МАРИЯ"]);
    assert_eq!(names("r").await, ["romana"], "an m is no r, though it looks like r and n");
    let first = house.accounts.users("", None, 2).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let second = house.accounts.users("", first.next_cursor.as_deref(), 2).await.unwrap();
    let third = house.accounts.users("", second.next_cursor.as_deref(), 2).await.unwrap();
    assert_eq!((second.items.len(), third.items.len(), third.next_cursor), (2, 1, None));
    assert_refused!(house.accounts.users("", Some("x' OR 1=1"), 2).await, AccountError::InvalidCursor);
}

#[tokio::test]
async fn registration_can_be_closed() {
    let house = House::with(|options| options.registration_open = false).await;
    assert_refused!(house.accounts.register("ana", PASSWORD).await, AccountError::RegistrationClosed);
    house.admin("ana").await;
}

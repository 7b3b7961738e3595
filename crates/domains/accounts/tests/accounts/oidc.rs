use catalejo_accounts::{AccountError, Accounts, Client, Identity, OidcOptions, Options, Role, User};
use chrono::Utc;
use futures::future::join_all;
use ring::hmac;
use serde_json::{Value, json};

use crate::issuer::{AUDIENCE, Issuer, Signer, unsigned};
use crate::support::{HOUR, House, PASSWORD, assert_refused};

async fn house_of(issuer: &Issuer) -> House {
    House::with(|options| options.oidc = Some(issuer.options())).await
}

async fn user_of(accounts: &Accounts, token: &str) -> User {
    match accounts.authenticate(token).await.unwrap() {
        Identity::Oidc { user } => user,
        other => panic!("{other:?}"),
    }
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

#[tokio::test]
async fn tokens_of_each_algorithm_make_a_user_once() {
    let issuer = Issuer::start().await;
    let house = house_of(&issuer).await;
    let signers = [Signer::rsa(), Signer::ec(), Signer::ed()];
    let mut keys: Vec<Value> = signers.iter().map(|signer| signer.jwk(signer.algorithm())).collect();
    // A key of a kind that nobody here knows hides none of the others.
    keys.insert(0, json!({"kty": "LATTICE", "kid": "future", "use": "???"}));
    issuer.publish(keys);
    for signer in &signers {
        let id = signer.algorithm();
        let user = user_of(&house.accounts, &signer.token(id, &issuer.claims("7", "ana"))).await;
        assert_eq!((user.id, user.name.as_str(), user.role), (1, "ana", Role::Member), "{id}");
    }
    assert_eq!(issuer.fetches(), 1);
    let audiences = with(issuer.claims("7", "ana"), "aud", json!(["others", AUDIENCE]));
    user_of(&house.accounts, &signers[1].token("ES256", &audiences)).await;
    // Without a key's name the only one that fits is meant.
    let header = json!({"alg": "EdDSA"});
    user_of(&house.accounts, &signers[2].token_with(&header, &issuer.claims("7", "ana"))).await;
    assert_eq!(house.accounts.users("", None, 0).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn wrong_tokens_are_refused() {
    let issuer = Issuer::start().await;
    let house = house_of(&issuer).await;
    let (ed, ec, stranger) = (Signer::ed(), Signer::ec(), Signer::ed());
    issuer.publish(vec![ed.jwk("ed"), ec.jwk("ec")]);
    let claims = issuer.claims("7", "ana");
    let now = Utc::now().timestamp();
    let right = ed.token("ed", &claims);
    user_of(&house.accounts, &right).await;
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        ed.token("ed", &claims)
    };
    let changed = |name: &str, value: Value| ed.token("ed", &with(claims.clone(), name, value));
    let (message, signature) = right.rsplit_once('.').unwrap();
    let promoted = unsigned(&json!({"alg": "EdDSA", "kid": "ed"}), &with(claims.clone(), "sub", json!("1")));
    let unsecured = unsigned(&json!({"alg": "none", "kid": "ed"}), &claims);
    // The public key as a shared secret, a classic.
    let hs = unsigned(&json!({"alg": "HS256", "kid": "ed"}), &claims);
    let secret = hmac::Key::new(hmac::HMAC_SHA256, ed.jwk("ed")["x"].as_str().unwrap().as_bytes());
    let hs_signature = hmac::sign(&secret, hs.as_bytes());
    let forged_hs = format!("{hs}.{}", blake3::Hash::from_slice(hs_signature.as_ref()).unwrap().to_hex());
    let wrong = [
        ("another audience", changed("aud", json!("others"))),
        ("no audience", without("aud")),
        ("another issuer", changed("iss", json!("https://evil.example"))),
        ("no issuer", without("iss")),
        ("expired", changed("exp", json!(now - 31))),
        ("no expiry", without("exp")),
        ("an expiry in words", changed("exp", json!("tomorrow"))),
        ("not yet", changed("nbf", json!(now + 60))),
        ("no subject", without("sub")),
        ("an empty subject", changed("sub", json!(""))),
        ("signed by a stranger", stranger.token("ed", &claims)),
        ("signed for another key", ed.token("ec", &claims)),
        ("another algorithm than the key's", ec.token_with(&json!({"alg": "EdDSA", "kid": "ec"}), &claims)),
        ("changed claims", format!("{promoted}.{signature}")),
        ("no signature", format!("{message}.")),
        ("unsecured", format!("{unsecured}.")),
        ("a shared secret", forged_hs),
        ("cut off", right[..right.len() - 4].to_owned()),
        ("not a token", "a.b.c".to_owned()),
    ];
    for (why, token) in wrong {
        match house.accounts.authenticate(&token).await {
            Err(AccountError::Unauthenticated) => {}
            other => panic!("{why}: {other:?}"),
        }
    }
    assert_eq!(house.accounts.users("", None, 0).await.unwrap().items.len(), 1);
    // A few seconds between two clocks are forgiven.
    user_of(&house.accounts, &changed("exp", json!(now - 10))).await;
}

#[tokio::test]
async fn keys_rotate_and_are_asked_for_once_a_minute() {
    let issuer = Issuer::start().await;
    let house = house_of(&issuer).await;
    let (old, new) = (Signer::ed(), Signer::ec());
    issuer.publish(vec![old.jwk("old")]);
    let claims = issuer.claims("7", "ana");
    let (old_token, new_token) = (old.token("old", &claims), new.token("new", &claims));
    user_of(&house.accounts, &old_token).await;
    issuer.publish(vec![new.jwk("new")]);
    for n in 0..20 {
        let guessed = new.token(&format!("guess-{n}"), &claims);
        assert_refused!(house.accounts.authenticate(&guessed).await, AccountError::Unauthenticated);
    }
    assert_refused!(house.accounts.authenticate(&new_token).await, AccountError::Unauthenticated);
    assert_eq!(issuer.fetches(), 1, "whoever guesses does not make us ask");
    house.advance(60_000);
    let both = join_all((0..8).map(|_| user_of(&house.accounts, &new_token))).await;
    assert_eq!((both.len(), issuer.fetches()), (8, 2));
    // The old key was withdrawn.
    assert_refused!(house.accounts.authenticate(&old_token).await, AccountError::Unauthenticated);
    // Known keys are looked up again after an hour.
    house.advance(HOUR);
    user_of(&house.accounts, &new_token).await;
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test]
async fn while_the_issuer_is_down_known_keys_do() {
    let issuer = Issuer::start().await;
    let house = house_of(&issuer).await;
    let signer = Signer::ed();
    issuer.publish(vec![signer.jwk("1")]);
    issuer.break_down(true);
    let token = signer.token("1", &issuer.claims("7", "ana"));
    for _ in 0..2 {
        assert_refused!(house.accounts.authenticate(&token).await, AccountError::Issuer(_));
    }
    issuer.break_down(false);
    house.advance(5_000);
    user_of(&house.accounts, &token).await;
    issuer.break_down(true);
    house.advance(2 * HOUR);
    user_of(&house.accounts, &token).await;
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn a_name_that_is_taken_is_not_taken_over() {
    let issuer = Issuer::start().await;
    let house = house_of(&issuer).await;
    let signer = Signer::ed();
    issuer.publish(vec![signer.jwk("1")]);
    let local = house.admin("ana").await;
    let name_of = async |subject: &str, name: &str| {
        user_of(&house.accounts, &signer.token("1", &issuer.claims(subject, name))).await
    };
    let foreign = name_of("7", "Ana").await;
    assert_ne!(foreign.id, local.id);
    assert_eq!((foreign.name.as_str(), foreign.role), ("Ana-2", Role::Member));
    assert_eq!(name_of("8", "eva@example.org").await.name, "eva");
    assert_eq!(name_of("9", "<script>alert(1)</script>").await.name, "-script-alert-1---script");
    assert_eq!(name_of("10", "").await.name, "user");
    assert_eq!(name_of("11", "😀😀😀").await.name, "user-2");
    // The subject counts, whatever the issuer calls it later.
    assert_eq!(name_of("7", "renamed").await, foreign);
    // There is no password to log in with, and none may be set past the issuer.
    let refused = house.accounts.login("Ana-2", PASSWORD, &Client::default()).await;
    assert_refused!(refused, AccountError::WrongCredentials);
    let refused = house.accounts.change_password(foreign.id, "", PASSWORD, None).await;
    assert_refused!(refused, AccountError::Invalid { field: "password", .. });
    assert_eq!(house.accounts.rename(foreign.id, "", "ana.foreign").await.unwrap().id, foreign.id);
    house.accounts.delete(foreign.id, "").await.unwrap();
}

#[tokio::test]
async fn first_requests_at_once_make_one_user() {
    let issuer = Issuer::start().await;
    let house = house_of(&issuer).await;
    let signer = Signer::ed();
    issuer.publish(vec![signer.jwk("1")]);
    let tokens: Vec<String> =
        (0..8).map(|n| signer.token("1", &with(issuer.claims("7", "ana"), "jti", json!(n)))).collect();
    let users = join_all(tokens.iter().map(|token| user_of(&house.accounts, token))).await;
    assert!(users.iter().all(|user| user.id == users[0].id), "{users:?}");
    assert_eq!(house.accounts.users("", None, 0).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn the_issuer_decides_who_administers() {
    let issuer = Issuer::start().await;
    let admin_claim = Some("realm_access.roles=catalejo-admin".to_owned());
    let oidc = OidcOptions { admin_claim, ..issuer.options() };
    let house = House::with(|options| options.oidc = Some(oidc)).await;
    let signer = Signer::ed();
    issuer.publish(vec![signer.jwk("1")]);
    let token = |roles: Value| {
        signer.token("1", &with(issuer.claims("7", "ana"), "realm_access", json!({"roles": roles})))
    };
    let identity = async |roles| house.accounts.authenticate(&token(roles)).await.unwrap();
    assert!(!identity(json!(["catalejo-admins"])).await.is_admin());
    assert!(identity(json!(["other", "catalejo-admin"])).await.is_admin());
    assert!(house.accounts.has_admin().await.unwrap());
    // The claim is gone: the request may nothing, though the installation keeps its only administrator.
    assert!(!identity(json!([])).await.is_admin());
    assert!(house.accounts.has_admin().await.unwrap());
    house.admin("root").await;
    assert!(!identity(json!(["none"])).await.is_admin());
    let ana = house.accounts.by_name("ana").await.unwrap();
    assert_eq!(ana.role, Role::Member);
    house.accounts.suspend(ana.id).await.unwrap();
    let refused = house.accounts.authenticate(&token(json!(["catalejo-admin"]))).await;
    assert_refused!(refused, AccountError::Suspended);
}

#[tokio::test]
async fn a_wrong_issuer_is_refused() {
    let issuer = Issuer::start().await;
    let house = house_of(&issuer).await;
    let signer = Signer::ed();
    issuer.publish(vec![signer.jwk("1")]);
    issuer.call_itself("https://login.example");
    let token = signer.token("1", &issuer.claims("7", "ana"));
    assert_refused!(house.accounts.authenticate(&token).await, AccountError::Issuer(_));
    assert_eq!(issuer.fetches(), 0);
    let wrong = [
        OidcOptions { issuer: "http://login.example".into(), ..issuer.options() },
        OidcOptions { issuer: "login".into(), ..issuer.options() },
        OidcOptions { audience: String::new(), ..issuer.options() },
        OidcOptions { admin_claim: Some("admin".into()), ..issuer.options() },
    ];
    for oidc in wrong {
        let options = Options { oidc: Some(oidc), ..Options::default() };
        Accounts::open(house.store.clone(), options).await.unwrap_err();
    }
    // Without an issuer nobody comes in by one.
    let without = House::new().await;
    assert_refused!(without.accounts.authenticate(&token).await, AccountError::Unauthenticated);
}

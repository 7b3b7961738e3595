use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use catalejo_accounts::{Accounts, Client, Clock, Login, NewUser, Options, Role, User};
use catalejo_store::Store;
use chrono::Utc;
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse";
pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// An installation in a folder of its own, with a clock that only moves when told.
pub struct House {
    pub accounts: Accounts,
    pub store: Store,
    pub folder: TempDir,
    now: Arc<AtomicI64>,
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(Utc::now().timestamp_millis()));
        let mut options = Options { clock: clock(&now), ..Options::default() };
        change(&mut options);
        let store = open_store(folder.path()).await;
        let accounts = Accounts::open(store.clone(), options).await.unwrap();
        Self { accounts, store, folder, now }
    }

    /// The same folder as another process sees it, at the same time.
    pub async fn second(&self) -> Accounts {
        let options = Options { clock: clock(&self.now), ..Options::default() };
        Accounts::open(open_store(self.folder.path()).await, options).await.unwrap()
    }

    pub fn advance(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    pub async fn member(&self, name: &str) -> User {
        self.accounts.register(name, PASSWORD).await.unwrap()
    }

    pub async fn admin(&self, name: &str) -> User {
        let password = Some(PASSWORD.to_owned());
        let new = NewUser { name: name.to_owned(), password, role: Role::Admin, demo: false };
        self.accounts.create_user(new).await.unwrap()
    }

    pub async fn login(&self, name: &str) -> Login {
        self.accounts.login(name, PASSWORD, &Client::default()).await.unwrap()
    }
}

fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = Arc::clone(now);
    Clock::new(move || now.load(Ordering::SeqCst))
}

async fn open_store(folder: &Path) -> Store {
    Store::open(&"sqlite:".parse().unwrap(), folder).await.unwrap()
}

/// Asserts that a call failed in a certain way.
macro_rules! assert_refused {
    ($call:expr, $pattern:pat) => {
        match $call {
            Err(error) => assert!(matches!(error, $pattern), "{error:?}"),
            Ok(value) => panic!("expected a refusal, got {value:?}"),
        }
    };
}
pub(crate) use assert_refused;

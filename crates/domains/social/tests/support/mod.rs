//! A network over real embedded parts, with people in it.

#![allow(dead_code)]

use std::path::Path;
use std::sync::Arc;

use catalejo_accounts::entity::user;
use catalejo_accounts::{Accounts, UserId, folded, name_key};
use catalejo_index::Index;
use catalejo_social::{NewPrompt, Options, Prompt, Social};
use catalejo_store::Store;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, Statement};
use tempfile::TempDir;

pub struct Network {
    pub social: Social,
    pub store: Store,
    pub index: Arc<dyn Index>,
    pub data: TempDir,
}

impl Network {
    pub async fn open() -> Self {
        Self::reopen(tempfile::tempdir().unwrap()).await
    }

    pub async fn reopen(data: TempDir) -> Self {
        let (social, store, index) = parts(data.path()).await;
        Self { social, store, index, data }
    }

    pub async fn user(&self, name: &str) -> UserId {
        user_in(&self.store, name).await
    }

    pub async fn users<const N: usize>(&self, names: [&str; N]) -> [UserId; N] {
        let mut ids = [0; N];
        for (id, name) in ids.iter_mut().zip(names) {
            *id = self.user(name).await;
        }
        ids
    }

    pub async fn publish(&self, author: UserId, text: &str) -> Prompt {
        self.social.publish(author, new(text)).await.unwrap()
    }

    /// One number that a query answers.
    pub async fn number(&self, sql: &str) -> i64 {
        let db = self.store.db();
        let query = Statement::from_string(db.get_database_backend(), sql);
        db.query_one_raw(query).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// Counts are those of the likes there are, and nothing refers to what is gone.
    pub async fn assert_whole(&self) {
        let wrong = "SELECT COUNT(*) FROM prompts p WHERE likes <> (SELECT COUNT(*) FROM likes l WHERE l.prompt_id = p.id)";
        assert_eq!(self.number(wrong).await, 0, "counts that are wrong");
        for (table, column, target) in [
            ("prompts", "author_id", "users"),
            ("prompts", "original_id", "prompts"),
            ("likes", "user_id", "users"),
            ("likes", "prompt_id", "prompts"),
            ("likes", "republished_id", "prompts"),
            ("follows", "follower_id", "users"),
            ("follows", "followee_id", "users"),
            ("mutes", "user_id", "users"),
            ("mutes", "muted_id", "users"),
            ("blocks", "user_id", "users"),
            ("blocks", "blocked_id", "users"),
            ("reports", "reporter_id", "users"),
            ("reports", "person_id", "users"),
            ("reports", "prompt_id", "prompts"),
        ] {
            let orphans = format!(
                "SELECT COUNT(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {target})"
            );
            assert_eq!(self.number(&orphans).await, 0, "{table}.{column}");
        }
    }
}

pub async fn parts(data: &Path) -> (Social, Store, Arc<dyn Index>) {
    let store = Store::open(&"sqlite:".parse().unwrap(), data).await.unwrap();
    let index = catalejo_index::open(&"embedded:".parse().unwrap(), data).await.unwrap();
    let accounts = Accounts::open(store.clone(), catalejo_accounts::Options::default()).await.unwrap();
    let social = Social::open(store.clone(), index.clone(), accounts, Options::default()).await.unwrap();
    (social, store, index)
}

/// A row as registration makes it, without the hashing of a password.
pub async fn user_in(store: &Store, name: &str) -> UserId {
    let row = user::ActiveModel {
        name: Set(name.to_owned()),
        name_folded: Set(folded(name)),
        name_key: Set(name_key(name)),
        name_look: Set(name_key(name)),
        role: Set("member".to_owned()),
        demo: Set(false),
        created_at: Set(1_700_000_000_000),
        suspended_at: Set(None),
        subject: Set(None),
        ..Default::default()
    };
    let txn = store.begin().await.unwrap();
    let id = row.insert(&txn).await.unwrap().id;
    txn.commit().await.unwrap();
    id
}

pub fn new(text: &str) -> NewPrompt {
    NewPrompt { text: text.to_owned(), ..NewPrompt::default() }
}

pub fn texts(prompts: &[Prompt]) -> Vec<&str> {
    prompts.iter().map(|prompt| prompt.text.as_str()).collect()
}

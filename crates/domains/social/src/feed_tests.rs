use std::sync::Arc;

use catalejo_accounts::{Accounts, folded, name_key};
use catalejo_store::Store;
use sea_orm::sea_query::SqliteQueryBuilder;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    Statement,
};
use tempfile::TempDir;

use super::*;
use crate::Options;
use crate::entity::{follow, prompt};

struct Net {
    social: Social,
    _data: TempDir,
}

impl Net {
    /// People with the ids 1 to `people`; 1 follows the even ones up to `followed`.
    async fn open(people: i64, followed: i64) -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(&"sqlite:".parse().unwrap(), data.path()).await.unwrap();
        let index = catalejo_index::open(&"embedded:".parse().unwrap(), data.path()).await.unwrap();
        let accounts = Accounts::open(store.clone(), catalejo_accounts::Options::default()).await.unwrap();
        let social = Social::open(store, Arc::clone(&index), accounts, Options::default()).await.unwrap();
        let net = Self { social, _data: data };
        let txn = net.social.core.store.begin().await.unwrap();
        for id in 1..=people {
            let name = format!("person{id}");
            let row = catalejo_accounts::entity::user::ActiveModel {
                id: Set(id),
                name_folded: Set(folded(&name)),
                name_key: Set(name_key(&name)),
                name_look: Set(name_key(&name)),
                name: Set(name),
                role: Set("member".into()),
                demo: Set(false),
                created_at: Set(0),
                suspended_at: Set(None),
                subject: Set(None),
            };
            row.insert(&txn).await.unwrap();
            if id % 2 == 0 && id <= followed {
                let row = follow::ActiveModel {
                    follower_id: Set(1),
                    followee_id: Set(id),
                    at: Set(0),
                    ..Default::default()
                };
                row.insert(&txn).await.unwrap();
            }
        }
        txn.commit().await.unwrap();
        net
    }

    /// Prompts by these authors, one after the other; likes and age as told.
    async fn publish(&self, authors: &[i64], likes: impl Fn(usize) -> i64, at: i64) {
        let txn = self.social.core.store.begin().await.unwrap();
        for (n, author) in authors.iter().enumerate() {
            let mut row =
                crate::publish::fresh(*author, format!("prompt {n}"), "songs".into(), "text".into(), None);
            row.likes = Set(likes(n));
            row.created_at = Set(at);
            row.insert(&txn).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    async fn read(&self, sort: FeedSort, limit: usize) -> Vec<(i64, i64)> {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.social.feed(1, sort, cursor.as_deref(), limit).await.unwrap();
            assert!(page.items.len() <= limit);
            seen.extend(page.items.iter().map(|prompt| (prompt.likes, prompt.id)));
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return seen,
            }
        }
    }

    async fn plan(&self, select: &SelectStatement) -> Vec<String> {
        let sql = format!("EXPLAIN QUERY PLAN {}", select.to_string(SqliteQueryBuilder));
        let query = Statement::from_string(DbBackend::Sqlite, sql);
        let rows = self.social.core.store.db().query_all_raw(query).await.unwrap();
        rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
    }
}

/// Who published what, drawn so that some authors publish much in a row and others once.
fn drawn(prompts: u64, people: i64) -> Vec<i64> {
    let mut state = 7_u64;
    let mut authors = Vec::new();
    while (authors.len() as u64) < prompts {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let author = (state >> 33) as i64 % people + 1;
        let times = if author % 7 == 0 { 9 } else { 1 };
        authors.extend(std::iter::repeat_n(author, times));
    }
    authors
}

#[tokio::test]
async fn the_feed_is_what_the_plain_query_finds_page_by_page() {
    let net = Net::open(60, 40).await;
    let authors = drawn(600, 60);
    net.publish(&authors, |_| 0, now_ms()).await;
    let db = net.social.core.store.db();
    let plain = prompt::Entity::find()
        .filter(prompt::Column::AuthorId.is_in((2..=40).step_by(2).chain([1])))
        .order_by_desc(prompt::Column::Id)
        .all(db)
        .await
        .unwrap();
    let plain: Vec<(i64, i64)> = plain.iter().map(|row| (0, row.id)).collect();
    assert!(plain.len() > 150, "{}", plain.len());
    for limit in [1, 7, 20, 100] {
        assert_eq!(net.read(FeedSort::Newest, limit).await, plain, "limit {limit}");
    }
}

#[tokio::test]
async fn most_liked_this_week_leaves_out_what_is_older() {
    let net = Net::open(60, 40).await;
    let authors = drawn(300, 60);
    net.publish(&authors, |n| n as i64 % 11 + 100, now_ms() - WEEK_MS - 60_000).await;
    net.publish(&authors, |n| n as i64 % 11, now_ms()).await;
    let mut expected: Vec<(i64, i64)> = authors
        .iter()
        .enumerate()
        .filter(|(_, author)| **author == 1 || (**author % 2 == 0 && **author <= 40))
        .map(|(n, _)| (n as i64 % 11, (authors.len() + n) as i64 + 1))
        .collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    for limit in [7, 100] {
        assert_eq!(net.read(FeedSort::TopWeek, limit).await, expected, "limit {limit}");
    }
}

#[tokio::test]
async fn an_empty_feed_is_a_page() {
    let net = Net::open(3, 3).await;
    assert!(net.read(FeedSort::Newest, 20).await.is_empty());
    assert!(net.read(FeedSort::TopWeek, 20).await.is_empty());
    net.publish(&[3, 3], |_| 0, now_ms()).await;
    assert!(net.read(FeedSort::Newest, 20).await.is_empty());
}

/// Every look at `prompts` goes down an index to one author's rows, or to given ids; and nothing is sorted but one
/// newest id for each followed author, and the candidates of the page.
#[tokio::test]
async fn no_query_of_the_feed_scans_prompts_or_sorts_more_than_candidates() {
    let net = Net::open(60, 60).await;
    net.publish(&drawn(600, 60), |_| 0, now_ms()).await;

    let plan = net.plan(&newest_authors(1, i64::MAX, 21)).await;
    println!("authors: {plan:#?}");
    let of_prompts: Vec<&String> = plan.iter().filter(|line| line.contains(" p ")).collect();
    assert_eq!(of_prompts, ["SEARCH p USING COVERING INDEX prompts_by_author (author_id=? AND id<?)"]);
    assert!(!plan.iter().any(|line| scans(line)), "{plan:#?}");
    assert_eq!(sorts(&plan), 1, "one id for each followed author: {plan:#?}");

    let authors: Vec<Author> = (0..21).map(|n| Author { author: n + 1, newest: 600 - n }).collect();
    let plan = net.plan(&newest_prompts(&authors, 500, 21).unwrap()).await;
    println!("prompts: {plan:#?}");
    let of_prompts: Vec<&String> = plan.iter().filter(|line| line.contains(" p ")).collect();
    assert_eq!(of_prompts.len(), 21);
    for line in of_prompts {
        assert_eq!(line, "SEARCH p USING COVERING INDEX prompts_by_author (author_id=? AND id>? AND id<?)");
    }
    assert!(!plan.iter().any(|line| scans(line)), "{plan:#?}");
    // Twenty-one times at most twenty-one rows, each read in the order of its index.
    assert_eq!(sorts(&plan), 0, "{plan:#?}");

    let plan = net.plan(&view::select(&[1, 2, 3], Some(1))).await;
    println!("page: {plan:#?}");
    assert!(!plan.iter().any(|line| scans(line)) && sorts(&plan) == 0, "{plan:#?}");

    let plan = net.plan(&first_since(0)).await;
    assert_eq!(plan, ["SEARCH prompts USING COVERING INDEX prompts_by_time (created_at>?)"]);
    let mut week = since(1, 300);
    order(&mut week, Sort::Likes, None).unwrap().limit(21);
    let plan = net.plan(&week).await;
    println!("week: {plan:#?}");
    assert!(plan.contains(&"SEARCH p USING INDEX prompts_by_author (author_id=? AND id>?)".to_owned()));
    assert!(!plan.iter().any(|line| scans(line)), "{plan:#?}");
    assert_eq!(sorts(&plan), 1, "{plan:#?}");
}

/// Reading a whole table; not the rows that a subquery of the same statement answers.
fn scans(line: &str) -> bool {
    line.starts_with("SCAN")
        && !["SCAN a", "SCAN c", "SCAN n", "SCAN CONSTANT ROW"].contains(&line)
        && !line.starts_with("SCAN (")
}

fn sorts(plan: &[String]) -> usize {
    plan.iter().filter(|line| line.contains("TEMP B-TREE")).count()
}

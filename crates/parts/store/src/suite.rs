//! The store's contract as tests over it, for every database. Each part creates tables of its own set.

mod notes;

use std::time::Duration;

use catalejo_port::ErrorKind;
use chrono::{TimeZone, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;

use crate::{Store, StoreError, store_error};
use notes::note;

/// Runs the whole suite on a store that no other test uses.
pub async fn all(store: &Store) {
    store.ping().await.unwrap();
    migrations_are_applied_once(store).await;
    migrations_at_once_are_applied_once(store).await;
    a_newer_store_is_refused(store).await;
    a_failed_migration_leaves_nothing(store).await;
    every_type_comes_back_as_it_went(store).await;
    an_upsert_inserts_or_updates(store).await;
    a_taken_key_is_already_exists(store).await;
    a_missing_parent_is_a_conflict(store).await;
    an_error_rolls_back(store).await;
    a_dropped_transaction_rolls_back(store).await;
    reading_connections_do_not_write(store).await;
    readers_see_only_what_is_committed(store).await;
    concurrent_counters_add_up(store).await;
    pages_by_cursor_cover_everything_once(store).await;
}

fn note(id: i64) -> note::ActiveModel {
    note::ActiveModel {
        id: Set(id),
        text: Set(format!("nota {id}")),
        data: Set(json!({ "n": id })),
        count: Set(0),
        score: Set(0.5),
        done: Set(false),
        parent: Set(None),
        at: Set(Utc.with_ymd_and_hms(2024, 2, 29, 23, 59, 58).single().expect("the date exists")),
    }
}

/// A store with the suite's table, empty.
async fn prepared(store: &Store) {
    store.migrate("suite", notes::migrations()).await.unwrap();
    let txn = store.begin().await.unwrap();
    note::Entity::delete_many().filter(note::Column::Parent.is_not_null()).exec(&txn).await.unwrap();
    note::Entity::delete_many().exec(&txn).await.unwrap();
    txn.commit().await.unwrap();
}

async fn count(store: &Store) -> u64 {
    note::Entity::find().count(store.db()).await.unwrap()
}

/// Applying the same set again changes nothing; a longer set applies what is new; sets do not meet.
pub async fn migrations_are_applied_once(store: &Store) {
    for set in ["twice", "twice_too"] {
        store.migrate(set, vec![notes::counting(set, 1)]).await.unwrap();
        store.migrate(set, vec![notes::counting(set, 1)]).await.unwrap();
        assert_eq!(notes::applied(store, set).await, [1]);
        store.migrate(set, vec![notes::counting(set, 1), notes::counting(set, 2)]).await.unwrap();
        assert_eq!(notes::applied(store, set).await, [1, 2]);
    }
}

/// Many that start together apply each migration once, and all return with the tables there.
pub async fn migrations_at_once_are_applied_once(store: &Store) {
    let starts = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .migrate("at_once", vec![notes::counting("at_once", 1), notes::counting("at_once", 2)])
                .await
                .unwrap();
            assert_eq!(notes::applied(&store, "at_once").await, [1, 2]);
        })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap();
    }
}

/// Tables that a newer version changed are not touched, and the error names the migration.
pub async fn a_newer_store_is_refused(store: &Store) {
    store.migrate("newer", vec![notes::counting("newer", 1), notes::counting("newer", 2)]).await.unwrap();
    let error = store.migrate("newer", vec![notes::counting("newer", 1)]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("newer version (migration `newer_2`)"), "{error}");
}

/// A set is applied whole or not at all.
pub async fn a_failed_migration_leaves_nothing(store: &Store) {
    let broken = vec![notes::counting("broken", 1), notes::failing()];
    assert!(store.migrate("broken", broken).await.is_err());
    store.migrate("broken", vec![notes::counting("broken", 1)]).await.unwrap();
    assert_eq!(notes::applied(store, "broken").await, [1]);
}

/// Text of any script, JSON, times to the second in UTC, numbers and booleans.
pub async fn every_type_comes_back_as_it_went(store: &Store) {
    prepared(store).await;
    let mut row = note(i64::MAX);
    row.text = Set("¿qué? 🎵 'quoted' \"twice\" \\ % _ \n".into());
    row.data = Set(json!({ "z": [1, 2.5, null, true], "a": { "clave": "ñ" } }));
    row.score = Set(0.1 + 0.2);
    row.done = Set(true);
    let txn = store.begin().await.unwrap();
    let written = row.insert(&txn).await.unwrap();
    txn.commit().await.unwrap();
    let read = note::Entity::find_by_id(i64::MAX).one(store.db()).await.unwrap().unwrap();
    assert_eq!(read, written);
    assert_eq!(read.data, json!({ "z": [1, 2.5, null, true], "a": { "clave": "ñ" } }));
    assert_eq!((read.at.to_rfc3339().as_str(), read.score), ("2024-02-29T23:59:58+00:00", 0.1 + 0.2));
    let by_time =
        note::Entity::find().filter(note::Column::At.lt(Utc::now())).count(store.db()).await.unwrap();
    assert_eq!(by_time, 1);
}

/// One statement inserts a new row or updates a known one.
pub async fn an_upsert_inserts_or_updates(store: &Store) {
    prepared(store).await;
    for (count, text) in [(1, "new"), (2, "updated")] {
        let row = note::ActiveModel { text: Set(text.into()), count: Set(count), ..note(1) };
        let upsert = note::Entity::insert(row).on_conflict(
            OnConflict::column(note::Column::Id)
                .update_columns([note::Column::Text, note::Column::Count])
                .to_owned(),
        );
        let txn = store.begin().await.unwrap();
        upsert.exec_without_returning(&txn).await.unwrap();
        txn.commit().await.unwrap();
    }
    let row = note::Entity::find_by_id(1).one(store.db()).await.unwrap().unwrap();
    assert_eq!((row.text.as_str(), row.count), ("updated", 2));
    assert_eq!(count(store).await, 1);
}

/// A taken unique key is told from other failures.
pub async fn a_taken_key_is_already_exists(store: &Store) {
    prepared(store).await;
    let insert = || store.write(|txn| Box::pin(async move { Ok(note(1).insert(txn).await?) }));
    insert().await.unwrap();
    assert_eq!(insert().await.unwrap_err().kind(), ErrorKind::AlreadyExists);
}

/// Foreign keys are checked.
pub async fn a_missing_parent_is_a_conflict(store: &Store) {
    prepared(store).await;
    let row = note::ActiveModel { parent: Set(Some(404)), ..note(1) };
    let txn = store.begin().await.unwrap();
    assert_eq!(store_error(row.insert(&txn).await.unwrap_err()).kind(), ErrorKind::Conflict);
}

/// An error in the middle of a transaction undoes its beginning, whoever raised it.
pub async fn an_error_rolls_back(store: &Store) {
    prepared(store).await;
    let error = store
        .write(|txn| {
            Box::pin(async move {
                note(1).insert(txn).await?;
                Err::<(), _>(StoreError::from(catalejo_port::PortError::conflict("no")))
            })
        })
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Conflict, "no"));
    let twice = store.write(|txn| {
        Box::pin(async move {
            note(1).insert(txn).await?;
            Ok(note(1).insert(txn).await?)
        })
    });
    assert!(twice.await.is_err());
    assert_eq!(count(store).await, 0);
}

/// What is not committed never was.
pub async fn a_dropped_transaction_rolls_back(store: &Store) {
    prepared(store).await;
    let txn = store.begin().await.unwrap();
    note(1).insert(&txn).await.unwrap();
    drop(txn);
    store.write(|txn| Box::pin(async move { Ok(note(2).insert(txn).await?) })).await.unwrap();
    assert_eq!(count(store).await, 1);
}

/// A write that was meant for a transaction is noticed at once, not under load.
pub async fn reading_connections_do_not_write(store: &Store) {
    prepared(store).await;
    let error = store_error(note(1).insert(store.db()).await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(count(store).await, 0);
}

/// Readers neither wait for a writer nor see what it has not committed.
pub async fn readers_see_only_what_is_committed(store: &Store) {
    prepared(store).await;
    let txn = store.begin().await.unwrap();
    note(1).insert(&txn).await.unwrap();
    let seen = tokio::time::timeout(Duration::from_secs(10), count(store)).await.unwrap();
    assert_eq!(seen, 0);
    txn.commit().await.unwrap();
    assert_eq!(count(store).await, 1);
}

/// 50 writers that read, think and write lose no change, and none is turned away.
pub async fn concurrent_counters_add_up(store: &Store) {
    prepared(store).await;
    store.write(|txn| Box::pin(async move { Ok(note(1).insert(txn).await?) })).await.unwrap();
    let writers = (0..50).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                let raise = store.write(|txn| {
                    Box::pin(async move {
                        let row = note::Entity::find_by_id(1).one(txn).await?.expect("it was inserted");
                        tokio::task::yield_now().await;
                        let mut changed: note::ActiveModel = row.clone().into();
                        changed.count = Set(row.count + 1);
                        changed.update(txn).await?;
                        Ok(())
                    })
                });
                raise.await.unwrap();
                note::Entity::find_by_id(1).one(store.db()).await.unwrap().unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let row = note::Entity::find_by_id(1).one(store.db()).await.unwrap().unwrap();
    assert_eq!(row.count, 500);
}

/// Following a cursor meets every row once, also while rows are added behind it.
pub async fn pages_by_cursor_cover_everything_once(store: &Store) {
    prepared(store).await;
    let txn = store.begin().await.unwrap();
    note::Entity::insert_many((1..=25).map(|id| note(id * 2))).exec_without_returning(&txn).await.unwrap();
    txn.commit().await.unwrap();
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = note::Entity::find()
            .filter(Expr::col(note::Column::Id).gt(after))
            .order_by_asc(note::Column::Id)
            .limit(10)
            .all(store.db())
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = last.id;
        seen.extend(page.iter().map(|row| row.id));
        // What is added behind the cursor is not met, and moves nothing.
        let early = -(seen.len() as i64);
        store.write(move |txn| Box::pin(async move { Ok(note(early).insert(txn).await?) })).await.unwrap();
    }
    assert_eq!(seen, (1..=25).map(|id| id * 2).collect::<Vec<_>>());
}

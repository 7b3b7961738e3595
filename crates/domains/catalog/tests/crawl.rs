//! Crawling: what is new or changed is published once, what cannot be read is buried with its reason.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use catalejo_catalog::{CatalogError, NewSource, RejectionQuery};
use catalejo_runs::{Run, RunKind, RunQuery, RunState};
use support::{House, folder, points, write};

fn source(data: &Path, schedule: &str) -> NewSource {
    NewSource {
        name: "folder".into(),
        url: format!("file:{}/in", data.display()),
        pattern: "spotify/**/part-*.csv".into(),
        format: Default::default(),
        collection: "points".into(),
        schedule: schedule.into(),
        enabled: true,
    }
}

async fn crawl(house: &House) -> Run {
    let run = house.catalog.sources().crawl("folder", false).await.unwrap();
    let run = house.finished(&run).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    run
}

async fn ingests(house: &House) -> Vec<Run> {
    let query = RunQuery { kind: Some(RunKind::Ingest), limit: 500, ..RunQuery::default() };
    let mut runs = Vec::new();
    for run in house.catalog.runs().list(&query).await.unwrap().items {
        runs.push(house.finished(&run.id).await);
    }
    runs
}

fn row(id: &str, name: &str) -> String {
    format!("id,name,vector\n{id},{name},\"[1,2,3,4]\"\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn new_and_changed_files_are_published_once() {
    let data = folder();
    let house = House::open(data.path()).await.ingest().crawler();
    house.catalog.collections().put(points()).await.unwrap();
    let folder = data.path().join("in");
    for n in 0..30 {
        write(&folder, &format!("spotify/2024/part-{n:05}.csv"), row(&format!("p{n}"), "first"));
    }
    write(&folder, "spotify/other.csv", row("other", "not asked for"));
    house.catalog.sources().put(source(data.path(), "manual")).await.unwrap();

    let first = crawl(&house).await;
    assert_eq!((first.counts.get("new"), first.counts.get("published")), (30, 30));
    assert_eq!(ingests(&house).await.len(), 30);
    assert_eq!(house.items("points").await, 30);

    let second = crawl(&house).await;
    assert_eq!((second.counts.get("unchanged"), second.counts.get("published")), (30, 0));
    assert_eq!(ingests(&house).await.len(), 30);

    write(&folder, "spotify/2024/part-00007.csv", row("p7", "changed and longer"));
    let third = crawl(&house).await;
    assert_eq!((third.counts.get("changed"), third.counts.get("published")), (1, 1));
    let runs = ingests(&house).await;
    assert_eq!(runs.len(), 31);
    assert_eq!(
        (runs[0].parent.as_deref(), runs[0].counts.get("changed")),
        (Some(third.id.as_str()), 1),
        "{:?}",
        runs[0]
    );
    assert_eq!(house.catalog.items().get("points", "p7").await.unwrap().item["name"], "changed and longer");
    assert_eq!(house.items("points").await, 30);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_needs_nobody() {
    let data = folder();
    let house = House::open(data.path()).await.ingest().crawler();
    house.catalog.collections().put(points()).await.unwrap();
    write(data.path(), "in/spotify/part-1.csv", row("p1", "one"));
    house.catalog.sources().put(source(data.path(), "every 1s")).await.unwrap();
    let crawls = RunQuery { kind: Some(RunKind::Crawl), ..RunQuery::default() };
    let first = loop {
        match house.catalog.runs().list(&crawls).await.unwrap().items.pop() {
            Some(run) => break run,
            None => tokio::task::yield_now().await,
        }
    };
    house.finished(&first.id).await;
    assert_eq!(ingests(&house).await.len(), 1);
    assert_eq!(house.items("points").await, 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_file_is_buried_with_its_reason_and_can_be_retried() {
    let data = folder();
    let house = House::open(data.path()).await.ingest().crawler();
    house.catalog.collections().put(points()).await.unwrap();
    write(data.path(), "in/spotify/part-1.csv", "name,vector\nx,\"[1,2,3,4]\"\n");
    write(data.path(), "in/spotify/part-2.csv", row("p2", "good"));
    house.catalog.sources().put(source(data.path(), "manual")).await.unwrap();
    crawl(&house).await;
    let runs = ingests(&house).await;
    let failed = runs.iter().find(|run| run.state == RunState::Failed).unwrap();
    assert!(failed.error.as_deref().unwrap().contains("no column \"id\""), "{failed:?}");
    assert_eq!(house.items("points").await, 1, "the other file is not held up");
    let dead = loop {
        let dead = house.catalog.parts().broker.dead("catalejo.files", "ingest", None, 10).await.unwrap();
        if !dead.is_empty() {
            break dead;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(dead.len(), 1);
    assert!(dead[0].reason.contains("no column"), "{}", dead[0].reason);

    // Repaired in place, the same run brings it to its end.
    write(data.path(), "in/spotify/part-1.csv", row("p1", "repaired"));
    house.catalog.retry(&failed.id).await.unwrap();
    assert_eq!(
        house.catalog.dead_letters().list(None, 10).await.unwrap().items,
        [],
        "it is not dead any more"
    );
    assert_eq!(house.finished(&failed.id).await.state, RunState::Succeeded);
    assert_eq!(house.items("points").await, 2);
    assert_eq!(crawl(&house).await.counts.get("published"), 0, "what was read is what is listed");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_names_its_file_and_is_replayed_or_forgotten() {
    let data = folder();
    let house = House::open(data.path()).await.ingest();
    house.catalog.collections().put(points()).await.unwrap();
    let letters = house.catalog.dead_letters();
    let mut runs = Vec::new();
    for name in ["first.csv", "second.csv"] {
        let file = write(data.path(), name, "name,vector\nx,\"[1,2,3,4]\"\n");
        let run = house.import("points", &file).await;
        assert_eq!(run.state, RunState::Failed);
        runs.push(run.id);
    }
    let dead = loop {
        let page = letters.list(None, 10).await.unwrap();
        if page.items.len() == 2 {
            break page.items;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(dead[0].run.as_ref(), Some(&runs[0]));
    assert!(dead[0].path.as_ref().unwrap().ends_with("first.csv"), "{:?}", dead[0]);
    assert_eq!(
        (dead[0].source.as_deref(), dead[0].collection.as_deref()),
        (Some("@imports"), Some("points"))
    );
    assert!(dead[0].reason.contains("no column"), "{}", dead[0].reason);
    let page = letters.list(None, 1).await.unwrap();
    let rest = letters.list(page.next_cursor.as_deref(), 1).await.unwrap();
    assert_eq!((&rest.items[0].id, &rest.next_cursor), (&dead[1].id, &None));

    write(data.path(), "first.csv", row("p1", "repaired"));
    letters.replay(&dead[0].id).await.unwrap();
    assert_eq!(house.finished(&runs[0]).await.state, RunState::Succeeded);
    assert_eq!(house.items("points").await, 1);
    letters.discard(&dead[1].id).await.unwrap();
    assert_eq!(letters.list(None, 10).await.unwrap().items, []);
    let unknown = letters.replay(&dead[1].id).await.unwrap_err();
    assert!(matches!(unknown, CatalogError::UnknownDeadLetter(_)), "{unknown}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_said() {
    let data = folder();
    let house = House::open(data.path()).await;
    let sources = house.catalog.sources();
    std::fs::create_dir(data.path().join("in")).unwrap();
    let unknown = sources.put(source(data.path(), "manual")).await.unwrap_err();
    assert!(matches!(unknown, CatalogError::UnknownCollection(_)), "{unknown}");
    house.catalog.collections().put(points()).await.unwrap();
    for (change, field) in [("soon", "schedule"), ("every 0m", "schedule")] {
        let error = sources.put(source(data.path(), change)).await.unwrap_err();
        assert!(matches!(&error, CatalogError::InvalidRequest { field: f, .. } if f == field), "{error}");
    }
    sources.put(source(data.path(), "manual")).await.unwrap();
    let run = sources.crawl("folder", false).await.unwrap();
    let again = sources.crawl("folder", false).await.unwrap_err();
    assert!(matches!(&again, CatalogError::Conflict { run: Some(r), .. } if *r == run), "{again}");
    let busy = house.catalog.collections().delete("points").await.unwrap_err();
    assert!(matches!(busy, CatalogError::Conflict { .. }), "{busy}");
    sources.delete("folder").await.unwrap();
    house.catalog.collections().delete("points").await.unwrap();
    let query = RejectionQuery { collection: Some("points".into()), ..RejectionQuery::default() };
    assert!(house.catalog.rejections().list(&query).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_tested_before_it_is_kept() {
    let data = folder();
    let house = House::open(data.path()).await;
    let wrong = house.catalog.sources().test(&source(data.path(), "manual")).await.unwrap_err();
    assert!(wrong.to_string().contains("in"), "{wrong}");
    write(data.path(), "in/spotify/a/part-1.csv", "id\n1\n");
    write(data.path(), "in/b.txt", "x");
    let seen = house.catalog.sources().test(&source(data.path(), "manual")).await.unwrap();
    assert_eq!((seen.objects, seen.matching, seen.bytes), (2, 1, 5));
    assert_eq!(seen.examples, ["spotify/a/part-1.csv"]);
}

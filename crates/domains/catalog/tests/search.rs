//! Collections, items and search, with a real encoder.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use catalejo_catalog::{
    AskHit, CatalogError, CollectionState, Definition, FacetAsk, ItemQuery, Mode, SearchRequest,
    SimilarRequest,
};
use catalejo_encoder::{Embeddings, Encoder, Lane, ModelInfo};
use catalejo_port::{PortError, PortResult};
use serde_json::json;
use support::{House, encoder, folder, object, points, quick, songs};

/// An encoder whose server can be cut off, and that counts what it is asked.
#[derive(Debug)]
struct Cut {
    inner: Arc<dyn Encoder>,
    down: AtomicBool,
    calls: AtomicUsize,
}

#[async_trait]
impl Encoder for Cut {
    fn model(&self) -> &ModelInfo {
        self.inner.model()
    }

    async fn encode(&self, texts: &[String], lane: Lane) -> PortResult<Embeddings> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) {
            return Err(PortError::unreachable("cut off"));
        }
        self.inner.encode(texts, lane).await
    }

    async fn ping(&self) -> PortResult<()> {
        self.inner.ping().await
    }
}

async fn with_songs(data: &std::path::Path) -> (House, Arc<Cut>) {
    let cut = Arc::new(Cut {
        inner: encoder("bert").await,
        down: AtomicBool::new(false),
        calls: AtomicUsize::new(0),
    });
    let house = House::open_with(data, cut.clone(), quick()).await;
    house.catalog.collections().put(songs()).await.unwrap();
    let songs = vec![
        object(
            json!({"id": "1", "name": "Mar", "artists": "Ana", "lyrics": "the sea at night and the sea again", "danceability": "0.9"}),
        ),
        object(
            json!({"id": "2", "name": "Rain", "artists": "Ana", "lyrics": "rain on the roof of the house", "danceability": 0.2}),
        ),
        object(
            json!({"id": "3", "name": "Sun", "artists": "Luis", "lyrics": "the summer sun over the fields"}),
        ),
        object(json!({"id": "4"})),
        object(json!({"name": "no id"})),
        object(json!({"id": "2", "name": "twice"})),
    ];
    let report = house.catalog.items().upsert("songs", songs).await.unwrap();
    assert_eq!((report.new, report.refused.len()), (4, 2), "{report:?}");
    assert_eq!((report.refused[0].position, report.refused[1].position), (4, 5));
    (house, cut)
}

fn ask(query: &str, mode: Mode) -> SearchRequest {
    SearchRequest { query: Some(query.into()), mode, ..SearchRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn found_by_words_by_meaning_and_why() {
    let data = folder();
    let (house, _) = with_songs(data.path()).await;
    let search = house.catalog.search();

    let mut request = ask("sea", Mode::Hybrid);
    request.facets = vec![FacetAsk::Field("artists".into())];
    request.fields = vec!["name".into()];
    let answer = search.search("songs", request).await.unwrap();
    assert_eq!(answer.hits.len(), 4);
    assert_eq!(answer.hits[0].id, "1");
    let first = &answer.hits[0];
    assert_eq!(first.why.text.unwrap().rank, 1);
    assert!(first.why.vector.is_some());
    assert!(first.why.highlights["lyrics"].iter().any(|passage| passage.contains("<mark>sea</mark>")));
    assert_eq!(first.item.keys().collect::<Vec<_>>(), ["name"]);
    let ana = answer.facets[0].values.iter().find(|value| value.value == "Ana").unwrap();
    assert_eq!(ana.count, 2);

    // The embedded text itself is the nearest to itself.
    let answer = search.search("songs", ask("rain on the roof of the house", Mode::Vector)).await.unwrap();
    assert_eq!(answer.hits[0].id, "2");
    assert!(answer.hits[0].score > 0.99, "{:?}", answer.hits[0]);

    let mut request = ask("the", Mode::Hybrid);
    request.filter = Some("danceability > 0.5 AND artists = \"Ana\"".into());
    let answer = search.search("songs", request.clone()).await.unwrap();
    assert_eq!(answer.hits.iter().map(|hit| hit.id.as_str()).collect::<Vec<_>>(), ["1"]);
    request.exclude = vec!["1".into()];
    assert!(search.search("songs", request).await.unwrap().hits.is_empty());

    let similar = house.catalog.items().similar("songs", "2", &SimilarRequest::default()).await.unwrap();
    assert_eq!(similar.hits.len(), 3);
    assert!(similar.hits.iter().all(|hit| hit.id != "2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_as_the_seed_asks_and_cached_by_version() {
    let data = folder();
    let (house, cut) = with_songs(data.path()).await;
    let search = house.catalog.search();
    let first = search.ask("songs", "¿lluvia? 雨").await.unwrap();
    assert!(!first.cached);
    let songs: Vec<AskHit> = serde_json::from_slice(&first.json).unwrap();
    assert_eq!(songs.len(), 4);
    let nameless = songs.iter().find(|hit| hit.name == "Unknown Song").unwrap();
    assert_eq!(
        (nameless.artists.as_str(), nameless.lyrics.as_str()),
        ("Unknown Artist", "No lyrics available")
    );
    let calls = cut.calls.load(Ordering::SeqCst);
    let again = search.ask("songs", "¿lluvia? 雨").await.unwrap();
    assert!(again.cached);
    assert_eq!(again.json, first.json);
    assert_eq!(cut.calls.load(Ordering::SeqCst), calls);

    // What is ingested is seen at once.
    let song = object(json!({"id": "5", "lyrics": "¿lluvia? 雨", "name": "Lluvia"}));
    house.catalog.items().upsert("songs", vec![song]).await.unwrap();
    let fresh = search.ask("songs", "¿lluvia? 雨").await.unwrap();
    assert!(!fresh.cached);
    let songs: Vec<AskHit> = serde_json::from_slice(&fresh.json).unwrap();
    assert_eq!(songs[0].name, "Lluvia");

    // Many who ask the same at once are answered by one encoding.
    let calls = cut.calls.load(Ordering::SeqCst);
    let asks = (0..20).map(|_| search.ask("songs", "all at once"));
    for answer in futures::future::join_all(asks).await {
        let songs: Vec<AskHit> = serde_json::from_slice(&answer.unwrap().json).unwrap();
        assert_eq!(songs.len(), 5);
    }
    assert_eq!(cut.calls.load(Ordering::SeqCst), calls + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_encoder_words_still_find() {
    let data = folder();
    let (house, cut) = with_songs(data.path()).await;
    cut.down.store(true, Ordering::SeqCst);
    let search = house.catalog.search();
    let answer = search.search("songs", ask("summer", Mode::Hybrid)).await.unwrap();
    assert!(answer.degraded.is_some());
    assert_eq!(answer.hits[0].id, "3");
    assert!(search.search("songs", ask("summer", Mode::Vector)).await.is_err());
    cut.down.store(false, Ordering::SeqCst);
    let answer = search.search("songs", ask("summer", Mode::Hybrid)).await.unwrap();
    assert_eq!((answer.degraded, answer.cached), (None, false), "a degraded answer is not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_say_what_is_wrong() {
    let data = folder();
    let (house, _) = with_songs(data.path()).await;
    let search = house.catalog.search();
    let filtered = |filter: &str| SearchRequest { filter: Some(filter.into()), ..SearchRequest::default() };
    for (filter, at) in [("tempo >", true), ("tempo > \"x\"", false), ("nothing = 1", false)] {
        let error = search.search("songs", filtered(filter)).await.unwrap_err();
        assert!(
            matches!(&error, CatalogError::InvalidFilter { at: found, .. } if found.is_some() == at),
            "{filter}: {error}"
        );
    }
    for wrong in [
        SearchRequest { limit: 1001, ..SearchRequest::default() },
        SearchRequest { offset: 9995, ..SearchRequest::default() },
        SearchRequest { vector: Some(vec![1.0; 3]), ..SearchRequest::default() },
        SearchRequest { facets: vec![FacetAsk::Field("lyrics".into())], ..SearchRequest::default() },
    ] {
        let error = search.search("songs", wrong).await.unwrap_err();
        assert!(matches!(error, CatalogError::InvalidRequest { .. }), "{error}");
    }
    let unknown = search.search("nothing", SearchRequest::default()).await.unwrap_err();
    assert!(matches!(unknown, CatalogError::UnknownCollection(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_listed_by_cursor_and_deleted() {
    let data = folder();
    let (house, _) = with_songs(data.path()).await;
    let items = house.catalog.items();
    let mut query = ItemQuery { limit: 3, ..ItemQuery::default() };
    let first = items.list("songs", &query).await.unwrap();
    query.cursor.clone_from(&first.next_cursor);
    let second = items.list("songs", &query).await.unwrap();
    let ids: Vec<_> = first.items.iter().chain(&second.items).map(|item| item.id.as_str()).collect();
    assert_eq!((ids, second.next_cursor), (vec!["1", "2", "3", "4"], None));
    let filtered = ItemQuery { filter: Some("artists = \"Ana\"".into()), ..ItemQuery::default() };
    assert_eq!(items.list("songs", &filtered).await.unwrap().items.len(), 2);
    assert_eq!(items.delete("songs", &["1".into(), "none".into()]).await.unwrap(), 1);
    assert!(matches!(items.get("songs", "1").await.unwrap_err(), CatalogError::UnknownItem { .. }));
    query.cursor = Some("%".into());
    assert!(matches!(items.list("songs", &query).await.unwrap_err(), CatalogError::InvalidCursor));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_definition_loses_no_write() {
    let data = folder();
    let house = House::open(data.path()).await;
    house.catalog.collections().put(points()).await.unwrap();
    let items = house.catalog.items();
    let point =
        |n: usize, name: &str| object(json!({"id": format!("{n:05}"), "name": name, "vector": [1, n, 2, 3]}));
    for chunk in 0..6 {
        items.upsert("points", (0..1000).map(|n| point(chunk * 1000 + n, "old")).collect()).await.unwrap();
    }
    let before = house.catalog.collections().get("points").await.unwrap();
    let mut definition = points();
    definition
        .fields
        .0
        .push(("color".into(), catalejo_catalog::Field::new(catalejo_index::FieldType::Keyword)));
    let outcome = house.catalog.collections().put(definition).await.unwrap();
    assert_eq!(outcome.collection.state, CollectionState::Reindexing);
    let run = outcome.run.unwrap();

    // Writes and deletes go on while the copy does.
    let house = house.ingest();
    let mut round = 0;
    loop {
        for n in (0..6000).step_by(397) {
            items.upsert("points", vec![point(n, &format!("new {round}"))]).await.unwrap();
        }
        items.delete("points", &[format!("{:05}", 50 + round)]).await.unwrap();
        round += 1;
        if house.catalog.runs().get(&run).await.unwrap().state.is_final() {
            break;
        }
    }
    house.finished(&run).await;
    let after = house.catalog.collections().get("points").await.unwrap();
    assert_eq!(after.state, CollectionState::Ready);
    assert!(after.version > before.version && after.generation > before.generation);
    assert_eq!(after.items, 6000 - round as u64);
    for n in (0..6000).step_by(397) {
        let found = items.get("points", &format!("{n:05}")).await;
        if (50..50 + round).contains(&n) {
            // Deleted in some round, perhaps written again in a later one.
            continue;
        }
        assert_eq!(found.unwrap().item["name"], format!("new {}", round - 1), "{n}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_embeds_everything_anew() {
    let data = folder();
    let (house, _) = with_songs(data.path()).await;
    let before = house.catalog.collections().get("songs").await.unwrap().model.unwrap();
    house.close().await;

    let house = House::open_with(data.path(), encoder("mpnet").await, quick()).await;
    let search = house.catalog.search();
    assert_eq!(house.catalog.collections().get("songs").await.unwrap().state, CollectionState::Reindexing);
    let meanwhile = search.search("songs", ask("rain", Mode::Hybrid)).await.unwrap();
    assert!(meanwhile.degraded.is_some(), "two models are never mixed");
    assert_eq!(meanwhile.hits[0].id, "2");
    assert!(matches!(
        search.search("songs", ask("rain", Mode::Vector)).await,
        Err(CatalogError::NotReady(_))
    ));

    let house = house.ingest();
    let query = catalejo_runs::RunQuery { kind: Some(catalejo_runs::RunKind::Reindex), ..Default::default() };
    let run = loop {
        match house.catalog.runs().list(&query).await.unwrap().items.pop() {
            Some(run) => break run,
            None => tokio::task::yield_now().await,
        }
    };
    house.finished(&run.id).await;
    let after = house.catalog.collections().get("songs").await.unwrap();
    assert_eq!(after.state, CollectionState::Ready);
    assert_ne!(after.model.unwrap().fingerprint, before.fingerprint);
    let answer = search.search("songs", ask("rain on the roof of the house", Mode::Vector)).await.unwrap();
    assert_eq!(answer.hits[0].id, "2");
    assert!(answer.hits[0].score > 0.99);
    house.close().await;
}

#[test]
fn definitions_that_break_a_rule_say_which() {
    let base = "name = \"n\"\nid = \"id\"\n[fields]\n";
    for (text, path) in [
        (format!("nme = 1\n{base}"), "line 1"),
        (base.replace("\"n\"", "\"Songs\""), "name"),
        (base.replace("\"n\"", "\"songs-2\""), "name"),
        (format!("{base}a = {{ type = \"words\" }}"), "line 4"),
        (format!("{base}a = {{ type = \"float\", default = \"fast\" }}"), "fields.a.default"),
        (format!("{base}a = {{ type = \"float\", searchable = true }}"), "fields.a.searchable"),
        (format!("{base}a = {{ type = \"text\", facetable = true }}"), "fields.a.facetable"),
        (format!("{base}\"a b\" = {{ type = \"text\" }}"), "fields.a b"),
        (format!("title = \"b\"\n{base}"), "title"),
        (format!("embed = {{ text = \"{{nome}}\" }}\n{base}"), "embed.text"),
        (format!("embed = {{}}\n{base}"), "embed"),
        (format!("{base}id = {{ type = \"keyword\", default = \"x\" }}"), "fields.id"),
    ] {
        let error = Definition::from_toml(&text).and_then(|definition| definition.validate()).unwrap_err();
        assert!(
            matches!(&error, CatalogError::InvalidDefinition { path: p, .. } if p == path),
            "{path}: {error}"
        );
    }
    let definition = support::songs();
    assert_eq!(definition.fields.0.len(), 17);
    assert_eq!(Definition::from_toml(&definition.to_toml().unwrap()).unwrap(), definition);
}

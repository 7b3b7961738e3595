//! The index's contract as tests over the port, for every backend and decorator.
//!
//! ```ignore
//! catalejo_index::index_suite!(MyFixture::new());
//! ```
//! makes one test of each promise; the expression gives every test a fixture of its own.
#![allow(clippy::unwrap_used, clippy::panic)]

mod aliases;
mod filters;
mod finding;
mod life;
mod vectors;
mod writes;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use crate::{Answer, Document, FieldSpec, FieldType, Filter, Index, Schema, Search, TextQuery, VectorSpec};

pub use aliases::*;
pub use filters::*;
pub use finding::*;
pub use life::*;
pub use vectors::*;
pub use writes::*;

/// One backend with a place of its own.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// Opens the backend; called again after all that it answered was dropped, it has what was flushed.
    async fn open(&self) -> Arc<dyn Index>;

    /// Opens a backend on what a snapshot wrote.
    async fn open_snapshot(&self, folder: &Path) -> Arc<dyn Index>;

    /// An empty folder for snapshots.
    fn scratch(&self) -> PathBuf;
}

/// Makes a test of every promise of the contract; needs `tokio` with its macros.
#[macro_export]
macro_rules! index_suite {
    ($fixture:expr) => {
        $crate::index_suite!($fixture;
            create_is_idempotent_and_refuses_another_schema
            impossible_schemas_and_names_are_refused
            missing_indexes_are_not_found
            writes_are_seen_after_flush_and_not_before
            the_last_of_equal_ids_wins
            a_bad_document_refuses_its_whole_batch
            wrong_types_name_document_field_and_value
            numbers_convert_where_nothing_is_lost
            null_counts_as_missing
            deletes_and_returns
            documents_come_back_as_they_went
            hashes_are_those_of_flushed_documents
            the_version_rises_with_every_change_only
            scan_pages_in_order_of_ids
            filters_on_numbers
            filters_on_texts_and_tags
            filters_on_booleans_and_existence
            filters_on_datetimes
            filters_on_places
            filters_combine
            missing_fields_match_no_comparison
            wrong_filters_are_refused
            words_are_found_in_any_field
            typing_mistakes_are_tolerated
            the_last_word_may_be_a_beginning
            accents_and_scripts_are_found
            chosen_fields_only_are_searched
            text_is_never_a_query_language
            highlights_are_marked_and_escaped
            highlights_are_what_was_asked
            frequent_words_are_taken_as_spelt_right
            facets_count_all_that_match
            wrong_facets_are_refused
            listing_without_a_question_is_by_id
            deep_pages_are_refused
            the_nearest_come_first
            the_filter_is_inside_the_vector_search
            excluded_ids_never_come
            equally_near_come_by_id
            vectors_of_the_wrong_length_are_refused
            fusion_is_by_reciprocal_rank
            pages_are_stable_and_complete
            replaced_vectors_are_forgotten
            an_alias_takes_the_place_of_a_name
            the_version_through_an_alias_never_falls
            names_are_one_space
            flushed_writes_outlive_the_process
            a_snapshot_opens_elsewhere_with_equal_answers
            a_snapshot_is_consistent_while_written
            writers_and_searchers_work_side_by_side
            removed_indexes_are_gone
        );
    };
    ($fixture:expr; $($test:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                $crate::suite::$test(&$fixture).await;
            }
        )*
    };
}

/// The index all tests use.
const NAME: &str = "songs-1";

fn field(name: &str, kind: FieldType, searchable: bool, filterable: bool, facetable: bool) -> FieldSpec {
    FieldSpec { name: name.to_owned(), kind, searchable, filterable, facetable }
}

/// A schema with every type of field, and vectors of four dimensions.
fn schema() -> Schema {
    Schema {
        fields: vec![
            field("name", FieldType::Text, true, true, false),
            field("lyrics", FieldType::Text, true, false, false),
            field("artists", FieldType::Tags, true, true, true),
            field("genre", FieldType::Keyword, true, true, true),
            field("year", FieldType::Integer, false, true, true),
            field("tempo", FieldType::Float, false, true, true),
            field("explicit", FieldType::Boolean, false, true, true),
            field("released", FieldType::Datetime, false, true, true),
            field("place", FieldType::Geo, false, true, false),
            field("note", FieldType::Text, false, false, false),
        ],
        vector: Some(VectorSpec { dimensions: 4, model: "test".into() }),
    }
}

fn document(id: &str, source: Json) -> Document {
    let Json::Object(source) = source else { panic!("a document is an object") };
    Document { id: id.to_owned(), source, vector: None, hash: 1 }
}

fn with_vector(id: &str, source: Json, vector: [f32; 4]) -> Document {
    Document { vector: Some(vector.to_vec()), ..document(id, source) }
}

/// A backend with one index that holds these documents.
async fn filled(fixture: &dyn Fixture, documents: Vec<Document>) -> Arc<dyn Index> {
    let index = fixture.open().await;
    index.create(NAME, &schema()).await.unwrap();
    index.upsert(NAME, documents).await.unwrap();
    index.flush(NAME).await.unwrap();
    index
}

/// Songs that the tests of filters and words share.
fn songs() -> Vec<Document> {
    vec![
        document(
            "a",
            json!({
                "name": "Love in the rain", "lyrics": "I walked alone under the city lights",
                "artists": ["Ana", "Bo"], "genre": "pop", "year": 1999, "tempo": 120.5, "explicit": false,
                "released": "1999-05-31T22:00:00-02:00", "place": {"lat": 40.4168, "lon": -3.7038},
            }),
        ),
        document(
            "b",
            json!({
                "name": "Canción del mar", "lyrics": "El mar me llama otra vez, love me tender",
                "artists": ["Bo"], "genre": "folk", "year": 2005, "tempo": 90.0, "explicit": true,
                "released": "2005-01-01T00:00:00Z", "place": {"lat": 41.3874, "lon": 2.1686},
            }),
        ),
        document(
            "c",
            json!({
                "name": "Night train", "lyrics": "Danceable wheels are turning, turning",
                "artists": [], "genre": "rock", "year": 2005, "tempo": 150, "explicit": false,
                "place": {"lat": -17.7, "lon": 179.9},
            }),
        ),
        document(
            "d",
            json!({ "name": "音楽の夜", "lyrics": "사랑해", "genre": "pop", "note": "nothing else" }),
        ),
    ]
}

/// The ids of an answer, in its order.
fn ids(answer: &Answer) -> Vec<&str> {
    answer.hits.iter().map(|hit| hit.id.as_str()).collect()
}

fn question(text: &str) -> Search {
    Search { text: Some(TextQuery { text: text.to_owned(), fields: vec![] }), limit: 10, ..Search::default() }
}

fn near(vector: [f32; 4], limit: usize) -> Search {
    Search { vector: Some(vector.to_vec()), limit, ..Search::default() }
}

/// The ids that pass a filter, found by a listing, by a scan and, alike, by a vector.
async fn passing(index: &dyn Index, filter: &str) -> Vec<String> {
    let parsed = Filter::parse(filter).unwrap();
    let search = Search { filter: Some(parsed.clone()), limit: 100, ..Search::default() };
    let listed = index.search(NAME, &search).await.unwrap();
    let scanned = index.scan(NAME, None, 100, Some(&parsed), false).await.unwrap();
    let scanned: Vec<String> = scanned.into_iter().map(|document| document.id).collect();
    assert_eq!(ids(&listed), scanned, "{filter}: listing and scan differ");
    assert_eq!(listed.total.value, scanned.len() as u64, "{filter}: total");
    scanned
}

use catalejo_port::ErrorKind;
use serde_json::json;

use super::{Fixture, NAME, document, filled, passing, songs};
use crate::{Comparison, Filter, Search, Value};

async fn all_pass(fixture: &dyn Fixture, cases: &[(&str, &[&str])]) {
    let index = filled(fixture, songs()).await;
    for (filter, expected) in cases {
        assert_eq!(passing(&*index, filter).await, *expected, "{filter}");
    }
}

/// Comparisons, ranges and lists over whole and fractional numbers.
pub async fn filters_on_numbers(fixture: &dyn Fixture) {
    let cases: &[(&str, &[&str])] = &[
        ("year = 2005", &["b", "c"]),
        ("year = 2005.0", &["b", "c"]),
        ("year = 2005.5", &[]),
        ("year != 2005", &["a"]),
        ("year < 2005", &["a"]),
        ("year <= 1999", &["a"]),
        ("year > 1999", &["b", "c"]),
        ("year > 1998.5", &["a", "b", "c"]),
        ("year >= 1999.5", &["b", "c"]),
        ("year < 1e300", &["a", "b", "c"]),
        ("year > 1e300", &[]),
        ("year IN (1999, 2000)", &["a"]),
        ("year IN ()", &[]),
        ("year BETWEEN 1999 AND 2005", &["a", "b", "c"]),
        ("year BETWEEN 2005 AND 1999", &[]),
        ("tempo = 120.5", &["a"]),
        ("tempo != 120.5", &["b", "c"]),
        ("tempo IN (90, 150)", &["b", "c"]),
        ("tempo > 90", &["a", "c"]),
        ("tempo >= 90", &["a", "b", "c"]),
        ("tempo BETWEEN 90 AND 120.5", &["a", "b"]),
        ("tempo < -1", &[]),
    ];
    all_pass(fixture, cases).await;
}

/// Equality is with the whole value, on tags with one of them, and knows case and accents.
pub async fn filters_on_texts_and_tags(fixture: &dyn Fixture) {
    let cases: &[(&str, &[&str])] = &[
        ("genre = 'pop'", &["a", "d"]),
        ("genre = 'Pop'", &[]),
        ("genre != 'pop'", &["b", "c"]),
        ("genre IN ('pop', 'rock', 'none')", &["a", "c", "d"]),
        ("name = 'Night train'", &["c"]),
        ("name = 'Night'", &[]),
        ("name = '音楽の夜'", &["d"]),
        ("artists = 'Bo'", &["a", "b"]),
        ("artists = 'Ana' AND artists = 'Bo'", &["a"]),
        ("artists != 'Ana'", &["b"]),
        ("artists IN ('Ana', 'Cy')", &["a"]),
    ];
    all_pass(fixture, cases).await;
    let index = fixture.open().await;
    let long = "long ".repeat(20_000);
    index.upsert(NAME, vec![document("e", json!({"name": long, "genre": long}))]).await.unwrap();
    index.flush(NAME).await.unwrap();
    for field in ["name", "genre"] {
        let text = |text: &str| Filter::Compare {
            field: field.into(),
            op: Comparison::Equal,
            value: Value::Text(text.to_owned()),
        };
        for (value, expected) in [(long.as_str(), 1), (&long[5..], 0)] {
            let search = Search { filter: Some(text(value)), limit: 10, ..Search::default() };
            assert_eq!(index.search(NAME, &search).await.unwrap().hits.len(), expected, "long {field}");
        }
    }
}

/// A field exists when it is there, not null and not an empty list.
pub async fn filters_on_booleans_and_existence(fixture: &dyn Fixture) {
    let cases: &[(&str, &[&str])] = &[
        ("explicit = true", &["b"]),
        ("explicit = false", &["a", "c"]),
        ("explicit != true", &["a", "c"]),
        ("explicit IN (true, false)", &["a", "b", "c"]),
        ("NOT explicit = true", &["a", "c", "d"]),
        ("artists EXISTS", &["a", "b"]),
        ("NOT artists EXISTS", &["c", "d"]),
        ("place EXISTS", &["a", "b", "c"]),
        ("released EXISTS", &["a", "b"]),
        ("tempo EXISTS AND name EXISTS AND genre EXISTS", &["a", "b", "c"]),
    ];
    all_pass(fixture, cases).await;
}

/// Datetimes compare as moments, whatever their zone; a date is its first moment in UTC.
pub async fn filters_on_datetimes(fixture: &dyn Fixture) {
    let cases: &[(&str, &[&str])] = &[
        ("released = '1999-06-01T00:00:00Z'", &["a"]),
        ("released = '1999-06-01'", &["a"]),
        ("released < '1999-06-01T00:00:00.001Z'", &["a"]),
        ("released < '1999-06-01'", &[]),
        ("released >= '2000-01-01'", &["b"]),
        ("released != '1999-06-01'", &["b"]),
        ("released IN ('1999-06-01', '2005-01-01T01:00:00+01:00')", &["a", "b"]),
        ("released BETWEEN '1999-01-01' AND '2004-12-31T23:59:59.999Z'", &["a"]),
    ];
    all_pass(fixture, cases).await;
}

/// Distances are on the sphere, across the date line and around the poles.
pub async fn filters_on_places(fixture: &dyn Fixture) {
    let cases: &[(&str, &[&str])] = &[
        ("place WITHIN 10 km OF (40.4, -3.7)", &["a"]),
        ("place WITHIN 500 m OF (40.4, -3.7)", &[]),
        ("place WITHIN 600 km OF (40.4, -3.7)", &["a", "b"]),
        ("place WITHIN 320 mi OF (40.4, -3.7)", &["a", "b"]),
        ("place WITHIN 50 km OF (-17.7, -179.9)", &["c"]),
        ("place WITHIN 6000 km OF (90, 0)", &["a", "b"]),
        ("place WITHIN 30000 km OF (0, 0)", &["a", "b", "c"]),
        ("NOT place WITHIN 600 km OF (40.4, -3.7)", &["c", "d"]),
    ];
    all_pass(fixture, cases).await;
}

/// AND, OR, NOT and parentheses, everything and nothing.
pub async fn filters_combine(fixture: &dyn Fixture) {
    let cases: &[(&str, &[&str])] = &[
        ("genre = 'pop' OR year = 2005 AND explicit = true", &["a", "b", "d"]),
        ("(genre = 'pop' OR year = 2005) AND explicit = false", &["a", "c"]),
        ("NOT (genre = 'pop' OR genre = 'rock')", &["b"]),
        ("NOT NOT genre = 'pop'", &["a", "d"]),
        ("year NOT IN (1999) AND year NOT BETWEEN 2006 AND 2010", &["b", "c", "d"]),
        ("TRUE", &["a", "b", "c", "d"]),
        ("FALSE", &[]),
        ("TRUE AND genre = 'pop'", &["a", "d"]),
        ("FALSE OR genre = 'pop'", &["a", "d"]),
        ("NOT FALSE", &["a", "b", "c", "d"]),
    ];
    all_pass(fixture, cases).await;
}

/// A missing field matches no comparison, `!=` not either; under `NOT` it passes.
pub async fn missing_fields_match_no_comparison(fixture: &dyn Fixture) {
    let cases: &[(&str, &[&str])] = &[
        ("year != 1 OR year = 1 OR year < 1 OR year > 1", &["a", "b", "c"]),
        ("artists != 'nobody'", &["a", "b"]),
        ("released != '1970-01-01'", &["a", "b"]),
        ("NOT year != 1", &["d"]),
    ];
    all_pass(fixture, cases).await;
}

/// Unknown and unfilterable fields (the error lists the others), wrong types and impossible values are `Invalid`.
pub async fn wrong_filters_are_refused(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    let wrong = [
        "nothing = 1",
        "lyrics = 'x'",
        "year = 'x'",
        "year IN (1, 'x')",
        "year BETWEEN 1 AND true",
        "genre > 'x'",
        "genre = 7",
        "artists BETWEEN 'a' AND 'b'",
        "explicit = 'yes'",
        "explicit > false",
        "released = 'soon'",
        "released > 7",
        "place = 'here'",
        "year WITHIN 1 km OF (0, 0)",
        "place WITHIN 1 km OF (91, 0)",
        "place WITHIN -1 km OF (0, 0)",
        "genre = 'pop' AND (NOT nothing EXISTS)",
    ];
    for text in wrong {
        let filter = Filter::parse(text).unwrap();
        let search = Search { filter: Some(filter.clone()), limit: 1, ..Search::default() };
        let refused = index.search(NAME, &search).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{text}: {refused}");
        let refused = index.scan(NAME, None, 1, Some(&filter), false).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{text}: {refused}");
        if text.contains("nothing") || text.contains("lyrics") {
            assert!(refused.to_string().contains("name, artists, genre, year"), "{refused}");
        }
    }
}

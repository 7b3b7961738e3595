use catalejo_port::ErrorKind;
use serde_json::{Value as Json, json};

use super::{Fixture, NAME, document, filled, ids, question, songs};
use crate::{FacetRequest, Filter, Search, TextQuery};

/// Words are found in every searchable field, of prose, keywords and tags; only documents with one are counted.
pub async fn words_are_found_in_any_field(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    let cases: [(&str, &[&str]); 6] = [
        ("LOVE", &["a", "b"]),
        ("rock", &["c"]),
        ("ana", &["a"]),
        ("wheels", &["c"]),
        ("zzzzz", &[]),
        ("?!", &[]),
    ];
    for (text, expected) in cases {
        let answer = index.search(NAME, &question(text)).await.unwrap();
        assert_eq!(ids(&answer), expected, "{text}");
        assert_eq!((answer.total.value, answer.total.exact), (expected.len() as u64, true), "{text}");
        for (i, hit) in answer.hits.iter().enumerate() {
            let signal = hit.text.unwrap();
            assert_eq!((signal.rank, signal.score, hit.vector), (i + 1, hit.score, None));
            assert!(hit.score > 0.0);
        }
    }
    let filtered = Search { filter: Some(Filter::parse("year > 2000").unwrap()), ..question("love") };
    let answer = index.search(NAME, &filtered).await.unwrap();
    assert_eq!((ids(&answer), answer.total.value), (vec!["b"], 1));
}

/// One mistake in four letters and two in eight are forgiven, the former only where the word occurs nowhere; what is
/// spelt right comes clearly first.
pub async fn typing_mistakes_are_tolerated(fixture: &dyn Fixture) {
    let mut documents = songs();
    let line = |name: &str| json!({"name": name});
    documents.extend((0..20).map(|i| document(&format!("lane-{i:02}"), line("the lane"))));
    documents.extend([document("live", line("live")), document("light", line("light"))]);
    let index = filled(fixture, documents).await;
    for text in ["danceeble", "dnaceable", "dancable", "danceaablle"] {
        let answer = index.search(NAME, &question(text)).await.unwrap();
        assert_eq!(ids(&answer), ["c"], "{text}");
    }
    let answer = index.search(NAME, &question("lvoe tender")).await.unwrap();
    assert_eq!(ids(&answer)[0], "b");
    // short words are alike by chance: `live` is not what was asked, since `love` occurs
    assert_eq!(ids(&index.search(NAME, &question("love")).await.unwrap()), ["a", "b"]);
    // `light` is rarer than `night`, and its field shorter, but it is not what was asked
    let answer = index.search(NAME, &question("night zzzzz")).await.unwrap();
    assert_eq!(ids(&answer).last(), Some(&"light"));
    assert!(
        answer.hits.len() > 1
            && answer.hits[answer.hits.len() - 2].score > 1.5 * answer.hits.last().unwrap().score
    );
    assert!(
        index.search(NAME, &question("nit")).await.unwrap().hits.is_empty(),
        "three letters must be right"
    );
    assert!(index.search(NAME, &question("dxnxexblx")).await.unwrap().hits.is_empty());
}

/// The last word counts as soon as its beginning is typed, the others not.
pub async fn the_last_word_may_be_a_beginning(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    assert_eq!(ids(&index.search(NAME, &question("dancea")).await.unwrap()), ["c"]);
    assert_eq!(ids(&index.search(NAME, &question("night tra")).await.unwrap()), ["c"]);
    assert!(ids(&index.search(NAME, &question("tra zzzzz")).await.unwrap()).is_empty());
}

/// Case and accents do not matter; scripts without spaces are found by their characters.
pub async fn accents_and_scripts_are_found(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    let cases = [
        ("cancion", "b"),
        ("CANCIÓN", "b"),
        ("cancio\u{301}n", "b"),
        ("音楽", "d"),
        ("夜", "d"),
        ("사랑", "d"),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&index.search(NAME, &question(text)).await.unwrap()), [expected], "{text}");
    }
}

/// Fields may be chosen; one that is not searchable is `Invalid`.
pub async fn chosen_fields_only_are_searched(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    let within = |fields: &[&str]| {
        let fields = fields.iter().map(|&field| field.to_owned()).collect();
        Search { text: Some(TextQuery { text: "love".into(), fields }), limit: 10, ..Search::default() }
    };
    assert_eq!(ids(&index.search(NAME, &within(&["name"])).await.unwrap()), ["a"]);
    assert_eq!(ids(&index.search(NAME, &within(&["lyrics"])).await.unwrap()), ["b"]);
    for unknown in ["year", "note", "nothing"] {
        let refused = index.search(NAME, &within(&[unknown])).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(refused.to_string().contains("name, lyrics, artists, genre"), "{refused}");
    }
}

/// Whatever a person types is words: no operator, no error, however long.
pub async fn text_is_never_a_query_language(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    for text in [
        "name:love",
        "+love -rain",
        "\"love",
        "lo*ve^2 AND NOT (",
        "{\"love\": {}}",
        "love\u{0}love",
        "' OR 1=1",
    ] {
        let answer = index.search(NAME, &question(text)).await.unwrap();
        assert_eq!(ids(&answer).contains(&"a"), text.contains("love"), "{text}");
    }
    let endless = "love ".repeat(50_000) + &"x".repeat(100_000);
    assert_eq!(ids(&index.search(NAME, &question(&endless)).await.unwrap())[..2], ["a", "b"]);
}

/// Words that matched, mistyped or not, stand between `<mark>` and `</mark>`; everything else is escaped.
pub async fn highlights_are_marked_and_escaped(fixture: &dyn Fixture) {
    let mut documents = songs();
    let hostile = "<script>alert(\"love\")</script> & <mark>x</mark>";
    documents.push(document("evil", json!({"name": hostile, "artists": ["<b>Love</b>"]})));
    let index = filled(fixture, documents).await;
    let search = Search { highlight: true, ..question("lovee") };
    let answer = index.search(NAME, &search).await.unwrap();
    let of = |id: &str| &answer.hits.iter().find(|hit| hit.id == id).unwrap().highlights;
    assert_eq!(of("a")["name"], ["<mark>Love</mark> in the rain"]);
    assert_eq!(of("b")["lyrics"], ["El mar me llama otra vez, <mark>love</mark> me tender"]);
    assert!(!of("b").contains_key("name"));
    let escaped =
        "&lt;script&gt;alert(&quot;<mark>love</mark>&quot;)&lt;/script&gt; &amp; &lt;mark&gt;x&lt;/mark&gt;";
    assert_eq!(of("evil")["name"], [escaped]);
    assert_eq!(of("evil")["artists"], ["&lt;b&gt;<mark>Love</mark>&lt;/b&gt;"]);
    let plain = index.search(NAME, &question("love")).await.unwrap();
    assert!(plain.hits.iter().all(|hit| hit.highlights.is_empty()));
}

/// Where the word itself occurs, similar ones are not marked; and very common words only when there are no others.
pub async fn highlights_are_what_was_asked(fixture: &dyn Fixture) {
    let mut documents: Vec<_> =
        (0..200).map(|i| document(&format!("the-{i:03}"), json!({"name": "the song"}))).collect();
    documents.push(document("both", json!({"name": "the night and the light", "lyrics": "nights"})));
    documents.push(document("light", json!({"name": "the light"})));
    let index = filled(fixture, documents).await;
    let marked = async |text: &str, id: &str| {
        let search = Search { highlight: true, limit: 300, ..question(text) };
        let answer = index.search(NAME, &search).await.unwrap();
        answer.hits.into_iter().find(|hit| hit.id == id).unwrap().highlights
    };
    let both = marked("the night", "both").await;
    assert_eq!(both.len(), 1, "{both:?}");
    assert_eq!(both["name"], ["the <mark>night</mark> and the light"]);
    assert!(marked("the night", "light").await.is_empty(), "`night` is a word of the catalogue");
    assert_eq!(marked("the lightt", "light").await["name"], ["the <mark>light</mark>"]);
    assert_eq!(marked("the", "light").await["name"], ["<mark>the</mark> light"]);
    assert_eq!(marked("the zzzzz", "light").await["name"], ["<mark>the</mark> light"]);
}

/// A word that many documents hold finds no similar ones; the last is a beginning all the same.
pub async fn frequent_words_are_taken_as_spelt_right(fixture: &dyn Fixture) {
    let night = |i| document(&format!("night-{i:02}"), json!({"name": "night"}));
    let mut documents: Vec<_> = (0..30).map(night).collect();
    documents.push(document("light", json!({"name": "light"})));
    documents.push(document("nightfall", json!({"name": "nightfall"})));
    let index = filled(fixture, documents).await;
    let total = async |text: &str| index.search(NAME, &question(text)).await.unwrap().total.value;
    assert_eq!(total("night zzzzz").await, 30);
    assert_eq!(total("night").await, 31);
    assert_eq!(total("nihgt").await, 30);
    assert_eq!(total("light zzzzz").await, 31, "a rare word may be a mistake");
}

fn facet(field: &str) -> FacetRequest {
    FacetRequest { field: field.into(), limit: 10 }
}

/// Facets count by value over all that match, whatever the page, most frequent first, then by value; numbers and
/// datetimes have their range.
pub async fn facets_count_all_that_match(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    let fields = ["genre", "artists", "year", "tempo", "explicit", "released"];
    let all = Search { facets: fields.map(facet).to_vec(), limit: 1, ..Search::default() };
    let answer = index.search(NAME, &all).await.unwrap();
    let values = |n: usize| answer.facets[n].values.clone();
    let text = |text: &str, count| (Json::from(text), count);
    assert_eq!(answer.facets.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), fields);
    assert_eq!(values(0), [text("pop", 2), text("folk", 1), text("rock", 1)]);
    assert_eq!(values(1), [text("Bo", 2), text("Ana", 1)]);
    assert_eq!(values(2), [(json!(2005), 2), (json!(1999), 1)]);
    assert_eq!(values(4), [(json!(false), 2), (json!(true), 1)]);
    let ranges: Vec<_> = answer.facets.iter().map(|f| f.range).collect();
    let released = Some((928_195_200_000.0, 1_104_537_600_000.0));
    assert_eq!(ranges, [None, None, Some((1999.0, 2005.0)), Some((90.0, 150.0)), None, released]);

    let some = Search { facets: vec![facet("genre")], limit: 1, ..question("love") };
    let answer = index.search(NAME, &some).await.unwrap();
    assert_eq!(answer.facets[0].values, [text("folk", 1), text("pop", 1)]);
    let none = Search { facets: vec![facet("genre")], ..question("zzzzz") };
    assert!(index.search(NAME, &none).await.unwrap().facets[0].values.is_empty());
    let cut = Search { facets: vec![FacetRequest { field: "genre".into(), limit: 1 }], ..Search::default() };
    assert_eq!(index.search(NAME, &cut).await.unwrap().facets[0].values, [text("pop", 2)]);
}

/// A facet over a field that cannot be counted is `Invalid` and lists those that can.
pub async fn wrong_facets_are_refused(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    for field in ["name", "place", "nothing"] {
        let search = Search { facets: vec![facet(field)], limit: 1, ..Search::default() };
        let refused = index.search(NAME, &search).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(refused.to_string().contains("artists"), "{refused}");
    }
}

/// Without words and vector the answer is all that passes, by id.
pub async fn listing_without_a_question_is_by_id(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    let all =
        Search { limit: 2, offset: 1, exclude: vec!["b".into(), "missing".into()], ..Search::default() };
    let answer = index.search(NAME, &all).await.unwrap();
    assert_eq!((ids(&answer), answer.total.value), (vec!["c", "d"], 3));
    let blank = Search { limit: 2, ..question("  ") };
    assert_eq!(ids(&index.search(NAME, &blank).await.unwrap()), ["a", "b"]);
    let nothing = Search::default();
    let answer = index.search(NAME, &nothing).await.unwrap();
    assert_eq!((ids(&answer).len(), answer.total.value), (0, 4));
}

/// `offset + limit` beyond 10,000 is `Invalid`, also when the sum overflows.
pub async fn deep_pages_are_refused(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    for (offset, limit) in [(9_999, 2), (usize::MAX, 1), (0, 10_001)] {
        let search = Search { offset, limit, ..Search::default() };
        assert_eq!(index.search(NAME, &search).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
    let last = Search { offset: 9_990, limit: 10, ..Search::default() };
    assert!(index.search(NAME, &last).await.unwrap().hits.is_empty());
}

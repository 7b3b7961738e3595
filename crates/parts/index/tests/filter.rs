//! The filter language: what is written, what it means, and that nothing written does harm.
#![allow(clippy::unwrap_used)]

use catalejo_index::{Comparison, Filter, Value};
use proptest::prelude::*;

fn parse(text: &str) -> Filter {
    Filter::parse(text).unwrap()
}

fn compare(field: &str, op: Comparison, value: Value) -> Filter {
    Filter::Compare { field: field.into(), op, value }
}

fn equal(field: &str, value: i64) -> Filter {
    compare(field, Comparison::Equal, Value::Integer(value))
}

#[test]
fn all_forms_are_read() {
    let text = |text: &str| Value::Text(text.into());
    let cases = [
        ("a = 1", equal("a", 1)),
        ("a == 1", equal("a", 1)),
        ("a!=-1.5e3", compare("a", Comparison::NotEqual, Value::Float(-1500.0))),
        ("a<.5", compare("a", Comparison::Less, Value::Float(0.5))),
        ("a <= +7", compare("a", Comparison::LessOrEqual, Value::Integer(7))),
        ("a > true", compare("a", Comparison::Greater, Value::Boolean(true))),
        ("a >= 'it\\'s'", compare("a", Comparison::GreaterOrEqual, text("it's"))),
        (r#"a = "x\"\\\n\tß音""#, compare("a", Comparison::Equal, text("x\"\\\n\tß音"))),
        ("a in (1, 'x')", Filter::In { field: "a".into(), values: vec![Value::Integer(1), text("x")] }),
        (
            "a BeTwEeN 1 aNd 2",
            Filter::Between { field: "a".into(), low: Value::Integer(1), high: Value::Integer(2) },
        ),
        ("a exists", Filter::Exists { field: "a".into() }),
        ("`not` EXISTS", Filter::Exists { field: "not".into() }),
        ("TRUE", Filter::And(vec![])),
        ("false", Filter::Or(vec![])),
        (
            "place WITHIN 2.5km OF (40.4, -3)",
            Filter::Within { field: "place".into(), lat: 40.4, lon: -3.0, metres: 2500.0 },
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(parse(written), expected, "{written}");
    }
}

#[test]
fn not_binds_closer_than_and_and_closer_than_or() {
    let not = |filter| Filter::Not(Box::new(filter));
    let (a, b, c) = (equal("a", 1), equal("b", 2), equal("c", 3));
    let expected = Filter::Or(vec![a.clone(), Filter::And(vec![not(b.clone()), c.clone()])]);
    assert_eq!(parse("a=1 OR NOT b=2 AND c=3"), expected);
    let expected = Filter::And(vec![Filter::Or(vec![a.clone(), not(b)]), c]);
    assert_eq!(parse("(a=1 or (not (b=2))) and c=3"), expected);
    assert_eq!(parse("((a=1))"), a);
    assert_eq!(parse("a NOT IN (1)"), not(parse("a IN (1)")));
}

#[test]
fn errors_say_where_and_what_was_expected() {
    let cases = [
        ("", 1, "empty"),
        ("a", 2, "expected =, !="),
        ("a = ", 5, "expected a text in quotes"),
        ("a = pop", 5, "\"pop\""),
        ("a = 'x", 5, "not closed"),
        ("a = 'x\\q'", 7, "unknown escape"),
        ("ä = 1 b = 2", 1, "field's name"),
        ("a = 1 b = 2", 7, "expected AND, OR or the end"),
        ("(a = 1", 7, "expected `)`"),
        ("a IN 1", 6, "expected `(`"),
        ("a IN (1 2)", 9, "expected `,` or `)`"),
        ("a BETWEEN 1 OR 2", 13, "expected AND"),
        ("a WITHIN 1 ft OF (1, 2)", 12, "m, km or mi"),
        ("a = 1 # b", 7, "unexpected character `#`"),
        ("a = 1.2.3", 5, "not a number"),
        ("a = 1e999", 5, "not a number"),
        ("and = 1", 1, "field's name"),
    ];
    for (text, at, message) in cases {
        let error = Filter::parse(text).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
}

#[test]
fn hostile_nesting_and_length_are_refused() {
    for deep in ["(".repeat(60_000), "NOT ".repeat(15_000), "(NOT ".repeat(12_000)] {
        assert!(Filter::parse(&deep).unwrap_err().message.contains("nested"));
    }
    let long = format!("a = '{}'", "x".repeat(70_000));
    assert!(Filter::parse(&long).unwrap_err().message.contains("bytes"));
    let wide = vec!["a = 1"; 5_000].join(" OR ");
    assert!(Filter::parse(&wide).is_ok());
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Value::Float),
        any::<bool>().prop_map(Value::Boolean),
        any::<String>().prop_map(Value::Text),
    ]
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z0-9_]{0,8}",
        Just("exists".to_owned()),
        Just("Within".to_owned()),
        "[ -_a-~]{0,9}"
    ]
}

fn op() -> impl Strategy<Value = Comparison> {
    use Comparison::*;
    prop_oneof![
        Just(Equal),
        Just(NotEqual),
        Just(Less),
        Just(LessOrEqual),
        Just(Greater),
        Just(GreaterOrEqual)
    ]
}

fn leaf() -> impl Strategy<Value = Filter> {
    let number = || any::<f64>().prop_filter("finite", |x| x.is_finite());
    prop_oneof![
        (field(), op(), value()).prop_map(|(field, op, value)| Filter::Compare { field, op, value }),
        (field(), proptest::collection::vec(value(), 0..4))
            .prop_map(|(field, values)| Filter::In { field, values }),
        (field(), value(), value()).prop_map(|(field, low, high)| Filter::Between { field, low, high }),
        field().prop_map(|field| Filter::Exists { field }),
        (field(), number(), number(), number()).prop_map(|(field, lat, lon, metres)| Filter::Within {
            field,
            lat,
            lon,
            metres
        }),
        Just(Filter::And(vec![])),
        Just(Filter::Or(vec![])),
    ]
}

/// Trees without groups of one, which no text means.
fn filter() -> impl Strategy<Value = Filter> {
    leaf().prop_recursive(6, 48, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(filter in filter()) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn no_text_does_harm(text in any::<String>()) {
        drop(Filter::parse(&text));
    }

    #[test]
    fn nothing_that_looks_like_a_filter_does_harm(
        words in proptest::collection::vec(
            prop_oneof![
                Just("a"), Just("="), Just("("), Just(")"), Just("AND"), Just("OR"), Just("NOT"), Just("IN"), Just(","),
                Just("BETWEEN"), Just("1"), Just("'x'"), Just("WITHIN"), Just("km"), Just("OF"), Just("EXISTS"),
                Just("-"), Just("`"), Just("\\"), Just("'"), Just("1e"), Just("ß"), Just("true"),
            ],
            0..30,
        )
    ) {
        let text = words.join(" ");
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }
}

//! From our filter to tantivy's query. The filter has been checked against the schema.

use std::ops::Bound;

use tantivy::index::SegmentReader;
use tantivy::query::doc_predicate_query::{DocPredicateQuery, FunctionPredicate};
use tantivy::query::{
    AllQuery, BooleanQuery, EmptyQuery, ExistsQuery, Occur, Query, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Term};

use super::document::exact_key;
use super::fields::{FieldHandles, Fields};
use crate::filter::datetime_millis;
use crate::{Comparison, FieldType, Filter, Value};

/// Mean radius of the earth in metres.
const EARTH: f64 = 6_371_008.8;

type BoxedQuery = Box<dyn Query>;

/// The documents that pass the filter. A field the schema does not know matches nothing.
pub(super) fn query(fields: &Fields, filter: &Filter) -> BoxedQuery {
    match filter {
        Filter::And(parts) if parts.is_empty() => Box::new(AllQuery),
        Filter::And(parts) => {
            Box::new(BooleanQuery::intersection(parts.iter().map(|p| query(fields, p)).collect()))
        }
        Filter::Or(parts) if parts.is_empty() => Box::new(EmptyQuery),
        Filter::Or(parts) => Box::new(BooleanQuery::union(parts.iter().map(|p| query(fields, p)).collect())),
        Filter::Not(inner) => except(Box::new(AllQuery), query(fields, inner)),
        Filter::Compare { field, op, value } => {
            on(fields, field, |handles| compare(fields, handles, *op, value))
        }
        Filter::In { field, values } => on(fields, field, |handles| equal(handles, values)),
        Filter::Between { field, low, high } => on(fields, field, |handles| between(handles, low, high)),
        Filter::Exists { field } => present(fields, field),
        Filter::Within { field, lat, lon, metres } => {
            on(fields, field, |handles| within(handles, (*lat, *lon), *metres))
        }
    }
}

fn on(fields: &Fields, field: &str, build: impl FnOnce(&FieldHandles) -> BoxedQuery) -> BoxedQuery {
    fields.named.get(field).map_or_else(|| Box::new(EmptyQuery) as BoxedQuery, build)
}

/// Those of `kept` that are not in `left_out`.
pub(super) fn except(kept: BoxedQuery, left_out: BoxedQuery) -> BoxedQuery {
    Box::new(BooleanQuery::new(vec![(Occur::Must, kept), (Occur::MustNot, left_out)]))
}

fn term(term: Term) -> BoxedQuery {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn present(fields: &Fields, field: &str) -> BoxedQuery {
    term(Term::from_field_text(fields.present, field))
}

fn compare(fields: &Fields, handles: &FieldHandles, op: Comparison, value: &Value) -> BoxedQuery {
    let unbounded = Bound::Unbounded;
    match op {
        Comparison::Equal => equal(handles, std::slice::from_ref(value)),
        Comparison::NotEqual => {
            except(present(fields, &handles.spec.name), equal(handles, std::slice::from_ref(value)))
        }
        Comparison::Less => range(handles, unbounded, Bound::Excluded(value)),
        Comparison::LessOrEqual => range(handles, unbounded, Bound::Included(value)),
        Comparison::Greater => range(handles, Bound::Excluded(value), unbounded),
        Comparison::GreaterOrEqual => range(handles, Bound::Included(value), unbounded),
    }
}

fn equal(handles: &FieldHandles, values: &[Value]) -> BoxedQuery {
    let Some(field) = handles.exact else { return Box::new(EmptyQuery) };
    // floats and datetimes lie in columns only: equality is the range from the value to itself
    if matches!(handles.spec.kind, FieldType::Float | FieldType::Datetime) {
        return Box::new(BooleanQuery::union(
            values.iter().map(|value| between(handles, value, value)).collect(),
        ));
    }
    let mut terms: Vec<Term> =
        values.iter().filter_map(|value| exact_term(field, handles.spec.kind, value)).collect();
    match terms.len() {
        0 => Box::new(EmptyQuery),
        1 => term(terms.remove(0)),
        _ => Box::new(TermSetQuery::new(terms)),
    }
}

fn exact_term(field: Field, kind: FieldType, value: &Value) -> Option<Term> {
    match (kind, value) {
        (FieldType::Integer, Value::Integer(number)) => Some(Term::from_field_i64(field, *number)),
        (FieldType::Integer, Value::Float(number)) => {
            let whole = number.fract() == 0.0 && *number >= i64::MIN as f64 && *number < i64::MAX as f64;
            whole.then(|| Term::from_field_i64(field, *number as i64))
        }
        (FieldType::Boolean, Value::Boolean(value)) => Some(Term::from_field_bool(field, *value)),
        (_, Value::Text(text)) => Some(Term::from_field_text(field, &exact_key(kind, text))),
        _ => None,
    }
}

fn between(handles: &FieldHandles, low: &Value, high: &Value) -> BoxedQuery {
    range(handles, Bound::Included(low), Bound::Included(high))
}

fn range(handles: &FieldHandles, low: Bound<&Value>, high: Bound<&Value>) -> BoxedQuery {
    let Some(field) = handles.exact else { return Box::new(EmptyQuery) };
    let bounds = match handles.spec.kind {
        FieldType::Float => {
            let bound = |value: Bound<&Value>| {
                value.map(|v| float(v).map(|number| Term::from_field_f64(field, number)))
            };
            (transpose(bound(low)), transpose(bound(high)))
        }
        FieldType::Integer => {
            let low =
                whole_bound(low, f64::ceil, 1).map(|b| b.map(|number| Term::from_field_i64(field, number)));
            let high = whole_bound(high, f64::floor, -1)
                .map(|b| b.map(|number| Term::from_field_i64(field, number)));
            (low, high)
        }
        _ => {
            let bound = |value: Bound<&Value>| {
                value.map(|v| millis(v).map(|number| Term::from_field_i64(field, number)))
            };
            (transpose(bound(low)), transpose(bound(high)))
        }
    };
    match bounds {
        // a bound beyond all whole numbers bounds nothing, but the value must be there
        (Some(Bound::Unbounded), Some(Bound::Unbounded)) => {
            Box::new(ExistsQuery::new(handles.column(), false))
        }
        (Some(low), Some(high)) => Box::new(RangeQuery::new(low, high)),
        _ => Box::new(EmptyQuery),
    }
}

fn transpose<T>(bound: Bound<Option<T>>) -> Option<Bound<T>> {
    match bound {
        Bound::Included(value) => value.map(Bound::Included),
        Bound::Excluded(value) => value.map(Bound::Excluded),
        Bound::Unbounded => Some(Bound::Unbounded),
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn millis(value: &Value) -> Option<i64> {
    match value {
        Value::Text(text) => datetime_millis(text),
        _ => None,
    }
}

/// A bound on whole numbers. One with a fraction is rounded into the range (`inwards` is the step to the next whole
/// number inside), and is included then; `None` when nothing can pass.
fn whole_bound(bound: Bound<&Value>, round: impl Fn(f64) -> f64, inwards: i64) -> Option<Bound<i64>> {
    let (value, included) = match bound {
        Bound::Unbounded => return Some(Bound::Unbounded),
        Bound::Included(value) => (value, true),
        Bound::Excluded(value) => (value, false),
    };
    let number = match value {
        Value::Integer(number) => {
            return Some(if included { Bound::Included(*number) } else { Bound::Excluded(*number) });
        }
        Value::Float(number) => *number,
        _ => return None,
    };
    let whole = round(number);
    if whole >= i64::MAX as f64 {
        return (inwards < 0).then_some(Bound::Unbounded);
    }
    if whole < i64::MIN as f64 {
        return (inwards > 0).then_some(Bound::Unbounded);
    }
    let keep = included || whole != number;
    Some(if keep { Bound::Included(whole as i64) } else { Bound::Excluded(whole as i64) })
}

/// Points in a circle on the sphere: a band of latitudes first, then the true distance.
fn within(handles: &FieldHandles, centre: (f64, f64), metres: f64) -> BoxedQuery {
    let Some((lat_field, _)) = handles.point else { return Box::new(EmptyQuery) };
    // a little wider than the circle, so that rounding never cuts it
    let reach = (metres / EARTH).to_degrees() * 1.000_001 + 1e-9;
    let edge = |degrees: f64| Bound::Included(Term::from_field_f64(lat_field, degrees));
    let band = RangeQuery::new(edge(centre.0 - reach), edge(centre.0 + reach));
    let (lat_column, lon_column) = handles.point_columns();
    let near = FunctionPredicate::from(move |segment: &SegmentReader| {
        let (lats, lons) = (segment.fast_fields().f64(&lat_column)?, segment.fast_fields().f64(&lon_column)?);
        Ok(move |doc: DocId| match (lats.first(doc), lons.first(doc)) {
            (Some(lat), Some(lon)) => distance(centre, (lat, lon)) <= metres,
            _ => false,
        })
    });
    let near = DocPredicateQuery::from(near);
    Box::new(BooleanQuery::intersection(vec![Box::new(band), Box::new(near)]))
}

/// Metres along the great circle (haversine).
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.1 - a.1).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * EARTH * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_globe() {
        let (madrid, barcelona) = ((40.4168, -3.7038), (41.3874, 2.1686));
        assert!((distance(madrid, barcelona) - 505_000.0).abs() < 2_000.0);
        assert!(distance((0.0, 179.9), (0.0, -179.9)) < 23_000.0, "the date line is no wall");
        assert!((distance((90.0, 0.0), (-90.0, 0.0)) - std::f64::consts::PI * EARTH).abs() < 1.0);
    }

    #[test]
    fn fractions_bound_whole_numbers_rightly() {
        let low = |v: Bound<&Value>| whole_bound(v, f64::ceil, 1);
        let high = |v: Bound<&Value>| whole_bound(v, f64::floor, -1);
        assert_eq!(low(Bound::Excluded(&Value::Float(1.5))), Some(Bound::Included(2)));
        assert_eq!(high(Bound::Excluded(&Value::Float(1.5))), Some(Bound::Included(1)));
        assert_eq!(low(Bound::Excluded(&Value::Float(2.0))), Some(Bound::Excluded(2)));
        assert_eq!(low(Bound::Included(&Value::Float(1e300))), None);
        assert_eq!(high(Bound::Included(&Value::Float(1e300))), Some(Bound::Unbounded));
        assert_eq!(high(Bound::Included(&Value::Float(-1e300))), None);
    }
}

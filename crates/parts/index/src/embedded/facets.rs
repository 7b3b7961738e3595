//! Counts by value over all documents that match, taken while they are collected.

use std::collections::HashMap;
use std::io;

use catalejo_port::{PortError, PortResult};
use serde_json::Value as Json;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentReader;
use tantivy::{DocId, Score};

use super::fields::Fields;
use crate::{Facet, FacetRequest, FieldType};

/// Counts the facets asked for.
pub(super) struct Facets {
    columns: Vec<(String, FieldType)>,
}

/// What one facet counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    texts: HashMap<String, u64>,
    numbers: HashMap<i64, u64>,
    range: Option<(f64, f64)>,
}

impl Facets {
    /// Facets over fields, each of which must be facetable.
    pub fn new(fields: &Fields, requests: &[FacetRequest]) -> PortResult<Self> {
        let column = |request: &FacetRequest| {
            let handles = fields.named.get(&request.field).filter(|handles| handles.spec.facetable);
            handles
                .map(|handles| (handles.column(), handles.spec.kind))
                .ok_or_else(|| unknown(fields, &request.field))
        };
        Ok(Self { columns: requests.iter().map(column).collect::<PortResult<_>>()? })
    }
}

fn unknown(fields: &Fields, name: &str) -> PortError {
    let mut known: Vec<&str> =
        fields.named.values().filter(|f| f.spec.facetable).map(|f| f.spec.name.as_str()).collect();
    known.sort_unstable();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    PortError::invalid(format!("facets: the field `{name}` cannot be counted; facetable fields: {known}"))
}

enum Counter {
    /// Counts by the value's place in the segment's dictionary.
    Texts(StrColumn, Vec<u64>),
    Integers(Column<i64>, HashMap<i64, u64>, Option<(f64, f64)>),
    Booleans(Column<bool>, [u64; 2]),
    Floats(Column<f64>, Option<(f64, f64)>),
    Times(Column<i64>, Option<(f64, f64)>),
    /// No document of the segment has the field.
    Nothing,
}

fn widen(range: &mut Option<(f64, f64)>, value: f64) {
    *range = Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))));
}

impl Counter {
    fn open(segment: &SegmentReader, column: &str, kind: FieldType) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(match kind {
            FieldType::Keyword | FieldType::Tags => match columns.str(column)? {
                Some(column) => {
                    let counts = vec![0; column.num_terms()];
                    Self::Texts(column, counts)
                }
                None => Self::Nothing,
            },
            FieldType::Integer => Self::Integers(columns.i64(column)?, HashMap::new(), None),
            FieldType::Boolean => Self::Booleans(columns.bool(column)?, [0, 0]),
            FieldType::Float => Self::Floats(columns.f64(column)?, None),
            FieldType::Datetime => Self::Times(columns.i64(column)?, None),
            FieldType::Text | FieldType::Geo => Self::Nothing,
        })
    }

    fn count(&mut self, doc: DocId) {
        match self {
            Self::Texts(column, counts) => {
                for ord in column.ords().values_for_doc(doc) {
                    counts[ord as usize] += 1;
                }
            }
            Self::Integers(column, counts, range) => {
                if let Some(value) = column.first(doc) {
                    *counts.entry(value).or_default() += 1;
                    widen(range, value as f64);
                }
            }
            Self::Booleans(column, counts) => {
                if let Some(value) = column.first(doc) {
                    counts[usize::from(value)] += 1;
                }
            }
            Self::Floats(column, range) => {
                if let Some(value) = column.first(doc) {
                    widen(range, value);
                }
            }
            Self::Times(column, range) => {
                if let Some(value) = column.first(doc) {
                    widen(range, value as f64);
                }
            }
            Self::Nothing => {}
        }
    }

    fn tally(self) -> io::Result<Tally> {
        let mut tally = Tally::default();
        match self {
            Self::Texts(column, counts) => {
                for (ord, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                    let mut text = String::new();
                    column.ord_to_str(ord as u64, &mut text)?;
                    tally.texts.insert(text, count);
                }
            }
            Self::Integers(_, counts, range) => {
                tally.numbers = counts;
                tally.range = range;
            }
            Self::Booleans(_, counts) => {
                let present = counts.into_iter().enumerate().filter(|&(_, count)| count > 0);
                tally.numbers = present.map(|(value, count)| (value as i64, count)).collect();
            }
            Self::Floats(_, range) | Self::Times(_, range) => tally.range = range,
            Self::Nothing => {}
        }
        Ok(tally)
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (text, count) in other.texts {
            *self.texts.entry(text).or_default() += count;
        }
        for (number, count) in other.numbers {
            *self.numbers.entry(number).or_default() += count;
        }
        if let Some((low, high)) = other.range {
            widen(&mut self.range, low);
            widen(&mut self.range, high);
        }
    }

    /// The answer: most frequent first, then by value.
    pub fn facet(self, fields: &Fields, request: &FacetRequest) -> Facet {
        let boolean = fields.named.get(&request.field).is_some_and(|f| f.spec.kind == FieldType::Boolean);
        let number = |n: i64| if boolean { Json::Bool(n == 1) } else { Json::from(n) };
        let mut numbers: Vec<(i64, u64)> = self.numbers.into_iter().collect();
        numbers.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut texts: Vec<(String, u64)> = self.texts.into_iter().collect();
        texts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let numbers = numbers.into_iter().map(|(value, count)| (number(value), count));
        let texts = texts.into_iter().map(|(value, count)| (Json::String(value), count));
        let values = numbers.chain(texts).take(request.limit).collect();
        Facet { field: request.field.clone(), values, range: self.range }
    }
}

/// The counters of one segment.
pub(super) struct SegmentFacets(Vec<Counter>);

impl SegmentCollector for SegmentFacets {
    type Fruit = io::Result<Vec<Tally>>;

    fn collect(&mut self, doc: DocId, _score: Score) {
        for counter in &mut self.0 {
            counter.count(doc);
        }
    }

    fn harvest(self) -> Self::Fruit {
        self.0.into_iter().map(Counter::tally).collect()
    }
}

impl Collector for Facets {
    type Fruit = Vec<Tally>;
    type Child = SegmentFacets;

    fn for_segment(&self, _ord: u32, segment: &SegmentReader) -> tantivy::Result<SegmentFacets> {
        let open = |(column, kind): &(String, FieldType)| Counter::open(segment, column, *kind);
        Ok(SegmentFacets(self.columns.iter().map(open).collect::<tantivy::Result<_>>()?))
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<io::Result<Vec<Tally>>>) -> tantivy::Result<Vec<Tally>> {
        let mut total: Vec<Tally> = self.columns.iter().map(|_| Tally::default()).collect();
        for segment in segments {
            for (sum, tally) in total.iter_mut().zip(segment?) {
                sum.add(tally);
            }
        }
        Ok(total)
    }
}

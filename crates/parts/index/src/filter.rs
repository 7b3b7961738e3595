//! The filter expression: what a person writes, as a tree that every backend translates.
//!
//! ```text
//! danceability > 0.8 AND artists = "X"
//! year IN (1999, 2001) OR NOT explicit = true
//! tempo BETWEEN 90 AND 120 AND lyrics EXISTS
//! place WITHIN 10 km OF (40.4, -3.7)
//! ```

mod check;
mod display;
mod lex;
mod parse;

pub(crate) use check::{datetime_millis, describe};

/// A filter over an index's fields. A missing field matches no comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of them; empty means everything.
    And(Vec<Filter>),
    /// At least one; empty means nothing.
    Or(Vec<Filter>),
    /// Not that one.
    Not(Box<Filter>),
    /// `field op value`. On `tags` and `text`, equality holds when one of the values is equal (text: the whole value).
    Compare {
        /// The field's name.
        field: String,
        /// How to compare.
        op: Comparison,
        /// What with.
        value: Value,
    },
    /// `field IN (a, b)`.
    In {
        /// The field's name.
        field: String,
        /// Any of these.
        values: Vec<Value>,
    },
    /// `field BETWEEN low AND high`, both ends included.
    Between {
        /// The field's name.
        field: String,
        /// Smallest accepted.
        low: Value,
        /// Largest accepted.
        high: Value,
    },
    /// `field EXISTS`: present, not null, not an empty list.
    Exists {
        /// The field's name.
        field: String,
    },
    /// `field WITHIN metres OF (lat, lon)` on the sphere.
    Within {
        /// The field's name.
        field: String,
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
        /// Radius in metres.
        metres: f64,
    },
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`: present and different. Use `NOT field = value` to include the missing.
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A constant in a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Quoted text, also for datetimes.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
}

/// Why a filter cannot be used: what is wrong and at which character.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter, character {at}: {message}")]
pub struct FilterError {
    /// Counted in characters from 1.
    pub at: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

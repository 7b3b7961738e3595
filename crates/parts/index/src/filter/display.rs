use std::fmt;

use super::parse::is_plain_name;
use super::{Comparison, Filter, Value};

/// Writes the filter so that [`Filter::parse`] reads the same tree again.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => write_group(f, parts, " AND ", "TRUE"),
            Self::Or(parts) => write_group(f, parts, " OR ", "FALSE"),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                write_nested(f, inner)
            }
            Self::Compare { field, op, value } => write!(f, "{} {op} {value}", Name(field)),
            Self::In { field, values } => {
                write!(f, "{} IN (", Name(field))?;
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{value}")?;
                }
                f.write_str(")")
            }
            Self::Between { field, low, high } => write!(f, "{} BETWEEN {low} AND {high}", Name(field)),
            Self::Exists { field } => write!(f, "{} EXISTS", Name(field)),
            Self::Within { field, lat, lon, metres } => {
                write!(f, "{} WITHIN {metres:?} m OF ({lat:?}, {lon:?})", Name(field))
            }
        }
    }
}

fn write_group(f: &mut fmt::Formatter<'_>, parts: &[Filter], joint: &str, empty: &str) -> fmt::Result {
    if parts.is_empty() {
        return f.write_str(empty);
    }
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(joint)?;
        }
        write_nested(f, part)?;
    }
    Ok(())
}

/// Groups keep their parentheses, so that reading gives back the same nesting.
fn write_nested(f: &mut fmt::Formatter<'_>, part: &Filter) -> fmt::Result {
    match part {
        Filter::And(parts) | Filter::Or(parts) if !parts.is_empty() => write!(f, "({part})"),
        _ => write!(f, "{part}"),
    }
}

/// A field's name, between backticks where it could be taken for something else.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain_name(self.0) { f.write_str(self.0) } else { write!(f, "`{}`", self.0) }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Text(text) => {
                f.write_str("\"")?;
                for c in text.chars() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"")
            }
        }
    }
}

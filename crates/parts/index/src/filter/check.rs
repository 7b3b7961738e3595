use catalejo_port::{PortError, PortResult};
use chrono::{DateTime, NaiveDate};

use super::{Comparison, Filter, Value};
use crate::{FieldSpec, FieldType, Schema};

impl Filter {
    /// Whether every field exists, may stand in a filter, and is compared with values of its type.
    ///
    /// The error is of kind `Invalid`; for an unknown field it lists those that may be used.
    pub fn check(&self, schema: &Schema) -> PortResult<()> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().try_for_each(|part| part.check(schema)),
            Self::Not(inner) => inner.check(schema),
            Self::Compare { field, op, value } => {
                let spec = filterable(schema, field)?;
                check_operator(spec, *op)?;
                check_value(spec, value)
            }
            Self::In { field, values } => {
                let spec = filterable(schema, field)?;
                check_operator(spec, Comparison::Equal)?;
                values.iter().try_for_each(|value| check_value(spec, value))
            }
            Self::Between { field, low, high } => {
                let spec = filterable(schema, field)?;
                check_operator(spec, Comparison::LessOrEqual)?;
                check_value(spec, low)?;
                check_value(spec, high)
            }
            Self::Exists { field } => filterable(schema, field).map(drop),
            Self::Within { field, lat, lon, metres } => {
                let spec = filterable(schema, field)?;
                check_circle(spec, *lat, *lon, *metres)
            }
        }
    }
}

fn filterable<'a>(schema: &'a Schema, name: &str) -> PortResult<&'a FieldSpec> {
    let found = schema.fields.iter().find(|spec| spec.name == name);
    if let Some(spec) = found.filter(|spec| spec.filterable) {
        return Ok(spec);
    }
    let known: Vec<&str> = schema.fields.iter().filter(|f| f.filterable).map(|f| f.name.as_str()).collect();
    let problem = if found.is_some() { "cannot be used in a filter" } else { "is unknown" };
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(PortError::invalid(format!("filter: the field `{name}` {problem}; filterable fields: {known}")))
}

/// The type with its article, for messages.
pub(crate) fn describe(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "a text",
        FieldType::Keyword => "a keyword",
        FieldType::Float => "a float",
        FieldType::Integer => "an integer",
        FieldType::Boolean => "a boolean",
        FieldType::Datetime => "a datetime",
        FieldType::Geo => "a geo point",
        FieldType::Tags => "a list of tags",
    }
}

fn check_operator(spec: &FieldSpec, op: Comparison) -> PortResult<()> {
    let allowed = match spec.kind {
        FieldType::Float | FieldType::Integer | FieldType::Datetime => return Ok(()),
        FieldType::Geo => "WITHIN and EXISTS",
        _ if matches!(op, Comparison::Equal | Comparison::NotEqual) => return Ok(()),
        _ => "=, !=, IN and EXISTS",
    };
    let (name, kind) = (&spec.name, describe(spec.kind));
    Err(PortError::invalid(format!("filter: the field `{name}` is {kind}, which knows only {allowed}")))
}

fn check_value(spec: &FieldSpec, value: &Value) -> PortResult<()> {
    let expected = match (spec.kind, value) {
        (FieldType::Text | FieldType::Keyword | FieldType::Tags, Value::Text(_))
        | (FieldType::Float | FieldType::Integer, Value::Integer(_) | Value::Float(_))
        | (FieldType::Boolean, Value::Boolean(_)) => return Ok(()),
        (FieldType::Datetime, Value::Text(text)) if datetime_millis(text).is_some() => return Ok(()),
        (FieldType::Text | FieldType::Keyword | FieldType::Tags, _) => "a text in quotes",
        (FieldType::Float | FieldType::Integer, _) => "a number",
        (FieldType::Boolean, _) => "true or false",
        (FieldType::Datetime, _) => "a datetime such as \"2024-05-31T08:00:00Z\" or \"2024-05-31\"",
        (FieldType::Geo, _) => "WITHIN",
    };
    let (name, kind) = (&spec.name, describe(spec.kind));
    Err(PortError::invalid(format!(
        "filter: the field `{name}` is {kind}: expected {expected}, found {value}"
    )))
}

fn check_circle(spec: &FieldSpec, lat: f64, lon: f64, metres: f64) -> PortResult<()> {
    let name = &spec.name;
    if spec.kind != FieldType::Geo {
        let kind = describe(spec.kind);
        return Err(PortError::invalid(format!("filter: WITHIN needs a geo field, `{name}` is {kind}")));
    }
    if !((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)) {
        return Err(PortError::invalid(format!(
            "filter: ({lat}, {lon}) is no place: latitude is -90 to 90, longitude -180 to 180"
        )));
    }
    if !(metres.is_finite() && metres >= 0.0) {
        return Err(PortError::invalid(format!("filter: a radius of {metres} m is not possible")));
    }
    Ok(())
}

/// Milliseconds since 1970 of an RFC 3339 time, or of a plain date's first moment in UTC.
pub(crate) fn datetime_millis(text: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_millis());
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

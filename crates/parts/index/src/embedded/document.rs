//! From our document to tantivy's, with every value checked.

use std::borrow::Cow;

use catalejo_port::{PortError, PortResult};
use serde_json::Value as Json;
use tantivy::TantivyDocument;

use super::fields::{FieldHandles, Fields};
use crate::filter::describe;
use crate::{Document, FieldType, Schema};

/// Bytes of an id.
const MAX_ID: usize = 512;

/// Longest keyword kept as it is; tantivy drops terms beyond 64 KiB.
const MAX_KEYWORD: usize = 32_000;

/// Longest prose compared as it is; longer prose is compared by its hash, which keeps the dictionary small.
const MAX_TEXT: usize = 256;

/// The document for tantivy, without its row. Changes nothing, so that a whole batch can be checked first.
pub(super) fn convert(schema: &Schema, fields: &Fields, document: &Document) -> PortResult<TantivyDocument> {
    check_id(&document.id)?;
    check_vector(schema, document)?;
    let mut engine = TantivyDocument::default();
    engine.add_text(fields.id, &document.id);
    engine.add_u64(fields.hash, document.hash);
    let source = serde_json::to_vec(&document.source)
        .map_err(|e| PortError::internal("an item's fields cannot be written").with_source(e))?;
    engine.add_bytes(fields.source, &source);
    for spec in &schema.fields {
        let Some(value) = document.source.get(&spec.name) else { continue };
        let Some(handles) = fields.named.get(&spec.name) else { continue };
        let mut target = Target { engine: &mut engine, handles };
        match target.add(value) {
            Ok(false) => {}
            Ok(true) => engine.add_text(fields.present, &spec.name),
            Err(expected) => return Err(wrong_type(&document.id, handles, expected, value)),
        }
    }
    Ok(engine)
}

fn check_id(id: &str) -> PortResult<()> {
    if id.is_empty() || id.len() > MAX_ID {
        let shown: String = id.chars().take(40).collect();
        let length = id.len();
        return Err(PortError::invalid(format!(
            "the id `{shown}` has {length} bytes; 1 to {MAX_ID} are accepted"
        )));
    }
    Ok(())
}

fn check_vector(schema: &Schema, document: &Document) -> PortResult<()> {
    let Some(vector) = &document.vector else { return Ok(()) };
    let id = &document.id;
    let Some(spec) = &schema.vector else {
        return Err(PortError::invalid(format!(
            "document `{id}`: it has a vector, but the index keeps none"
        )));
    };
    if vector.len() != spec.dimensions {
        return Err(PortError::invalid(format!(
            "document `{id}`: expected a vector of {} dimensions, found {}",
            spec.dimensions,
            vector.len()
        )));
    }
    match vector.iter().position(|x| !x.is_finite()) {
        Some(at) => {
            Err(PortError::invalid(format!("document `{id}`: component {at} of its vector is not finite")))
        }
        None => Ok(()),
    }
}

fn wrong_type(id: &str, handles: &FieldHandles, expected: &str, found: &Json) -> PortError {
    let mut shown = found.to_string();
    if let Some((cut, _)) = shown.char_indices().nth(60) {
        shown.truncate(cut);
        shown.push('…');
    }
    let (name, kind) = (&handles.spec.name, describe(handles.spec.kind));
    PortError::invalid(format!(
        "document `{id}`: the field `{name}` is {kind}: expected {expected}, found {shown}"
    ))
}

/// What a value may be instead: for the error.
type Expected = &'static str;

struct Target<'a> {
    engine: &'a mut TantivyDocument,
    handles: &'a FieldHandles,
}

impl Target<'_> {
    /// Adds a value; answers whether there was one.
    fn add(&mut self, value: &Json) -> Result<bool, Expected> {
        if value.is_null() {
            return Ok(false);
        }
        match self.handles.spec.kind {
            FieldType::Text => self.add_string(value.as_str().ok_or("a string")?, MAX_TEXT),
            FieldType::Keyword => self.add_string(value.as_str().ok_or("a string")?, MAX_KEYWORD),
            FieldType::Tags => return self.add_tags(value),
            FieldType::Float => {
                let number = value.as_f64().filter(|number| number.is_finite()).ok_or("a number")?;
                self.with_exact(|engine, field| engine.add_f64(field, number));
            }
            FieldType::Integer => {
                let number = integer(value).ok_or("a whole number of 64 bits")?;
                self.with_exact(|engine, field| engine.add_i64(field, number));
            }
            FieldType::Boolean => {
                let value = value.as_bool().ok_or("true or false")?;
                self.with_exact(|engine, field| engine.add_bool(field, value));
            }
            FieldType::Datetime => {
                let millis = value.as_str().and_then(rfc3339_millis).ok_or("a datetime in RFC 3339")?;
                self.with_exact(|engine, field| engine.add_i64(field, millis));
            }
            FieldType::Geo => self.add_point(value)?,
        }
        Ok(true)
    }

    fn with_exact(&mut self, add: impl FnOnce(&mut TantivyDocument, tantivy::schema::Field)) {
        if let Some(field) = self.handles.exact {
            add(self.engine, field);
        }
    }

    fn add_string(&mut self, value: &str, longest: usize) {
        self.with_exact(|engine, field| engine.add_text(field, key(value, longest)));
        if let Some(field) = self.handles.words {
            self.engine.add_text(field, value);
        }
    }

    fn add_tags(&mut self, value: &Json) -> Result<bool, Expected> {
        const EXPECTED: Expected = "a list of strings";
        let tags = value.as_array().ok_or(EXPECTED)?;
        let tags: Option<Vec<&str>> = tags.iter().map(Json::as_str).collect();
        let mut tags = tags.ok_or(EXPECTED)?;
        // a tag given twice counts once
        tags.sort_unstable();
        tags.dedup();
        for tag in &tags {
            self.add_string(tag, MAX_KEYWORD);
        }
        Ok(!tags.is_empty())
    }

    fn add_point(&mut self, value: &Json) -> Result<(), Expected> {
        const EXPECTED: Expected = "{\"lat\": -90 to 90, \"lon\": -180 to 180}";
        let part = |name: &str, limit: f64| {
            value.get(name).and_then(Json::as_f64).filter(|degrees| degrees.abs() <= limit).ok_or(EXPECTED)
        };
        let (lat, lon) = (part("lat", 90.0)?, part("lon", 180.0)?);
        if let Some((lat_field, lon_field)) = self.handles.point {
            self.engine.add_f64(lat_field, lat);
            self.engine.add_f64(lon_field, lon);
        }
        Ok(())
    }
}

/// A whole number, also when it came with a fraction of zero.
fn integer(value: &Json) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let number = value.as_f64().filter(|_| !value.is_u64())?;
    // 2^63 itself is representable as a float but not as an integer
    let fits = number.fract() == 0.0 && number >= i64::MIN as f64 && number < i64::MAX as f64;
    fits.then_some(number as i64)
}

fn rfc3339_millis(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}

/// The term under which a whole value of a field is found.
pub(super) fn exact_key(kind: FieldType, value: &str) -> Cow<'_, str> {
    key(value, if kind == FieldType::Text { MAX_TEXT } else { MAX_KEYWORD })
}

fn key(value: &str, longest: usize) -> Cow<'_, str> {
    if value.len() <= longest {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("{}:{}", value.len(), blake3::hash(value.as_bytes()).to_hex()))
}

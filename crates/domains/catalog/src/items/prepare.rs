use catalejo_index::FieldType;
use serde_json::{Map, Value as Json};

use super::refusal::{Refusal, RefusalCode};
use super::typing;
use crate::collections::Compiled;

/// The longest id that an index takes, in bytes.
const ID_BYTES: usize = 512;
/// The highest bit of a content hash says that the row brought its own vector: it is kept when the model changes.
const OWN_VECTOR: u64 = 1 << 63;

/// One item, typed, as one generation of its collection keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prepared {
    pub(crate) id: String,
    pub(crate) source: Map<String, Json>,
    /// What to embed; absent when the row brought its vector or the collection embeds nothing.
    pub(crate) text: Option<String>,
    /// The vector that the row brought.
    pub(crate) own: Option<Vec<f32>>,
    pub(crate) hash: u64,
}

/// Whether the document with this hash brought its own vector.
pub(crate) fn has_own_vector(hash: u64) -> bool {
    hash & OWN_VECTOR != 0
}

impl Compiled {
    /// Types one raw item. `dimensions` is the length of the generation's vectors, `model` what fills them.
    pub(crate) fn prepare(
        &self,
        raw: &Map<String, Json>,
        model: &str,
        dimensions: Option<usize>,
    ) -> Result<Prepared, Refusal> {
        let id = self.id_of(raw)?;
        let (column, own) = self.own_vector(raw, dimensions).map_err(|refusal| refusal.id(&id))?;
        let mut source = Map::with_capacity(raw.len());
        for (name, value) in raw.iter().filter(|(name, _)| Some(name.as_str()) != column) {
            match self.definition.fields.get(name) {
                None => {
                    source.insert(name.clone(), value.clone());
                }
                Some(field) => match typing::convert(field.kind, value) {
                    Ok(Some(value)) => {
                        source.insert(name.clone(), value);
                    }
                    Ok(None) => {}
                    Err(reason) => {
                        let message = format!("{name}: {reason}");
                        return Err(Refusal::new(RefusalCode::WrongType, message).field(name).id(&id));
                    }
                },
            }
        }
        for (name, default) in &self.defaults {
            if !source.contains_key(name) {
                source.insert(name.clone(), default.clone());
            }
        }
        let missing = self
            .definition
            .fields
            .0
            .iter()
            .find(|(name, field)| field.required && !source.contains_key(name));
        if let Some((name, _)) = missing {
            return Err(Refusal::new(RefusalCode::MissingField, format!("{name} is required"))
                .field(name)
                .id(&id));
        }
        Ok(self.finish(id, source, own, model))
    }

    /// The same item as another generation keeps it: `source` has been typed before.
    pub(crate) fn finish(
        &self,
        id: String,
        source: Map<String, Json>,
        own: Option<Vec<f32>>,
        model: &str,
    ) -> Prepared {
        let text = match (&own, &self.template) {
            (None, Some(template)) => Some(template.render(&source)),
            _ => None,
        };
        let hash = content_hash(&source, text.as_deref(), own.as_deref(), model);
        Prepared { id, source, text, own, hash }
    }

    pub(crate) fn id_of(&self, raw: &Map<String, Json>) -> Result<String, Refusal> {
        let name = &self.definition.id;
        let kind = self.definition.fields.get(name).map_or(FieldType::Keyword, |field| field.kind);
        let value = raw.get(name).map_or(Ok(None), |value| typing::convert(kind, value));
        let id = match value {
            Ok(Some(Json::String(id))) => id,
            Ok(Some(value)) => value.to_string(),
            Ok(None) => {
                return Err(
                    Refusal::new(RefusalCode::MissingId, format!("{name}: the row has no id")).field(name)
                );
            }
            Err(reason) => {
                return Err(Refusal::new(RefusalCode::WrongType, format!("{name}: {reason}")).field(name));
            }
        };
        if id.trim().is_empty() {
            return Err(
                Refusal::new(RefusalCode::MissingId, format!("{name}: the row has no id")).field(name)
            );
        }
        if id.len() > ID_BYTES {
            let message = format!("{name}: an id has at most {ID_BYTES} bytes, this one has {}", id.len());
            return Err(Refusal::new(RefusalCode::IdTooLong, message).field(name).id(&id));
        }
        Ok(id)
    }

    /// The column in which the row brings its vector, and the vector.
    fn own_vector(
        &self,
        raw: &Map<String, Json>,
        dimensions: Option<usize>,
    ) -> Result<(Option<&str>, Option<Vec<f32>>), Refusal> {
        let Some(expected) = dimensions else { return Ok((None, None)) };
        let column = self.vector_columns.iter().find(|column| raw.contains_key(*column));
        let Some(column) = column else { return Ok((None, None)) };
        let value = &raw[column];
        if value.is_null() || value == "" {
            return Ok((Some(column), None));
        }
        let wrong = |message: String| {
            Refusal::new(RefusalCode::WrongVector, format!("{column}: {message}")).field(column)
        };
        let vector = read_vector(value).ok_or_else(|| wrong("expected a list of finite numbers".into()))?;
        if vector.len() != expected {
            return Err(wrong(format!(
                "the collection's vectors have {expected} components, this one {}",
                vector.len()
            )));
        }
        if vector.iter().all(|x| *x == 0.0) {
            return Err(wrong("a vector of zeros has no direction".into()));
        }
        Ok((Some(column), Some(vector)))
    }
}

fn read_vector(value: &Json) -> Option<Vec<f32>> {
    match value {
        Json::Array(values) => {
            values.iter().map(|value| value.as_f64().map(|x| x as f32).filter(|x| x.is_finite())).collect()
        }
        Json::String(text) => {
            let vector: Vec<f32> = serde_json::from_str(text).ok()?;
            vector.iter().all(|x| x.is_finite()).then_some(vector)
        }
        _ => None,
    }
}

/// A hash of all that decides what the index holds: the fields, the embedded text, the model or the own vector.
fn content_hash(source: &Map<String, Json>, text: Option<&str>, own: Option<&[f32]>, model: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hash_object(&mut hasher, source);
    hasher.update(model.as_bytes());
    hasher.update(b"\0");
    if let Some(text) = text {
        hasher.update(text.as_bytes());
    }
    for x in own.unwrap_or_default() {
        hasher.update(&x.to_le_bytes());
    }
    let digest = hasher.finalize();
    let first: [u8; 8] = digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes");
    let hash = u64::from_le_bytes(first) & !OWN_VECTOR;
    if own.is_some() { hash | OWN_VECTOR } else { hash }
}

/// Fields in the order of their names: the order of columns changes nothing.
fn hash_object(hasher: &mut blake3::Hasher, object: &Map<String, Json>) {
    let mut names: Vec<&String> = object.keys().collect();
    names.sort_unstable();
    hasher.update(b"{");
    for name in names {
        hash_bytes(hasher, b's', name.as_bytes());
        hash_value(hasher, &object[name]);
    }
    hasher.update(b"}");
}

fn hash_value(hasher: &mut blake3::Hasher, value: &Json) {
    match value {
        Json::Null => drop(hasher.update(b"n")),
        Json::Bool(b) => drop(hasher.update(if *b { b"t" } else { b"f" })),
        Json::Number(n) => hash_bytes(hasher, b'#', n.to_string().as_bytes()),
        Json::String(s) => hash_bytes(hasher, b's', s.as_bytes()),
        Json::Array(values) => {
            hasher.update(b"[");
            values.iter().for_each(|value| hash_value(hasher, value));
            hasher.update(b"]");
        }
        Json::Object(object) => hash_object(hasher, object),
    }
}

/// Tag and length keep `["ab"]` and `["a", "b"]` apart.
fn hash_bytes(hasher: &mut blake3::Hasher, tag: u8, bytes: &[u8]) {
    hasher.update(&[tag]);
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

//! How an index's fields lie in tantivy.

use std::collections::HashMap;

use catalejo_port::{PortError, PortResult};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STORED, Schema as EngineSchema, SchemaBuilder,
    TextFieldIndexing, TextOptions,
};

use super::text::ANALYZER;
use crate::{FieldSpec, FieldType, Schema};

/// The id's column, for sorting.
pub(super) const ID: &str = "_id";
/// The row's column.
pub(super) const ROW: &str = "_row";
/// The content hash's column.
pub(super) const HASH: &str = "_hash";

/// Handles of the fields that every document has, and of the schema's own by their names.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub id: Field,
    pub row: Field,
    pub hash: Field,
    pub source: Field,
    /// Names of the schema's fields that the document has: what `EXISTS` looks up.
    pub present: Field,
    /// By the schema's name.
    pub named: HashMap<String, FieldHandles>,
}

/// Where one field of the schema lies.
#[derive(Debug, Clone)]
pub(super) struct FieldHandles {
    pub spec: FieldSpec,
    /// Whole values: exact terms or numbers.
    pub exact: Option<Field>,
    /// Latitude and longitude of a geo point.
    pub point: Option<(Field, Field)>,
    /// Its words.
    pub words: Option<Field>,
}

impl FieldHandles {
    /// The column of whole values.
    pub fn column(&self) -> String {
        exact_name(&self.spec.name)
    }

    /// The columns of latitude and longitude.
    pub fn point_columns(&self) -> (String, String) {
        point_names(&self.spec.name)
    }
}

// A schema's names begin with a letter and ours end their prefix with `_`, so that none can collide.
fn exact_name(name: &str) -> String {
    format!("exact_{name}")
}

fn point_names(name: &str) -> (String, String) {
    (format!("lat_{name}"), format!("lon_{name}"))
}

impl Fields {
    /// Tantivy's schema for ours, and the handles into it. The same schema always gives the same result.
    pub fn build(schema: &Schema) -> (EngineSchema, Self) {
        let mut builder = EngineSchema::builder();
        let id = builder.add_text_field(ID, exact_text().set_fast("raw"));
        let row = builder.add_u64_field(ROW, INDEXED | FAST);
        let hash = builder.add_u64_field(HASH, FAST);
        let source = builder.add_bytes_field("_source", STORED);
        let present = builder.add_text_field("_present", exact_text());
        let named = schema
            .fields
            .iter()
            .map(|spec| (spec.name.clone(), FieldHandles::add(spec, &mut builder)))
            .collect();
        (builder.build(), Self { id, row, hash, source, present, named })
    }
}

fn exact_text() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

impl FieldHandles {
    fn add(spec: &FieldSpec, builder: &mut SchemaBuilder) -> Self {
        let mut handles = Self { spec: spec.clone(), exact: None, point: None, words: None };
        if spec.filterable || spec.facetable {
            handles.add_values(builder);
        }
        if spec.searchable {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(ANALYZER)
                .set_index_option(IndexRecordOption::WithFreqs);
            let options = TextOptions::default().set_indexing_options(indexing);
            handles.words = Some(builder.add_text_field(&format!("words_{}", spec.name), options));
        }
        handles
    }

    fn add_values(&mut self, builder: &mut SchemaBuilder) {
        let name = self.column();
        let column = NumericOptions::default().set_fast();
        let indexed = column.clone().set_indexed();
        self.exact = match self.spec.kind {
            // prose is compared, never counted: no column
            FieldType::Text => Some(builder.add_text_field(&name, exact_text())),
            FieldType::Keyword | FieldType::Tags => {
                Some(builder.add_text_field(&name, exact_text().set_fast("raw")))
            }
            FieldType::Float => Some(builder.add_f64_field(&name, column)),
            FieldType::Integer => Some(builder.add_i64_field(&name, indexed)),
            FieldType::Datetime => Some(builder.add_i64_field(&name, column)),
            FieldType::Boolean => Some(builder.add_bool_field(&name, indexed)),
            FieldType::Geo => {
                let (lat, lon) = self.point_columns();
                self.point =
                    Some((builder.add_f64_field(&lat, column.clone()), builder.add_f64_field(&lon, column)));
                None
            }
        };
    }
}

/// Whether the schema makes sense; the error names the field.
pub(super) fn check_schema(schema: &Schema) -> PortResult<()> {
    let mut seen = std::collections::HashSet::new();
    for spec in &schema.fields {
        let name = &spec.name;
        let wrong = |problem: &str| Err(PortError::invalid(format!("schema: the field `{name}` {problem}")));
        if !is_field_name(name) {
            return wrong("has no proper name: a letter, then letters, digits and _, 128 at most");
        }
        if !seen.insert(name) {
            return wrong("is there twice");
        }
        let kind = spec.kind;
        if spec.searchable && !matches!(kind, FieldType::Text | FieldType::Keyword | FieldType::Tags) {
            return wrong("cannot be searchable: only text, keyword and tags can");
        }
        if spec.facetable && matches!(kind, FieldType::Text | FieldType::Geo) {
            return wrong("cannot be facetable: text and geo cannot");
        }
    }
    match &schema.vector {
        Some(spec) if spec.dimensions == 0 || spec.dimensions > catalejo_vectors::MAX_DIMENSIONS => {
            Err(PortError::invalid(format!(
                "schema: vectors of {} dimensions are not supported, only 1 to {}",
                spec.dimensions,
                catalejo_vectors::MAX_DIMENSIONS
            )))
        }
        _ => Ok(()),
    }
}

fn is_field_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

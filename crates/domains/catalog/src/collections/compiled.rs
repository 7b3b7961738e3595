use catalejo_index::{FieldSpec, FieldType, Schema, VectorSpec};
use serde_json::Value as Json;

use super::template::Template;
use super::{Definition, Field};
use crate::items::typing;
use crate::{CatalogError, CatalogResult};

/// Columns in which a row may bring its own vector, unless the definition names one or has such a field.
const VECTOR_COLUMNS: [&str; 2] = ["_vector", "vector"];

/// A definition that keeps every rule, ready to type items.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pub(crate) definition: Definition,
    pub(crate) template: Option<Template>,
    /// Defaults in their stored form.
    pub(crate) defaults: Vec<(String, Json)>,
    pub(crate) vector_columns: Vec<String>,
}

impl Compiled {
    /// Checks every rule; the first one broken is the error.
    pub(crate) fn new(mut definition: Definition) -> CatalogResult<Self> {
        check_name(&definition.name)?;
        if definition.fields.get(&definition.id).is_none() {
            check_field_name(&definition.id).map_err(|reason| CatalogError::definition("id", reason))?;
            definition.fields.0.insert(0, (definition.id.clone(), Field::new(FieldType::Keyword)));
        }
        let mut defaults = Vec::new();
        for (name, field) in &definition.fields.0 {
            let path = format!("fields.{name}");
            check_field_name(name).map_err(|reason| CatalogError::definition(&path, reason))?;
            check_flags(&path, field)?;
            if let Some(default) = &field.default {
                defaults.push((name.clone(), check_default(&path, field, default)?));
            }
        }
        check_id(&definition)?;
        if let Some(title) =
            definition.title.as_deref().filter(|title| definition.fields.get(title).is_none())
        {
            return Err(CatalogError::definition("title", format!("{title:?} is none of the fields")));
        }
        let template = check_embed(&definition)?;
        let vector_columns = match definition.embed.as_ref().and_then(|embed| embed.vector.clone()) {
            Some(column) => vec![column],
            None => VECTOR_COLUMNS
                .into_iter()
                .filter(|column| definition.fields.get(column).is_none())
                .map(str::to_owned)
                .collect(),
        };
        Ok(Self { definition, template, defaults, vector_columns })
    }

    /// What the index has to know. `model` fills the vectors: its fingerprint and dimensions.
    pub(crate) fn schema(&self, model: Option<(&str, usize)>) -> Schema {
        let fields = self.definition.fields.0.iter().map(|(name, field)| FieldSpec {
            name: name.clone(),
            kind: field.kind,
            searchable: field.is_searchable(),
            filterable: field.is_filterable(),
            facetable: field.is_facetable(),
        });
        let vector = model.map(|(model, dimensions)| VectorSpec { dimensions, model: model.to_owned() });
        Schema { fields: fields.collect(), vector }
    }
}

fn check_name(name: &str) -> CatalogResult<()> {
    let wrong = |reason: &str| Err(CatalogError::definition("name", reason));
    let mut chars = name.chars();
    if !chars.next().is_some_and(|c| c.is_ascii_lowercase()) || name.len() > 63 {
        return wrong("a name has 1 to 63 characters and starts with a letter from a to z");
    }
    if !chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-') {
        return wrong("a name holds only a-z, 0-9, _ and -");
    }
    let generation = name.rsplit_once('-').is_some_and(|(_, end)| end.bytes().all(|b| b.is_ascii_digit()));
    if generation {
        return wrong(
            "a name does not end in a dash and digits, which number the generations of collections",
        );
    }
    Ok(())
}

fn check_field_name(name: &str) -> Result<(), String> {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    if first && name.len() <= 64 && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(format!("{name:?} is no field name: a letter, then letters, digits and _, at most 64"))
}

fn check_flags(path: &str, field: &Field) -> CatalogResult<()> {
    let words = matches!(field.kind, FieldType::Text | FieldType::Keyword | FieldType::Tags);
    if field.is_searchable() && !words {
        let reason = "only text, keyword and tags are searchable; numbers are found by filter";
        return Err(CatalogError::definition(format!("{path}.searchable"), reason));
    }
    if field.is_facetable() && matches!(field.kind, FieldType::Text | FieldType::Geo) {
        let reason = "text and geo are not facetable; use keyword or tags";
        return Err(CatalogError::definition(format!("{path}.facetable"), reason));
    }
    Ok(())
}

fn check_default(path: &str, field: &Field, default: &Json) -> CatalogResult<Json> {
    let path = format!("{path}.default");
    match typing::convert(field.kind, default) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(CatalogError::definition(path, "an empty default says nothing; leave it out")),
        Err(reason) => Err(CatalogError::definition(path, reason)),
    }
}

fn check_id(definition: &Definition) -> CatalogResult<()> {
    let field = definition.fields.get(&definition.id).expect("the id field was added when it was missing");
    let path = format!("fields.{}", definition.id);
    if !matches!(field.kind, FieldType::Keyword | FieldType::Text | FieldType::Integer) {
        return Err(CatalogError::definition(path, "an id is a keyword, text or integer"));
    }
    if field.default.is_some() {
        return Err(CatalogError::definition(path, "an id has no default: it would be everybody's"));
    }
    Ok(())
}

fn check_embed(definition: &Definition) -> CatalogResult<Option<Template>> {
    let Some(embed) = &definition.embed else { return Ok(None) };
    if embed.text.is_none() && embed.dimensions.is_none() {
        let reason = "give the text to embed, or the dimensions of the vectors that rows bring";
        return Err(CatalogError::definition("embed", reason));
    }
    if embed.dimensions.is_some_and(|n| n == 0 || n > 8192) {
        return Err(CatalogError::definition("embed.dimensions", "1 to 8192"));
    }
    if let Some(column) = embed.vector.as_deref().filter(|column| definition.fields.get(column).is_some()) {
        let reason = format!("{column:?} is a field; vectors are kept apart from the fields");
        return Err(CatalogError::definition("embed.vector", reason));
    }
    let known = |name: &str| definition.fields.get(name).is_some();
    embed.text.as_deref().map(|text| Template::parse(text, known)).transpose()
}

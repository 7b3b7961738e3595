use std::fmt;

use catalejo_index::FieldType;
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::{CatalogError, CatalogResult};

/// What a collection is, as data: its fields, what identifies an item and what of it is embedded.
///
/// Written in TOML (or the same shape in JSON); an unknown key is an error.
///
/// ```toml
/// name = "songs"
/// id = "id"
/// title = "name"
///
/// [embed]
/// text = "{name} by {artists}\n{lyrics}"
///
/// [fields]
/// name = { type = "text", default = "Unknown Song" }
/// artists = { type = "keyword", searchable = true }
/// lyrics = { type = "text" }
/// tempo = { type = "float" }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// `[a-z][a-z0-9_-]{0,62}`, not ending in a dash and digits (generations do).
    pub name: String,
    /// What people should know about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The field that identifies an item; a `keyword` unless it is listed among the fields.
    pub id: String,
    /// The field that names an item to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where vectors come from; without it items are found by words and filters only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embed: Option<Embed>,
    /// The fields, by name.
    pub fields: Fields,
}

/// Where a collection's vectors come from. At least one of `text` and `dimensions` is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embed {
    /// A template over the fields: `{name}` stands for a field's value, `{{` and `}}` for braces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Components of the vectors that rows bring themselves, for a collection without `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<usize>,
    /// The column in which a row may bring its own vector; `_vector` and `vector` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<String>,
}

/// One field and what may be asked of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Found by its words: `text` by default; `keyword` and `tags` may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searchable: Option<bool>,
    /// May stand in a filter: all but `text` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filterable: Option<bool>,
    /// May be counted: `keyword`, `tags` and `boolean` by default; all but `text` and `geo` may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facetable: Option<bool>,
    /// The value of an item that has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// Whether an item without a value is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

impl Field {
    /// A field of `kind` with the type's own defaults.
    pub fn new(kind: FieldType) -> Self {
        Self { kind, searchable: None, filterable: None, facetable: None, default: None, required: false }
    }

    /// Whether it is found by its words.
    pub fn is_searchable(&self) -> bool {
        self.searchable.unwrap_or(self.kind == FieldType::Text)
    }

    /// Whether it may stand in a filter.
    pub fn is_filterable(&self) -> bool {
        self.filterable.unwrap_or(self.kind != FieldType::Text)
    }

    /// Whether it may be counted.
    pub fn is_facetable(&self) -> bool {
        let counted = matches!(self.kind, FieldType::Keyword | FieldType::Tags | FieldType::Boolean);
        self.facetable.unwrap_or(counted)
    }
}

/// Fields by name, in the order in which they were written where the format keeps it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(pub Vec<(String, Field)>);

impl Fields {
    /// The field `name`.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, field)| field)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, field) in &self.0 {
            map.serialize_entry(name, field)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(de::Error::custom(format!("field {name:?} is defined twice")));
                    }
                    fields.push((name, map.next_value::<Field>()?));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

impl Definition {
    /// Reads a definition in TOML; its rules are checked by [`Definition::validate`].
    pub fn from_toml(text: &str) -> CatalogResult<Self> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().map(|span| &text[..span.start.min(text.len())]);
            let path =
                before.map_or("toml".to_owned(), |text| format!("line {}", text.matches('\n').count() + 1));
            CatalogError::definition(path, error.message())
        })
    }

    /// Reads a definition in JSON; its rules are checked by [`Definition::validate`].
    pub fn from_json(value: Json) -> CatalogResult<Self> {
        serde_json::from_value(value).map_err(|error| CatalogError::definition("json", error.to_string()))
    }

    /// The definition in TOML.
    pub fn to_toml(&self) -> CatalogResult<String> {
        toml::to_string(self).map_err(|error| CatalogError::definition("toml", error.to_string()))
    }

    /// Checks every rule; the first one broken is the error.
    pub fn validate(&self) -> CatalogResult<()> {
        super::Compiled::new(self.clone()).map(|_| ())
    }

    /// Whether items indexed under `self` must be indexed anew under `other`.
    pub(crate) fn indexes_differently(&self, other: &Self) -> bool {
        (&self.id, &self.embed, &self.fields) != (&other.id, &other.embed, &other.fields)
    }
}

use serde_json::{Map, Value as Json};

use crate::{CatalogError, CatalogResult};

/// The text that is embedded: literal text and fields' values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Field(String),
}

impl Template {
    /// Reads `{field}`, `{{` and `}}`; `known` says which fields there are.
    pub(crate) fn parse(text: &str, known: impl Fn(&str) -> bool) -> CatalogResult<Self> {
        let wrong = |reason: String| CatalogError::definition("embed.text", reason);
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '{' | '}' if rest.peek() == Some(&c) => {
                    rest.next();
                    literal.push(c);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some(c) => name.push(c),
                            None => return Err(wrong(format!("{{{name} is not closed"))),
                        }
                    }
                    if !known(&name) {
                        return Err(wrong(format!("{{{name}}} is no field; write {{{{ for a brace")));
                    }
                    if !literal.is_empty() {
                        segments.push(Segment::Literal(std::mem::take(&mut literal)));
                    }
                    segments.push(Segment::Field(name));
                }
                '}' => {
                    return Err(wrong("a closing brace without an opening one; write }} for a brace".into()));
                }
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            segments.push(Segment::Literal(literal));
        }
        if !segments.iter().any(|segment| matches!(segment, Segment::Field(_))) {
            return Err(wrong("it names no field, so all items would be alike".into()));
        }
        Ok(Self(segments))
    }

    /// The text of one item; a missing value is nothing.
    pub(crate) fn render(&self, item: &Map<String, Json>) -> String {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Literal(literal) => text.push_str(literal),
                Segment::Field(name) => item.get(name).into_iter().for_each(|value| push(&mut text, value)),
            }
        }
        text
    }
}

fn push(text: &mut String, value: &Json) {
    match value {
        Json::Null => {}
        Json::String(s) => text.push_str(s),
        Json::Array(values) => {
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    text.push_str(", ");
                }
                push(text, value);
            }
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn render(template: &str, item: Json) -> String {
        let template = Template::parse(template, |name| matches!(name, "name" | "tags" | "year")).unwrap();
        template.render(item.as_object().unwrap())
    }

    #[test]
    fn fields_and_braces() {
        let item = json!({"name": "Luna", "tags": ["a", "b"], "year": 1999});
        assert_eq!(render("{name} ({{{year}}}): {tags}", item), "Luna ({1999}): a, b");
        assert_eq!(render("[{name}]", json!({})), "[]");
    }

    #[test]
    fn wrong_templates() {
        for wrong in ["{nome}", "{name", "name}", "no field at all", "{}"] {
            let parsed = Template::parse(wrong, |name| name == "name");
            assert!(parsed.is_err(), "{wrong}");
        }
    }
}

//! What the older services' bodies hold, and how they write it.

use axum::extract::{FromRequest, Request};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::extract;
use crate::problem::{Problem, Result};

/// The fields of a JSON object.
pub struct Fields(Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        Self::read(&extract::body(request, state).await?)
    }
}

impl Fields {
    /// Reads a body; an empty one has no fields.
    fn read(body: &[u8]) -> Result<Self> {
        match body.iter().all(u8::is_ascii_whitespace) {
            true => Ok(Self(Map::new())),
            false => extract::parse(body).map(Self),
        }
    }

    /// A text; `None` when it is missing or null.
    pub fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::invalid(format!("El campo '{name}' debe ser un texto"))),
        }
    }

    /// A text that must be there.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.text(name)?.ok_or_else(|| Problem::invalid(format!("El campo '{name}' es requerido")))
    }

    /// A whole number that must be there; browsers' forms send it as text.
    pub fn number(&self, name: &str) -> Result<i64> {
        let number = match self.0.get(name) {
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => return Err(Problem::invalid(format!("El campo '{name}' es requerido"))),
        };
        number.ok_or_else(|| Problem::invalid(format!("El campo '{name}' debe ser un entero")))
    }
}

/// A prompt as they write it.
pub fn prompt(prompt: &catalejo_social::Prompt) -> Value {
    json!({
        "id": prompt.id,
        "username": prompt.author,
        "prompt": prompt.text,
        "date": date(prompt.created_at),
        "likes": prompt.likes,
    })
}

/// A time as Flask writes it in JSON: HTTP's form.
fn date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_form_of_http() {
        let at = DateTime::parse_from_rfc3339("2024-10-06T07:08:09.123Z").unwrap();
        assert_eq!(date(at.into()), "Sun, 06 Oct 2024 07:08:09 GMT");
    }

    #[test]
    fn numbers_may_be_text_and_texts_may_not_be_numbers() {
        let fields = Fields::read(br#"{"a": 7, "b": " 8 ", "c": "x", "d": null}"#).unwrap();
        assert_eq!((fields.number("a").unwrap(), fields.number("b").unwrap()), (7, 8));
        assert!(fields.number("c").is_err() && fields.number("e").is_err());
        assert!(fields.text("a").is_err() && fields.text("d").unwrap().is_none());
        assert_eq!(fields.required("e").unwrap_err().detail(), "El campo 'e' es requerido");
        assert!(Fields::read(b"").unwrap().text("a").unwrap().is_none());
        assert!(Fields::read(b"[]").is_err());
    }
}

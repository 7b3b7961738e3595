use std::fmt;
use std::str::FromStr;

use catalejo_index::Filter;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::{SocialError, SocialResult};

/// Characters of a prompt.
const TEXT_CHARS: usize = 2000;
const FILTER_CHARS: usize = 4000;
const COLLECTION_CHARS: usize = 63;

/// Which signals look when the prompt is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Meaning and words, fused.
    #[default]
    Hybrid,
    /// Meaning.
    Vector,
    /// Words.
    Text,
}

impl Mode {
    /// The word kept in the store and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Vector => "vector",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "hybrid" => Ok(Self::Hybrid),
            "vector" => Ok(Self::Vector),
            "text" => Ok(Self::Text),
            _ => Err(format!("{word:?} is none of hybrid, vector, text")),
        }
    }
}

/// What somebody publishes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPrompt {
    /// The search, 1 to 2,000 characters; space around it is not kept.
    pub text: String,
    /// The collection it was asked of; the default one when absent. Whether there is such a collection is not checked.
    #[serde(default)]
    pub collection: Option<String>,
    /// Which signals looked.
    #[serde(default)]
    pub mode: Mode,
    /// The filter it was asked with, at most 4,000 characters.
    #[serde(default)]
    pub filter: Option<String>,
}

/// A prompt as a viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prompt {
    /// Ascending in time.
    pub id: i64,
    /// The search.
    pub text: String,
    /// The name of who published it.
    pub author: String,
    /// The collection it was asked of.
    pub collection: String,
    /// Which signals looked.
    pub mode: Mode,
    /// The filter it was asked with.
    pub filter: Option<String>,
    /// How many people like it.
    pub likes: i64,
    /// When it was published.
    pub created_at: DateTime<Utc>,
    /// When its text was last changed.
    pub edited_at: Option<DateTime<Utc>>,
    /// The prompt that it republishes; null when it is none, or when the viewer cannot see that one (any more).
    pub original: Option<Original>,
    /// Whether the viewer likes it.
    pub liked: bool,
    /// Whether its author was made for show.
    pub demo: bool,
}

/// The first prompt of a chain of likes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Original {
    /// Its id.
    pub id: i64,
    /// The name of who published it.
    pub author: String,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The things.
    pub items: Vec<T>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
}

/// A prompt's text as it is kept.
pub(crate) fn checked_text(text: &str) -> SocialResult<String> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars == 0 {
        return Err(SocialError::request("text", "it is empty; write what to search for"));
    }
    if chars > TEXT_CHARS {
        return Err(SocialError::request(
            "text",
            format!("it has {chars} characters, at most {TEXT_CHARS} are accepted"),
        ));
    }
    // PostgreSQL keeps no such character in a text.
    if text.contains('\0') {
        return Err(SocialError::request("text", "it holds a null character"));
    }
    Ok(text.to_owned())
}

pub(crate) fn checked_collection(name: &str) -> SocialResult<String> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if name.is_empty() || name.len() > COLLECTION_CHARS || !name.chars().all(known) {
        return Err(SocialError::request("collection", "a name has 1 to 63 characters of a-z, 0-9, _ and -"));
    }
    Ok(name.to_owned())
}

pub(crate) fn checked_filter(filter: &str) -> SocialResult<Option<String>> {
    let filter = filter.trim();
    if filter.is_empty() {
        return Ok(None);
    }
    if filter.chars().count() > FILTER_CHARS {
        return Err(SocialError::request(
            "filter",
            format!("at most {FILTER_CHARS} characters are accepted"),
        ));
    }
    if filter.contains('\0') {
        return Err(SocialError::request("filter", "it holds a null character"));
    }
    Filter::parse(filter).map_err(|error| SocialError::request("filter", error.to_string()))?;
    Ok(Some(filter.to_owned()))
}

/// A text without case and accents: substrings are looked for in this form, so that every database finds the same.
pub(crate) fn text_key(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

use std::fmt;

use serde::Serialize;

/// What kind of wrong a refused row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The id field is missing or empty.
    MissingId,
    /// The id is longer than 512 bytes.
    IdTooLong,
    /// The file has an earlier row with the same id.
    DuplicateId,
    /// A required field is missing.
    MissingField,
    /// A value is not of its field's type.
    WrongType,
    /// The row's own vector cannot be read or has the wrong length.
    WrongVector,
    /// A quoted cell is not closed, or goes on after its closing quote.
    BrokenQuotes,
    /// More or fewer cells than the header.
    WrongColumns,
    /// A byte 0 in the row.
    NulByte,
    /// Not UTF-8.
    WrongEncoding,
    /// A cell is over the limit.
    CellTooLarge,
    /// A row is over the limit.
    RowTooLarge,
    /// A line of JSON Lines is not a JSON object.
    WrongJson,
}

impl RefusalCode {
    /// The word kept in the store and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingId => "missing_id",
            Self::IdTooLong => "id_too_long",
            Self::DuplicateId => "duplicate_id",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::WrongVector => "wrong_vector",
            Self::BrokenQuotes => "broken_quotes",
            Self::WrongColumns => "wrong_columns",
            Self::NulByte => "nul_byte",
            Self::WrongEncoding => "wrong_encoding",
            Self::CellTooLarge => "cell_too_large",
            Self::RowTooLarge => "row_too_large",
            Self::WrongJson => "wrong_json",
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why one row is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What kind of wrong.
    pub code: RefusalCode,
    /// The row's id, where it was read.
    pub id: Option<String>,
    /// The field at fault, where there is one.
    pub field: Option<String>,
    /// What is wrong, with an excerpt of the value.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, id: None, field: None, message: message.into() }
    }

    pub(crate) fn field(mut self, name: &str) -> Self {
        self.field = Some(name.to_owned());
        self
    }

    pub(crate) fn id(mut self, id: &str) -> Self {
        self.id = Some(excerpt(id, 255));
        self
    }
}

/// The beginning of a text, cut at a character, with an ellipsis when something is missing.
pub(crate) fn excerpt(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

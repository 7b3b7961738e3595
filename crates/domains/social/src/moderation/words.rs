use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who moderates, as the log names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderator {
    /// The name of an administrator, or `owner` for the owner of the data folder.
    pub name: String,
}

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    /// Waits for a moderator.
    Open,
    /// A moderator decided.
    Resolved,
}

impl ReportState {
    /// The word kept in the store and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

/// What a moderator does about a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportAction {
    /// Nothing.
    Dismiss,
    /// Removes the prompt and its unedited republications.
    RemovePrompt,
    /// Hides the person and all their prompts, and keeps them out.
    SuspendUser,
}

impl ReportAction {
    /// The word kept in the store and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::RemovePrompt => "remove_prompt",
            Self::SuspendUser => "suspend_user",
        }
    }
}

impl fmt::Display for ReportAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ReportAction {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "dismiss" => Ok(Self::Dismiss),
            "remove_prompt" => Ok(Self::RemovePrompt),
            "suspend_user" => Ok(Self::SuspendUser),
            _ => Err(format!("{word:?} is none of dismiss, remove_prompt, suspend_user")),
        }
    }
}

/// Something that somebody found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Ascending in time.
    pub id: i64,
    /// The prompt, when one was reported.
    pub prompt: Option<ReportedPrompt>,
    /// The name of the person reported, or of the author of the prompt; null when the account was deleted.
    pub person: Option<String>,
    /// What is wrong, in the reporter's words.
    pub reason: String,
    /// The reporter's name; null when the account was deleted.
    pub reporter: Option<String>,
    /// When it was reported.
    pub created_at: DateTime<Utc>,
    /// Where it stands.
    pub state: ReportState,
    /// What a moderator did.
    pub action: Option<ReportAction>,
    /// Why, in the moderator's words.
    pub note: Option<String>,
    /// The moderator's name.
    pub resolved_by: Option<String>,
    /// When the moderator decided.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// A prompt as it was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedPrompt {
    /// Its id; null when it was deleted.
    pub id: Option<i64>,
    /// Its text at that time.
    pub text: String,
}

/// One line of the log of moderation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Ascending in time.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, by the name they had.
    pub actor: String,
    /// What they did: `dismiss`, `remove_prompt`, `suspend_user`, `lift_suspension` or `remove_demo`.
    pub action: String,
    /// To what: `prompt 12`, `person ana`, `report 3`.
    pub subject: String,
    /// Why, in their words.
    pub note: String,
}

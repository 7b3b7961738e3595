//! Reports, what moderators do about them, and the log of it.

mod decisions;
mod reports;
mod words;

pub(crate) use decisions::log;
pub use words::{AuditEntry, Moderator, Report, ReportAction, ReportState, ReportedPrompt};

use crate::{SocialError, SocialResult};

/// Characters of a reason or note.
const NOTE_CHARS: usize = 2000;

fn checked_note(field: &'static str, text: &str, least: usize) -> SocialResult<String> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars < least || chars > NOTE_CHARS || text.contains('\0') {
        return Err(SocialError::request(
            field,
            format!("{least} to {NOTE_CHARS} characters are accepted, it has {chars}"),
        ));
    }
    Ok(text.to_owned())
}

//! Names of people: what may stand in one, and which two are too alike to belong to two people.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;
use unicode_security::general_security_profile::{GeneralSecurityProfile, IdentifierType};

use crate::{AccountError, AccountResult};

const MIN_CHARS: usize = 3;
const MAX_CHARS: usize = 32;
/// Longer ones are refused unread. The longest name takes four bytes a character and shrinks when composed.
const MAX_BYTES: usize = 1024;
/// What the column holds; a few letters of some scripts look like many of another.
const MAX_KEY_CHARS: usize = 255;
/// Marks on one letter. Real orthographies need no more; a tower of them disturbs the lines above and below.
const MAX_MARKS: usize = 3;

/// A name that may be taken, as it is written and in the forms that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) folded: String,
    /// Equal for names that differ in case only, or that look alike in lower case.
    pub(crate) key: String,
    /// The same for the letters as they are written: `paypaI` with a capital I looks like `paypal`.
    pub(crate) look: String,
}

impl Name {
    /// Reads a name: NFKC, trimmed, 3 to 32 letters of any script, digits and `_ . -`.
    pub(crate) fn parse(text: &str) -> AccountResult<Self> {
        let refused = |reason: String| AccountError::invalid("name", reason);
        let length = || refused(format!("it must have {MIN_CHARS} to {MAX_CHARS} characters"));
        if text.len() > MAX_BYTES {
            return Err(length());
        }
        let name: String = text.trim().nfkc().collect();
        if !(MIN_CHARS..=MAX_CHARS).contains(&name.chars().count()) {
            return Err(length());
        }
        if let Some(wrong) = name.chars().find(|c| !is_allowed(*c)) {
            return Err(refused(format!(
                "it may hold letters, digits, `_`, `.` and `-`, not {:?} (U+{:04X})",
                wrong,
                u32::from(wrong)
            )));
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(refused("it must hold a letter or a digit".to_owned()));
        }
        if has_misplaced_marks(&name) {
            return Err(refused(format!("a letter carries the marks, and at most {MAX_MARKS} of them")));
        }
        let (folded, key, look) = (folded(&name), name_key(&name), look(&name));
        if key.chars().count().max(look.chars().count()) > MAX_KEY_CHARS {
            return Err(length());
        }
        Ok(Self { text: name, folded, key, look })
    }
}

/// Letters of any script with their marks, digits, and three signs. What cannot be seen, what turns the direction of
/// the text and what Unicode bars from identifiers is none of these, even where its category says letter.
fn is_allowed(c: char) -> bool {
    if matches!(c, '_' | '.' | '-') {
        return true;
    }
    let barred = matches!(
        c.identifier_type(),
        None | Some(
            IdentifierType::Not_Character
                | IdentifierType::Deprecated
                | IdentifierType::Default_Ignorable
                | IdentifierType::Not_NFKC
                | IdentifierType::Not_XID
        )
    );
    !barred && (c.is_alphanumeric() || is_combining_mark(c))
}

fn has_misplaced_marks(name: &str) -> bool {
    // A mark at the start, or behind a sign, has no letter to stand on.
    let mut marks = MAX_MARKS;
    name.chars().any(|c| {
        marks = match c {
            _ if is_combining_mark(c) => marks + 1,
            '_' | '.' | '-' => MAX_MARKS,
            _ => 0,
        };
        marks > MAX_MARKS
    })
}

/// A text without regard to case and to how it is composed, as `users.name_folded` holds it.
pub fn folded(text: &str) -> String {
    // By way of capitals, which also unite `ß` with `ss` and the two small sigmas.
    let composed: String = text.trim().nfkc().collect();
    composed.to_uppercase().to_lowercase().nfkc().collect()
}

/// What two spellings of one name share: case, composition and look-alikes do not matter.
/// For comparing a name that a request brings with that of its user.
pub fn name_key(text: &str) -> String {
    look(&folded(text))
}

/// The prototype of each letter's shape, without regard to case. Repeated, because a prototype has a prototype again
/// in its other case: a Cyrillic capital М looks like M, and m like r followed by n.
fn look(text: &str) -> String {
    let mut shape = text.to_owned();
    for _ in 0..4 {
        let next = folded(&skeleton(&shape).collect::<String>());
        if next == shape {
            break;
        }
        shape = next;
    }
    shape
}

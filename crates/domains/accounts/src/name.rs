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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        match Name::parse(text) {
            Err(AccountError::Invalid { field: "name", reason }) => reason,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn letters_of_any_script_are_allowed() {
        for name in [
            "ana",
            "Ana-María",
            "o.brien_7",
            "Łukasz",
            "Дмитрий",
            "Ελένη",
            "王小明",
            "さくら",
            "김철수",
            "محمد",
            "דוד-כהן",
            "हिन्दी",
            "ไม้เอก",
            "தமிழ்",
            "ქართული",
            "a--",
            "-1-",
            "٣٤٥",
        ] {
            assert_eq!(Name::parse(name).unwrap().text, name);
        }
        assert_eq!(Name::parse("  Ａｎａ\u{3000}").unwrap().text, "Ana");
        assert_eq!(Name::parse("Jose\u{301}").unwrap().text, "José");
    }

    #[test]
    fn three_to_32_characters() {
        for short in ["", "ab", "   a   ", "e\u{301}e"] {
            assert!(refused(short).contains("3 to 32"), "{short:?}");
        }
        assert_eq!(Name::parse(&"ñ".repeat(32)).unwrap().text.chars().count(), 32);
        // Two code points each, but one letter when composed.
        Name::parse(&"n\u{303}".repeat(32)).unwrap();
        for long in ["a".repeat(33), "a".repeat(10_000), "ﷺ".repeat(3)] {
            assert!(refused(&long).contains("3 to 32"), "{long}");
        }
    }

    #[test]
    fn what_cannot_be_seen_or_read_is_refused() {
        let wrong = [
            "ana maria",
            "ana\tb",
            "ana\0b",
            "ana\u{200b}",
            "ana\u{200d}b",
            "ana\u{feff}b",
            "\u{202e}ana",
            "ana\u{200f}",
            "ana\u{2066}b",
            "ana\u{ad}b",
            "ana\u{34f}b",
            "an\u{fe0f}a",
            "anna\u{3164}",
            "ana\u{115f}",
            "ana\u{1160}",
            "ana😀",
            "ana🅰",
            "ana❤",
            "🇪🇸🇪🇸🇪🇸",
            "ana@b",
            "ana/b",
            "ana'b",
            "<b>",
            "ana\\",
            "ana%",
            "ana\u{e0041}",
            "ana\u{fffd}",
            "ana\u{e000}",
            "ana\u{2028}b",
            "ana𝅳b",
            "ana\u{180e}",
        ];
        for name in wrong {
            assert!(refused(name).contains("may hold"), "{name:?}");
        }
        for name in ["...", "-_-", "___"] {
            assert!(refused(name).contains("a letter or a digit"), "{name:?}");
        }
        for name in ["\u{301}ana", "an-\u{301}a", "zag\u{324}\u{325}\u{326}\u{32d}o"] {
            assert!(refused(name).contains("marks"), "{name:?}");
        }
    }

    #[test]
    fn spellings_that_look_alike_share_a_key() {
        let alike = [
            ("paypal", "раураl"),
            ("paypal", "PayPal"),
            ("ana", "ANA"),
            ("ana", "аnа"),
            ("straße", "STRASSE"),
            ("οδυσσεύς", "ΟΔΥΣΣΕΎΣ"),
            ("admin", "adrnin"),
            ("max", "МАХ"),
            ("o0o", "OOO"),
            ("bill", "bi1l"),
            ("José", "JOSE\u{301}"),
            ("scope", "ѕсоре"),
            ("maria", "Μaria"),
        ];
        for (one, other) in alike {
            let (one, other) = (Name::parse(one).unwrap(), Name::parse(other).unwrap());
            let shared = one.key == other.key
                || one.key == other.look
                || one.look == other.key
                || one.look == other.look;
            assert!(shared, "{one:?} {other:?}");
        }
        // A capital I is an l to the eye, though not in lower case.
        let (real, fake) = (Name::parse("paypal").unwrap(), Name::parse("paypaI").unwrap());
        assert_ne!(real.key, fake.key);
        assert_eq!(real.key, fake.look);
        // A Cyrillic capital В is a B to the eye.
        assert_eq!(Name::parse("bob").unwrap().key, Name::parse("Вob").unwrap().look);
        for (one, other) in
            [("ana", "anna"), ("josé", "jose"), ("müller", "muller"), ("bob", "rob"), ("a.b", "a-b")]
        {
            let (one, other) = (Name::parse(one).unwrap(), Name::parse(other).unwrap());
            assert!(one.key != other.key && one.look != other.look, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_key_is_a_fixed_point_and_bounded() {
        for name in ["max", "MAMMA", "Ⅷ-ⅿ", "ﬁﬂﬃ", "İstanbul", "ıIiİ", "ΐΰẖ", "m".repeat(32).as_str()]
        {
            let key = name_key(name);
            assert_eq!(name_key(&key), key, "{name:?}");
            assert!(key.chars().count() <= MAX_KEY_CHARS);
        }
    }
}

//! Cursors: opaque to those who hold them, a few numbers to us.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Page, SocialError, SocialResult};

const MOST: usize = 100;

/// The cursor of a list of the kind `kind`, after what `at` names.
pub(crate) fn to_cursor(kind: &str, at: &[i64]) -> String {
    let numbers: Vec<String> = at.iter().map(i64::to_string).collect();
    URL_SAFE_NO_PAD.encode(format!("{kind}:{}", numbers.join(":")))
}

/// What [`to_cursor`] was given, when it was given the same kind.
pub(crate) fn from_cursor<const N: usize>(
    kind: &str,
    cursor: Option<&str>,
) -> SocialResult<Option<[i64; N]>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let numbers = text.strip_prefix(kind)?.strip_prefix(':')?;
        let numbers: Vec<i64> = numbers.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
        <[i64; N]>::try_from(numbers).ok()
    };
    read().map(Some).ok_or(SocialError::InvalidCursor)
}

/// The size of a page: `wanted`, 20 when zero, at most 100.
pub(crate) fn page_size(wanted: usize) -> usize {
    if wanted == 0 { 20 } else { wanted.min(MOST) }
}

/// The first `limit` of `rows`, which were asked for with one more, and a cursor when there are more.
pub(crate) fn to_page<T>(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Page<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(cursor);
    Page { items: rows, next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_own_list_only() {
        let cursor = to_cursor("likes", &[7, -1]);
        assert_eq!(from_cursor::<2>("likes", Some(&cursor)).unwrap(), Some([7, -1]));
        assert_eq!(from_cursor::<2>("likes", None).unwrap(), None);
        assert!(from_cursor::<2>("newest", Some(&cursor)).is_err());
        assert!(from_cursor::<1>("likes", Some(&cursor)).is_err());
        assert!(from_cursor::<2>("likes", Some("%%%")).is_err());
    }
}

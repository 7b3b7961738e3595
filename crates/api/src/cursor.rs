//! Paging: every list answers `items` and `next_cursor`, null at the end. Cursors are opaque to callers.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Problem, Result};

const DEFAULT_LIMIT: usize = 50;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The `next_cursor` of the page before; left out for the first page.
    pub cursor: Option<String>,
    /// Entries of this page; 50 when left out.
    pub limit: Option<usize>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl Paging {
    /// How many entries to answer.
    pub fn limit(&self, max: usize) -> Result<usize> {
        limit(self.limit, max)
    }

    /// Where the page before ended.
    pub fn after(&self) -> Result<Option<String>> {
        self.cursor.as_deref().map(open).transpose()
    }
}

/// A wanted number of entries, checked against the most that is allowed.
pub fn limit(wanted: Option<usize>, max: usize) -> Result<usize> {
    match wanted.unwrap_or(DEFAULT_LIMIT.min(max)) {
        limit if (1..=max).contains(&limit) => Ok(limit),
        limit => {
            Err(Problem::invalid(format!("limit = {limit}: from 1 to {max} entries a page are possible")))
        }
    }
}

impl<T> Page<T> {
    /// A page of a list whose next page starts after `next`.
    pub fn new(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next_cursor: next.map(|key| seal(&key)) }
    }

    /// The page of a whole list, sorted by `key`, that starts after the key `after`.
    pub fn of(
        all: impl Iterator<Item = T>,
        after: Option<String>,
        limit: usize,
        key: impl Fn(&T) -> &String,
    ) -> Self {
        let mut rest = all.filter(|entry| after.as_ref().is_none_or(|after| key(entry) > after));
        let items: Vec<T> = rest.by_ref().take(limit).collect();
        let next = rest.next().and(items.last()).map(|last| key(last).clone());
        Self::new(items, next)
    }

    /// A list that fits one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

fn seal(key: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key)
}

fn open(cursor: &str) -> Result<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Problem::invalid("cursor: not one that this service gave out; start again without it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_the_key_that_went_in() {
        let page = Page::new(vec![1], Some("canción/1".into()));
        let paging = Paging { cursor: page.next_cursor, limit: None };
        assert_eq!(paging.after().unwrap().unwrap(), "canción/1");
        assert!(Paging { cursor: Some("***".into()), limit: None }.after().is_err());
    }

    #[test]
    fn limits_are_checked() {
        assert_eq!(limit(None, 1000).unwrap(), 50);
        assert_eq!(limit(None, 10).unwrap(), 10);
        assert!(limit(Some(0), 10).is_err() && limit(Some(11), 10).is_err());
    }
}

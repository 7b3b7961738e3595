//! Prompts by their words.

use catalejo_accounts::UserId;
use catalejo_index::{Comparison, Filter, Search, TextQuery, Value};

use crate::SocialResult;
use crate::index::{INDEX, field};
use crate::relations::unseen;
use crate::social::Core;

/// How far one may page through what a search finds.
pub(crate) const FARTHEST: usize = 10_000;

/// What is looked for.
#[derive(Debug)]
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
    pub(crate) author: Option<UserId>,
    pub(crate) collection: Option<&'a str>,
}

impl Core {
    /// Ids of prompts with these words, best first. Unedited republications are found by author only: otherwise a
    /// prompt that many like would fill the page with its own copies.
    pub(crate) async fn matches(
        &self,
        words: &Words<'_>,
        viewer: Option<UserId>,
        offset: usize,
        limit: usize,
    ) -> SocialResult<Vec<i64>> {
        let mut filters = Vec::new();
        match words.author {
            Some(author) => filters.push(equal(field::AUTHOR, Value::Integer(author))),
            None => {
                filters.push(equal(field::COPY, Value::Boolean(false)));
                filters.extend(self.not_unseen(viewer).await?);
            }
        }
        if let Some(collection) = words.collection {
            filters.push(equal(field::COLLECTION, Value::Text(collection.to_owned())));
        }
        let search = Search {
            text: Some(TextQuery { text: words.text.to_owned(), fields: Vec::new() }),
            filter: Some(Filter::And(filters)),
            limit,
            offset,
            ..Search::default()
        };
        let answer = self.index.search(INDEX, &search).await?;
        Ok(answer.hits.iter().filter_map(|hit| hit.id.parse().ok()).collect())
    }

    async fn not_unseen(&self, viewer: Option<UserId>) -> SocialResult<Option<Filter>> {
        let Some(viewer) = viewer else { return Ok(None) };
        let unseen = unseen(self.store.db(), viewer).await?;
        if unseen.is_empty() {
            return Ok(None);
        }
        let values = unseen.into_iter().map(Value::Integer).collect();
        Ok(Some(Filter::Not(Box::new(Filter::In { field: field::AUTHOR.to_owned(), values }))))
    }
}

fn equal(name: &str, value: Value) -> Filter {
    Filter::Compare { field: name.to_owned(), op: Comparison::Equal, value }
}

//! Answers a search over one view: by words, by vector, by both, or everything that passes, by id.

use catalejo_port::{PortError, PortResult};
use catalejo_vectors::{SearchParams, search as nearest};
use roaring::RoaringTreemap;
use std::collections::HashSet;
use tantivy::collector::sort_key::{SortBySimilarityScore, SortByString};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, Occur, Query, TermSetQuery};
use tantivy::schema::Field;
use tantivy::{DocAddress, Order, Term};

use super::facets::{Facets, Tally};
use super::fields::ID;
use super::files::vectors;
use super::filter_query::query;
use super::fusion::{Fused, Ranking, fuse};
use super::highlight::highlights;
use super::passing::PassingCache;
use super::view::View;
use super::words::{Plan, plan};
use crate::{Answer, Hit, Schema, Search, Signal, TextQuery, Total};

/// Hits that may be paged through.
const MAX_DEPTH: usize = 10_000;

/// How deep each signal is asked before fusion: the first that holds the page. Steps, not the page itself, because
/// fused ranks shift with the depth, and pages must not shift against each other.
const DEPTHS: [usize; 3] = [200, 1_000, MAX_DEPTH];

/// Neighbours fetched at most when many are equally near.
const MAX_TIED: usize = 65_536;

/// One search under way.
pub(super) struct Searching<'a> {
    pub view: &'a View,
    pub schema: &'a Schema,
    pub passing: &'a PassingCache,
    pub search: &'a Search,
}

/// What is found, and what is counted over all that match.
struct Found {
    hits: Vec<Fused>,
    total: u64,
    tallies: Option<Vec<Tally>>,
    terms: HashSet<String>,
}

impl Searching<'_> {
    /// Checks the search, answers it.
    pub fn answer(&self) -> PortResult<Answer> {
        self.check()?;
        let text = self.search.text.as_ref().filter(|text| !text.text.trim().is_empty());
        let mut found = match (text, &self.search.vector) {
            (None, None) => self.listing()?,
            (Some(text), None) => self.by_words(text)?,
            (None, Some(vector)) => self.by_vector(vector)?,
            (Some(text), Some(vector)) => self.by_both(text, vector)?,
        };
        let page = self.search.offset.min(found.hits.len())..self.end().min(found.hits.len());
        let marked = self.marked_fields(text);
        let hits: Vec<Fused> = found.hits.drain(page).collect();
        let hits =
            hits.into_iter().map(|hit| self.hit(hit, &marked, &found.terms)).collect::<PortResult<_>>()?;
        let tallies = found.tallies.unwrap_or_default().into_iter();
        let requests = self.search.facets.iter();
        let facets =
            tallies.zip(requests).map(|(tally, request)| tally.facet(&self.view.fields, request)).collect();
        let total = Total { value: found.total, exact: true };
        Ok(Answer { hits, total, facets, version: self.view.version })
    }

    fn end(&self) -> usize {
        self.search.offset.saturating_add(self.search.limit)
    }

    fn check(&self) -> PortResult<()> {
        if self.end() > MAX_DEPTH {
            return Err(PortError::invalid(format!(
                "offset {} and limit {} reach beyond the first {MAX_DEPTH} hits; narrow the search instead",
                self.search.offset, self.search.limit
            )));
        }
        if let Some(filter) = &self.search.filter {
            filter.check(self.schema)?;
        }
        let Some(vector) = &self.search.vector else { return Ok(()) };
        match &self.schema.vector {
            None => Err(PortError::invalid("the index keeps no vectors; search it by text")),
            Some(spec) if spec.dimensions != vector.len() => Err(PortError::invalid(format!(
                "expected a vector of {} dimensions, found {}",
                spec.dimensions,
                vector.len()
            ))),
            Some(_) => Ok(()),
        }
    }

    /// Documents that pass the filter and are not excluded.
    fn allowed(&self) -> Box<dyn Query> {
        let passing = self.search.filter.as_ref().map(|filter| query(&self.view.fields, filter));
        let passing = passing.unwrap_or_else(|| Box::new(AllQuery));
        if self.search.exclude.is_empty() {
            return passing;
        }
        let ids = self.search.exclude.iter().map(|id| Term::from_field_text(self.view.fields.id, id));
        super::filter_query::except(passing, Box::new(TermSetQuery::new(ids)))
    }

    fn facets(&self) -> PortResult<Option<Facets>> {
        if self.search.facets.is_empty() {
            return Ok(None);
        }
        Facets::new(&self.view.fields, &self.search.facets).map(Some)
    }

    fn listing(&self) -> PortResult<Found> {
        let top = TopDocs::with_limit(self.end().max(1)).order_by((SortByString::for_field(ID), Order::Asc));
        let collectors = (top, Count, self.facets()?);
        let (top, total, tallies) = self.run(&self.allowed(), &collectors)?;
        let hit = |(id, _): (Option<String>, DocAddress)| Fused {
            id: id.unwrap_or_default(),
            score: 0.0,
            vector: None,
            text: None,
        };
        let hits = top.into_iter().map(hit).collect();
        Ok(Found { hits, total: total as u64, tallies, terms: HashSet::new() })
    }

    fn run<C: tantivy::collector::Collector>(
        &self,
        query: &dyn Query,
        collector: &C,
    ) -> PortResult<C::Fruit> {
        self.view.searcher.search(query, collector).map_err(self.view.failed())
    }

    fn plan(&self, text: &TextQuery) -> PortResult<Option<Plan>> {
        let fields = self.word_fields(text)?;
        plan(self.view, &fields, &text.text)
    }

    fn word_fields(&self, text: &TextQuery) -> PortResult<Vec<Field>> {
        let named = &self.view.fields.named;
        if text.fields.is_empty() {
            return Ok(self.schema.fields.iter().filter_map(|spec| named.get(&spec.name)?.words).collect());
        }
        let field = |name: &String| {
            named.get(name).and_then(|handles| handles.words).ok_or_else(|| {
                let known: Vec<&str> =
                    self.schema.fields.iter().filter(|f| f.searchable).map(|f| f.name.as_str()).collect();
                let known = known.join(", ");
                PortError::invalid(format!(
                    "the field `{name}` cannot be searched; searchable fields: {known}"
                ))
            })
        };
        text.fields.iter().map(field).collect()
    }

    fn marked_fields<'b>(&'b self, text: Option<&'b TextQuery>) -> Vec<&'b str> {
        match text {
            Some(text) if self.search.highlight && !text.fields.is_empty() => {
                text.fields.iter().map(String::as_str).collect()
            }
            Some(_) if self.search.highlight => {
                self.schema.fields.iter().filter(|f| f.searchable).map(|f| f.name.as_str()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Documents with a matching word, best first, to a depth; ties by id.
    fn words<C: tantivy::collector::Collector>(
        &self,
        words: &dyn Query,
        depth: usize,
        also: C,
    ) -> PortResult<(Ranking, C::Fruit)> {
        let by_score = (SortBySimilarityScore, Order::Desc);
        let by_id = (SortByString::for_field(ID), Order::Asc);
        let top = TopDocs::with_limit(depth.max(1)).order_by((by_score, by_id));
        let allowed = Box::new(ConstScoreQuery::new(self.allowed(), 0.0));
        let query = BooleanQuery::new(vec![(Occur::Must, words.box_clone()), (Occur::Must, allowed)]);
        let (top, also) = self.run(&query, &(top, also))?;
        let list = top.into_iter().map(|((score, id), _)| (id.unwrap_or_default(), score)).collect();
        Ok((list, also))
    }

    fn by_words(&self, text: &TextQuery) -> PortResult<Found> {
        let facets = self.facets()?;
        let Some(Plan { query, terms }) = self.plan(text)? else {
            let tallies = self.search.facets.iter().map(|_| Tally::default()).collect();
            return Ok(Found { hits: Vec::new(), total: 0, tallies: Some(tallies), terms: HashSet::new() });
        };
        let (list, (total, tallies)) = self.words(&*query, self.end(), (Count, facets))?;
        let hits = list.into_iter().enumerate().map(|(i, (id, score))| {
            let text = Some(Signal { rank: i + 1, score });
            Fused { id, score, vector: None, text }
        });
        Ok(Found { hits: hits.collect(), total: total as u64, tallies, terms })
    }

    /// The nearest documents, to a depth; ties by id.
    fn neighbours(&self, vector: &[f32], depth: usize) -> PortResult<Ranking> {
        let passing =
            self.search.filter.as_ref().map(|filter| self.passing.get(self.view, filter)).transpose()?;
        let excluded = self.excluded_rows()?;
        // one more than wanted shows whether equals were left out, which the order by id may prefer
        let mut k = depth + 1;
        let found = loop {
            let params = SearchParams {
                k,
                filter: passing.as_deref(),
                excluded: (!excluded.is_empty()).then_some(&excluded),
                exact: self.search.exact,
            };
            let found = nearest(&self.view.vectors, vector, &params).map_err(vectors)?;
            let cut_through_equals =
                depth > 0 && found.len() == k && found[depth - 1].similarity == found[k - 1].similarity;
            if !cut_through_equals || k >= MAX_TIED {
                break found;
            }
            k = (k * 4).min(MAX_TIED);
        };
        let mut list = Vec::with_capacity(found.len());
        for neighbour in found {
            // a row whose document is gone is not answered: the two agree in every commit
            if let Some(at) = self.view.find_row(neighbour.row)? {
                list.push((self.view.id(at)?, neighbour.similarity));
            }
        }
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        list.truncate(depth);
        Ok(list)
    }

    fn excluded_rows(&self) -> PortResult<RoaringTreemap> {
        let mut rows = RoaringTreemap::new();
        for id in &self.search.exclude {
            if let Some(at) = self.view.find_id(id)? {
                rows.insert(self.view.row(at)?);
            }
        }
        Ok(rows)
    }

    /// How many pass, and the facets over them.
    fn counted(&self) -> PortResult<(u64, Option<Vec<Tally>>)> {
        if let Some(facets) = self.facets()? {
            let (total, tallies) = self.run(&self.allowed(), &(Count, facets))?;
            return Ok((total as u64, Some(tallies)));
        }
        let excluded = self.excluded_rows()?;
        let Some(filter) = &self.search.filter else { return Ok((self.view.len() - excluded.len(), None)) };
        let passing = self.passing.get(self.view, filter)?;
        Ok((passing.len() - passing.rows().intersection_len(&excluded), None))
    }

    fn by_vector(&self, vector: &[f32]) -> PortResult<Found> {
        let (total, tallies) = self.counted()?;
        let hits = self.neighbours(vector, self.end())?.into_iter().enumerate().map(|(i, (id, score))| {
            let vector = Some(Signal { rank: i + 1, score });
            Fused { id, score, vector, text: None }
        });
        Ok(Found { hits: hits.collect(), total, tallies, terms: HashSet::new() })
    }

    fn by_both(&self, text: &TextQuery, vector: &[f32]) -> PortResult<Found> {
        let depth = DEPTHS.into_iter().find(|&depth| depth >= self.end()).unwrap_or(MAX_DEPTH);
        let (total, tallies) = self.counted()?;
        let near = self.neighbours(vector, depth)?;
        let (worded, terms) = match self.plan(text)? {
            Some(Plan { query, terms }) => (self.words(&*query, depth, None::<Count>)?.0, terms),
            None => Default::default(),
        };
        Ok(Found { hits: fuse(near, worded), total, tallies, terms })
    }

    fn hit(&self, found: Fused, marked: &[&str], terms: &HashSet<String>) -> PortResult<Hit> {
        let Fused { id, score, vector, text } = found;
        let at = self.view.find_id(&id)?;
        let at = at.ok_or_else(|| {
            super::files::damaged(&self.view.folder, format!("`{id}` was found but is gone"))
        })?;
        let source = self.view.source(at)?;
        let highlights = if text.is_some() { highlights(&source, marked, terms) } else { Default::default() };
        Ok(Hit { id, score, source, vector, text, highlights })
    }
}

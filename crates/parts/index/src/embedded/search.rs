//! Answers a search over one view: by words, by vector, by both, or everything that passes, by id.

use catalejo_port::{PortError, PortResult};
use catalejo_vectors::{SearchParams, search as nearest};
use roaring::RoaringTreemap;
use tantivy::collector::sort_key::{SortBySimilarityScore, SortByString};
use tantivy::collector::{Collector, Count, TopDocs};
use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, Occur, Query, TermSetQuery};
use tantivy::schema::Field;
use tantivy::{Order, Term};

use super::facets::{Facets, Tally};
use super::fields::ID;
use super::files::{damaged, vectors};
use super::filter_query::query;
use super::fusion::{self, Found, Ranking, fuse, settle_ties};
use super::highlight::highlights;
use super::passing::PassingCache;
use super::view::View;
use super::words::{Matched, Plan, plan};
use crate::{Answer, Hit, Schema, Search, TextQuery, Total};

/// Hits that may be paged through.
const MAX_DEPTH: usize = 10_000;

/// How deep each signal is asked before fusion: the first that holds the page. Steps, not the page itself, because
/// fused ranks shift with the depth, and pages must not shift against each other.
const DEPTHS: [usize; 3] = [100, 1_000, MAX_DEPTH];

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
struct Matches {
    /// Best first, ties settled as far as the page goes.
    hits: Vec<Found>,
    total: u64,
    tallies: Option<Vec<Tally>>,
    matched: Matched,
}

impl Searching<'_> {
    /// Checks the search, answers it.
    pub fn answer(&self) -> PortResult<Answer> {
        self.check()?;
        let text = self.search.text.as_ref().filter(|text| !text.text.trim().is_empty());
        let found = match (text, &self.search.vector) {
            (None, None) => self.listing()?,
            (Some(text), None) => self.by_words(text)?,
            (None, Some(vector)) => self.by_vector(vector)?,
            (Some(text), Some(vector)) => self.by_both(text, vector)?,
        };
        let page = self.search.offset.min(found.hits.len())..self.end().min(found.hits.len());
        let marked = self.marked_fields(text);
        let hits = found.hits[page].iter().map(|hit| self.hit(hit, &marked, &found.matched));
        let hits = hits.collect::<PortResult<_>>()?;
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

    fn listing(&self) -> PortResult<Matches> {
        let top = TopDocs::with_limit(self.end().max(1)).order_by((SortByString::for_field(ID), Order::Asc));
        let collectors = (top, Count, self.facets()?);
        let (top, total, tallies) = self.run(&self.allowed(), &collectors)?;
        let hits =
            top.into_iter().map(|(_, at)| Found { at, score: 0.0, vector: None, text: None }).collect();
        Ok(Matches { hits, total: total as u64, tallies, matched: Matched::new() })
    }

    fn run<C: Collector>(&self, query: &dyn Query, collector: &C) -> PortResult<C::Fruit> {
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

    /// Documents with a matching word, best first, to a depth; which of equal ones are in goes by id.
    fn words<C: Collector>(
        &self,
        words: &dyn Query,
        depth: usize,
        also: C,
    ) -> PortResult<(Ranking, C::Fruit)> {
        let allowed = Box::new(ConstScoreQuery::new(self.allowed(), 0.0));
        let query = BooleanQuery::new(vec![(Occur::Must, words.box_clone()), (Occur::Must, allowed)]);
        // one more than wanted shows whether equals were left out
        let top = TopDocs::with_limit(depth + 1).order_by_score();
        let (mut top, also) = self.run(&query, &(top, also))?;
        if depth > 0 && top.len() > depth && top[depth].0 == top[depth - 1].0 {
            let by_id = (SortByString::for_field(ID), Order::Asc);
            let top_by_id =
                TopDocs::with_limit(depth).order_by(((SortBySimilarityScore, Order::Desc), by_id));
            top = self.run(&query, &top_by_id)?.into_iter().map(|((score, _), at)| (score, at)).collect();
        }
        top.truncate(depth);
        let mut list: Ranking = top.into_iter().map(|(score, at)| (at, score)).collect();
        settle_ties(self.view, &mut list, 0..depth, |ranked| *ranked)?;
        Ok((list, also))
    }

    fn by_words(&self, text: &TextQuery) -> PortResult<Matches> {
        let facets = self.facets()?;
        let Some(Plan { query, matched }) = self.plan(text)? else {
            let tallies = self.search.facets.iter().map(|_| Tally::default()).collect();
            return Ok(Matches {
                hits: Vec::new(),
                total: 0,
                tallies: Some(tallies),
                matched: Matched::new(),
            });
        };
        let (list, (total, tallies)) = self.words(&*query, self.end(), (Count, facets))?;
        Ok(Matches { hits: fusion::by_text(&list), total: total as u64, tallies, matched })
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
        let mut list = Ranking::with_capacity(found.len());
        for neighbour in found {
            let at = self.view.find_row(neighbour.row)?;
            // both are of one commit
            let at = at.ok_or_else(|| {
                damaged(&self.view.folder, format!("row {} has no document", neighbour.row))
            })?;
            list.push((at, neighbour.similarity));
        }
        settle_ties(self.view, &mut list, 0..depth, |ranked| *ranked)?;
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

    fn by_vector(&self, vector: &[f32]) -> PortResult<Matches> {
        let (total, tallies) = self.counted()?;
        let hits = fusion::by_vector(&self.neighbours(vector, self.end())?);
        Ok(Matches { hits, total, tallies, matched: Matched::new() })
    }

    fn by_both(&self, text: &TextQuery, vector: &[f32]) -> PortResult<Matches> {
        let depth = DEPTHS.into_iter().find(|&depth| depth >= self.end()).unwrap_or(MAX_DEPTH);
        let (total, tallies) = self.counted()?;
        let near = self.neighbours(vector, depth)?;
        let (worded, matched) = match self.plan(text)? {
            Some(Plan { query, matched }) => (self.words(&*query, depth, None::<Count>)?.0, matched),
            None => Default::default(),
        };
        let mut hits = fuse(&near, &worded);
        settle_ties(self.view, &mut hits, self.search.offset..self.end(), |hit| (hit.at, hit.score))?;
        Ok(Matches { hits, total, tallies, matched })
    }

    fn hit(&self, found: &Found, marked: &[&str], matched: &Matched) -> PortResult<Hit> {
        let Found { at, score, vector, text } = *found;
        let source = self.view.source(at)?;
        let highlights =
            if text.is_some() { highlights(&source, marked, matched) } else { Default::default() };
        Ok(Hit { id: self.view.id(at)?, score, source, vector, text, highlights })
    }
}

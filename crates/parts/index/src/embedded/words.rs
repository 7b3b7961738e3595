//! From what a person typed to tantivy's query: each word as it is, with typing mistakes, the last also as a beginning.

use std::collections::{HashMap, HashSet};

use catalejo_port::PortResult;
use tantivy::Term;
use tantivy::query::{
    BooleanQuery, BoostQuery, DfaWrapper, DisjunctionMaxQuery, FuzzyTermQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::files::damaged;
use super::text::{analyzer, words};
use super::view::View;

/// Words of a question that count; more make it slower but no better.
const MAX_WORDS: usize = 32;

/// Terms a word may stand for in one field.
const MAX_VARIANTS: usize = 24;

/// Terms looked at for them in one segment: bounds the work on short beginnings.
const MAX_CANDIDATES: usize = 2_000;

/// Letters of a word from which one mistake is tolerated, and two.
const ONE_MISTAKE: usize = 4;
const TWO_MISTAKES: usize = 8;

/// What a match is worth beside the word itself.
const PREFIX: f32 = 0.3;
const MISTAKES: [f32; 3] = [1.0, 0.1, 0.05];

/// What BM25 multiplies a term's rarity with at most: tantivy's k1 + 1.
const BM25_MOST: f32 = 2.2;

/// How much a word found in further fields adds.
const FURTHER_FIELDS: f32 = 0.2;

/// A question, ready to be asked.
pub(super) struct Plan {
    pub query: Box<dyn Query>,
    /// All terms that match, for highlights.
    pub terms: HashSet<String>,
}

/// A term that a word stands for.
struct Variant {
    term: String,
    worth: f32,
    documents: u64,
}

/// The query for a text over some fields' words; `None` when the text holds no word that occurs.
pub(super) fn plan(view: &View, fields: &[Field], text: &str) -> PortResult<Option<Plan>> {
    let mut typed: Vec<String> = Vec::new();
    let mut last = String::new();
    words(&mut analyzer(), text, |token| {
        last.clone_from(&token.text);
        if typed.len() < MAX_WORDS && !typed.contains(&token.text) {
            typed.push(token.text.clone());
        }
    });
    let mut terms = HashSet::new();
    let mut queries: Vec<Box<dyn Query>> = Vec::new();
    for word in &typed {
        let matcher = Matcher::new(view, word, *word == last)?;
        let variants = |&field: &Field| Ok((field, matcher.variants(view, field)?));
        let variants: Vec<_> = fields.iter().map(variants).collect::<PortResult<_>>()?;
        terms.extend(variants.iter().flat_map(|(_, found)| found.iter().map(|variant| variant.term.clone())));
        queries.extend(word_query(view, word, &variants));
    }
    if queries.is_empty() {
        return Ok(None);
    }
    Ok(Some(Plan { query: Box::new(BooleanQuery::union(queries)), terms }))
}

/// The best match of a word in any field, and a little for the others.
///
/// BM25 values rare terms and short fields, and a mistyped word is the rarest of all. So a variant is valued by the
/// frequency of the word itself, or of its most frequent variant where it does not occur; and where it does, a variant
/// gets at most a small part of that, however short the field.
fn word_query(view: &View, word: &str, variants: &[(Field, Vec<Variant>)]) -> Option<Box<dyn Query>> {
    let all = || variants.iter().flat_map(|(_, found)| found);
    let total: u64 = view.searcher.segment_readers().iter().map(|segment| u64::from(segment.max_doc())).sum();
    let exact = all().filter(|variant| variant.term == word).map(|variant| variant.documents).max();
    let common = rarity(exact.or_else(|| all().map(|variant| variant.documents).max())?, total);
    let mut queries: Vec<Box<dyn Query>> = Vec::new();
    for (field, found) in variants {
        for variant in found {
            let term = Term::from_field_text(*field, &variant.term);
            let query = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
            let value = variant.worth * common;
            if variant.term == word {
                queries.push(query);
                continue;
            }
            let most = if exact.is_some() { BM25_MOST } else { 1.0 };
            queries.push(Box::new(BoostQuery::new(query, value / (rarity(variant.documents, total) * most))));
        }
    }
    Some(Box::new(DisjunctionMaxQuery::with_tie_breaker(queries, FURTHER_FIELDS)))
}

/// BM25's inverse document frequency, as tantivy computes it.
fn rarity(documents: u64, total: u64) -> f32 {
    let others = total.saturating_sub(documents) as f32;
    (1.0 + (others + 0.5) / (documents as f32 + 0.5)).ln()
}

/// What finds the terms that a word stands for. Building an automaton takes as long as many look-ups.
struct Matcher<'a> {
    word: &'a str,
    /// The word with its mistakes; `None` when it must be right.
    mistaken: Option<DfaWrapper>,
    /// The word as a beginning.
    beginning: Option<DfaWrapper>,
}

impl<'a> Matcher<'a> {
    fn new(view: &View, word: &'a str, last: bool) -> PortResult<Self> {
        // automata read the term's text only, whatever its field
        let term = Term::from_field_text(Field::from_field_id(0), word);
        let letters = word.chars().count();
        let mistakes = match letters {
            _ if word.chars().all(char::is_numeric) => 0,
            0..ONE_MISTAKE => 0,
            ONE_MISTAKE..TWO_MISTAKES => 1,
            _ => 2,
        };
        let build = |query: FuzzyTermQuery| query.automaton().map_err(view.failed());
        let mistaken = (mistakes > 0).then(|| build(FuzzyTermQuery::new(term.clone(), mistakes, true)));
        let beginning = (last && letters > 1).then(|| build(FuzzyTermQuery::new_prefix(term, 0, true)));
        Ok(Self { word, mistaken: mistaken.transpose()?, beginning: beginning.transpose()? })
    }

    /// The terms of a field that the word stands for, the best first.
    fn variants(&self, view: &View, field: Field) -> PortResult<Vec<Variant>> {
        let mut found = HashMap::new();
        match &self.mistaken {
            Some(automaton) => collect(view, field, automaton, &mut found)?,
            None => {
                let documents = view.searcher.doc_freq(&Term::from_field_text(field, self.word));
                let documents = documents.map_err(view.failed())?;
                found.extend((documents > 0).then(|| (self.word.to_owned(), documents)));
            }
        }
        if let Some(automaton) = &self.beginning {
            collect(view, field, automaton, &mut found)?;
        }
        let variant =
            |(term, documents): (String, u64)| Variant { worth: worth(self.word, &term), term, documents };
        let mut found: Vec<Variant> = found.into_iter().map(variant).collect();
        found.sort_by(|a, b| {
            b.worth.total_cmp(&a.worth).then(b.documents.cmp(&a.documents)).then_with(|| a.term.cmp(&b.term))
        });
        found.truncate(MAX_VARIANTS);
        Ok(found)
    }
}

/// Adds the terms of a field that an automaton accepts, with the number of documents they stand in.
fn collect(
    view: &View,
    field: Field,
    automaton: &DfaWrapper,
    found: &mut HashMap<String, u64>,
) -> PortResult<()> {
    // a term may match both as a variant and as a beginning: counted once
    let mut counted: HashMap<String, u64> = HashMap::new();
    for segment in view.searcher.segment_readers() {
        let dictionary = segment.inverted_index(field).map_err(view.failed())?;
        let stream = dictionary.terms().search(automaton).into_stream();
        let mut stream = stream.map_err(|e| damaged(&view.folder, e))?;
        let mut looked_at = 0;
        while looked_at < MAX_CANDIDATES && stream.advance() {
            looked_at += 1;
            let Ok(text) = std::str::from_utf8(stream.key()) else { continue };
            *counted.entry(text.to_owned()).or_default() += u64::from(stream.value().doc_freq);
        }
    }
    found.extend(counted);
    Ok(())
}

/// What a term is worth for a word: the word itself most, its beginning next, then by mistakes.
fn worth(word: &str, term: &str) -> f32 {
    if word == term {
        return MISTAKES[0];
    }
    if term.starts_with(word) {
        return PREFIX;
    }
    MISTAKES[mistakes(word, term).min(MISTAKES.len() - 1)]
}

/// Letters inserted, left out, changed or swapped with their neighbour (optimal string alignment).
fn mistakes(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_counted_as_people_make_them() {
        assert_eq!(mistakes("love", "love"), 0);
        assert_eq!(mistakes("love", "lvoe"), 1);
        assert_eq!(mistakes("love", "loove"), 1);
        assert_eq!(mistakes("danceable", "dancable"), 1);
        assert_eq!(mistakes("danceable", "dnacaeble"), 2);
        assert_eq!(mistakes("", "abc"), 3);
    }

    #[test]
    fn the_word_itself_is_worth_most() {
        assert!(worth("love", "love") > worth("love", "lovers"));
        assert!(worth("love", "lovers") > worth("love", "live"));
        assert!(worth("danceable", "dancable") > worth("danceable", "dancble"));
    }
}

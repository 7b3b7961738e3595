//! From what a person typed to tantivy's query: each word as it is, with typing mistakes, the last also as a beginning.

use std::collections::HashMap;

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
const MAX_VARIANTS: usize = 16;

/// Terms looked at for them in one segment: bounds the work on short beginnings.
const MAX_CANDIDATES: usize = 2_000;

/// Letters of a word from which one mistake is tolerated, and two.
const ONE_MISTAKE: usize = 4;
const TWO_MISTAKES: usize = 8;

/// Documents from which a word is spelt right as it is: only a rarer one is looked for with mistakes, which takes a
/// walk through the whole dictionary.
const RARE: u64 = 20;

/// Letters up to which a word that occurs at all is taken as spelt right: too many short ones are alike (song, long).
const SHORT: usize = 4;

/// A word in more than this part of the documents says little about any; among few documents every word would.
const COMMON_PART: u64 = 8;
const COMMON_FROM: u64 = 100;

/// What a match is worth beside the word itself.
const PREFIX: f32 = 0.3;
const MISTAKES: [f32; 3] = [1.0, 0.1, 0.05];

/// What BM25 multiplies a term's rarity with at most: tantivy's k1 + 1.
const BM25_MOST: f32 = 2.2;

/// How much a word found in further fields adds.
const FURTHER_FIELDS: f32 = 0.2;

/// How a term that matched is like the word asked for, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    Exact,
    Beginning,
    Mistaken,
}

/// The terms that matched, for each word asked for.
pub(super) type Matched = Vec<HashMap<String, Likeness>>;

/// A question, ready to be asked.
pub(super) struct Plan {
    pub query: Box<dyn Query>,
    /// For highlights: without the common words, unless there are no others.
    pub matched: Matched,
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
    let total = documents(view);
    let mut queries: Vec<Box<dyn Query>> = Vec::new();
    let (mut telling, mut common) = (Matched::new(), Matched::new());
    for word in &typed {
        let variants = Lookup::new(view, fields, word).variants(*word == last)?;
        let occurs = exact(word, &variants).unwrap_or(0);
        match is_common(occurs, total) {
            true => common.push(shown(word, &variants, occurs > 0)),
            false => telling.push(shown(word, &variants, occurs > 0)),
        }
        queries.extend(word_query(word, &variants, total));
    }
    if queries.is_empty() {
        return Ok(None);
    }
    let matched = if telling.iter().all(HashMap::is_empty) { common } else { telling };
    Ok(Some(Plan { query: Box::new(BooleanQuery::union(queries)), matched }))
}

/// The terms to mark for a word. One that is only like it explains nothing where the word itself occurs.
fn shown(word: &str, variants: &[(Field, Vec<Variant>)], occurs: bool) -> HashMap<String, Likeness> {
    let terms = variants.iter().flat_map(|(_, found)| found);
    let alike = terms.map(|variant| (variant.term.clone(), likeness(word, &variant.term)));
    alike.filter(|(_, likeness)| !occurs || *likeness != Likeness::Mistaken).collect()
}

/// Documents, as tantivy counts them for a term's rarity.
fn documents(view: &View) -> u64 {
    view.searcher.segment_readers().iter().map(|segment| u64::from(segment.max_doc())).sum()
}

fn is_common(documents: u64, total: u64) -> bool {
    total >= COMMON_FROM && documents > total / COMMON_PART
}

/// How many documents hold the word itself, in the field where most do.
fn exact(word: &str, variants: &[(Field, Vec<Variant>)]) -> Option<u64> {
    let all = variants.iter().flat_map(|(_, found)| found);
    all.filter(|variant| variant.term == word).map(|variant| variant.documents).max()
}

/// The best match of a word in any field, and a little for the others.
///
/// BM25 values rare terms and short fields, and a mistyped word is the rarest of all. So a variant is valued by the
/// frequency of the word itself, or of its most frequent variant where it does not occur; and where it does, a variant
/// gets at most a small part of that, however short the field.
fn word_query(word: &str, variants: &[(Field, Vec<Variant>)], total: u64) -> Option<Box<dyn Query>> {
    let exact = exact(word, variants);
    let all = variants.iter().flat_map(|(_, found)| found.iter().map(|variant| variant.documents));
    let expected = rarity(exact.or_else(|| all.max())?, total);
    let mut queries: Vec<Box<dyn Query>> = Vec::new();
    for (field, found) in variants {
        for variant in found {
            let term = Term::from_field_text(*field, &variant.term);
            let query = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
            let value = variant.worth * expected;
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

/// The search for the terms that a word stands for. What costs more comes only while the word is rare so far.
struct Lookup<'a> {
    view: &'a View,
    word: &'a str,
    /// For each field the terms, with the number of documents they stand in.
    found: Vec<(Field, HashMap<String, u64>)>,
}

impl<'a> Lookup<'a> {
    fn new(view: &'a View, fields: &[Field], word: &'a str) -> Self {
        Self { view, word, found: fields.iter().map(|&field| (field, HashMap::new())).collect() }
    }

    /// The terms of each field that the word stands for, the best first; `last` says whether it may be a beginning.
    fn variants(mut self, last: bool) -> PortResult<Vec<(Field, Vec<Variant>)>> {
        let letters = self.word.chars().count();
        self.exact()?;
        if last && letters > 1 {
            self.beginning()?;
        }
        let tolerated = match letters {
            _ if self.word.chars().all(char::is_numeric) => 0,
            0..ONE_MISTAKE => 0,
            ONE_MISTAKE..TWO_MISTAKES => 1,
            _ => 2,
        };
        let enough = if letters <= SHORT { 1 } else { RARE };
        for mistakes in 1..=tolerated {
            if self.documents() >= enough {
                break;
            }
            self.mistaken(mistakes)?;
        }
        let word = self.word;
        Ok(self.found.into_iter().map(|(field, found)| (field, best(word, found))).collect())
    }

    fn documents(&self) -> u64 {
        self.found.iter().flat_map(|(_, terms)| terms.values()).sum()
    }

    fn exact(&mut self) -> PortResult<()> {
        for (field, terms) in &mut self.found {
            let documents = self.view.searcher.doc_freq(&Term::from_field_text(*field, self.word));
            let documents = documents.map_err(self.view.failed())?;
            terms.extend((documents > 0).then(|| (self.word.to_owned(), documents)));
        }
        Ok(())
    }

    fn beginning(&mut self) -> PortResult<()> {
        let automaton = FuzzyTermQuery::new_prefix(self.term(), 0, true).automaton();
        self.collect(&automaton.map_err(self.view.failed())?, Some(self.word))
    }

    /// With two mistakes the first letter must be right: few people mistake it, and the walk is many times shorter.
    fn mistaken(&mut self, mistakes: u8) -> PortResult<()> {
        let automaton = FuzzyTermQuery::new(self.term(), mistakes, true).automaton();
        let first = self.word.char_indices().nth(1).map_or(self.word, |(end, _)| &self.word[..end]);
        self.collect(&automaton.map_err(self.view.failed())?, (mistakes > 1).then_some(first))
    }

    /// The word for automata, which read the text only, whatever the field.
    fn term(&self) -> Term {
        Term::from_field_text(Field::from_field_id(0), self.word)
    }

    /// Adds the terms of each field that an automaton accepts, of those with a beginning.
    fn collect(&mut self, automaton: &DfaWrapper, beginning: Option<&str>) -> PortResult<()> {
        for (field, terms) in &mut self.found {
            // a term may be found again: counted once
            let mut counted: HashMap<String, u64> = HashMap::new();
            for segment in self.view.searcher.segment_readers() {
                let dictionary = segment.inverted_index(*field).map_err(self.view.failed())?;
                let mut stream = dictionary.terms().search(automaton);
                if let Some(beginning) = beginning {
                    stream = stream.ge(beginning).lt(after(beginning));
                }
                let mut stream = stream.into_stream().map_err(|e| damaged(&self.view.folder, e))?;
                let mut looked_at = 0;
                while looked_at < MAX_CANDIDATES && stream.advance() {
                    looked_at += 1;
                    let Ok(text) = std::str::from_utf8(stream.key()) else { continue };
                    *counted.entry(text.to_owned()).or_default() += u64::from(stream.value().doc_freq);
                }
            }
            terms.extend(counted);
        }
        Ok(())
    }
}

/// The least text above all those that begin so.
fn after(beginning: &str) -> Vec<u8> {
    let mut bytes = beginning.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last += 1; // no character ends with the greatest byte
    }
    bytes
}

/// The terms that are worth most for a word, the best first.
fn best(word: &str, found: HashMap<String, u64>) -> Vec<Variant> {
    let variant = |(term, documents): (String, u64)| Variant { worth: worth(word, &term), term, documents };
    let mut found: Vec<Variant> = found.into_iter().map(variant).collect();
    found.sort_by(|a, b| {
        b.worth.total_cmp(&a.worth).then(b.documents.cmp(&a.documents)).then_with(|| a.term.cmp(&b.term))
    });
    found.truncate(MAX_VARIANTS);
    found
}

fn likeness(word: &str, term: &str) -> Likeness {
    match term.strip_prefix(word) {
        Some("") => Likeness::Exact,
        Some(_) => Likeness::Beginning,
        None => Likeness::Mistaken,
    }
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

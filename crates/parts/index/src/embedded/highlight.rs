//! Passages around the words that matched.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use serde_json::{Map, Value as Json};
use tantivy::tokenizer::TextAnalyzer;

use super::text::{analyzer, words};
use super::words::{Likeness, Matched};

/// Bytes of a value shown whole.
const WHOLE: usize = 240;

/// Bytes of text around a match.
const AROUND: usize = 70;

/// Passages of one field.
const MAX_PASSAGES: usize = 3;

/// For each of the fields that holds a matching term, its passages: matches between `<mark>` and `</mark>`, the rest
/// escaped for HTML. Of each word asked for, only those most like it are marked: where it stands itself, nothing else.
pub(super) fn highlights(
    source: &Map<String, Json>,
    fields: &[&str],
    matched: &Matched,
) -> BTreeMap<String, Vec<String>> {
    let mut analyzer = analyzer();
    let values = fields.iter().filter_map(|&field| Some((field, texts(source.get(field)?))));
    let values: Vec<(&str, Vec<&str>)> = values.collect();
    let terms =
        most_alike(&mut analyzer, values.iter().flat_map(|(_, texts)| texts.iter().copied()), matched);
    let mut found = BTreeMap::new();
    for (field, texts) in values {
        let mut passages = Vec::new();
        for text in texts {
            add_passages(&mut analyzer, text, &terms, &mut passages);
        }
        if !passages.is_empty() {
            found.insert(field.to_owned(), passages);
        }
    }
    found
}

fn texts(value: &Json) -> Vec<&str> {
    match value {
        Json::String(text) => vec![text],
        Json::Array(values) => values.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The terms to mark in a document.
fn most_alike<'a>(
    analyzer: &mut TextAnalyzer,
    texts: impl Iterator<Item = &'a str>,
    matched: &Matched,
) -> HashSet<String> {
    let mut best: Vec<Option<Likeness>> = vec![None; matched.len()];
    for text in texts {
        words(analyzer, text, |token| {
            for (best, terms) in best.iter_mut().zip(matched) {
                if let Some(&likeness) = terms.get(&token.text) {
                    *best = Some(best.map_or(likeness, |best| best.min(likeness)));
                }
            }
        });
    }
    let of_word = |(best, terms): (Option<Likeness>, &HashMap<String, Likeness>)| {
        let best_terms = terms.iter().filter(|(_, likeness)| Some(**likeness) == best);
        best_terms.map(|(term, _)| term.clone()).collect::<Vec<_>>()
    };
    best.into_iter().zip(matched).flat_map(of_word).collect()
}

fn add_passages(
    analyzer: &mut TextAnalyzer,
    text: &str,
    terms: &HashSet<String>,
    passages: &mut Vec<String>,
) {
    let mut marks: Vec<Range<usize>> = Vec::new();
    words(analyzer, text, |token| {
        if !terms.contains(&token.text) {
            return;
        }
        match marks.last_mut() {
            Some(last) if last.end == token.offset_from => last.end = token.offset_to,
            _ => marks.push(token.offset_from..token.offset_to),
        }
    });
    let mut from = 0;
    while from < marks.len() && passages.len() < MAX_PASSAGES {
        let (passage, to) = passage(text, &marks, from);
        passages.push(render(text, passage, &marks[from..to]));
        from = to;
    }
}

/// The passage that begins with the mark `from`, and the first mark that is not in it.
fn passage(text: &str, marks: &[Range<usize>], from: usize) -> (Range<usize>, usize) {
    if text.len() <= WHOLE {
        return (0..text.len(), marks.len());
    }
    let start = marks[from].start;
    let mut end = marks[from].end;
    let mut to = from + 1;
    while to < marks.len() && marks[to].start <= end + AROUND && marks[to].end - start <= 2 * WHOLE {
        end = marks[to].end;
        to += 1;
    }
    let limit = marks.get(to).map_or(text.len(), |next| next.start);
    (back_to_word(text, start)..on_to_word(text, end, limit), to)
}

/// A place before `at` where a word begins.
fn back_to_word(text: &str, at: usize) -> usize {
    let mut start = at.saturating_sub(AROUND);
    if start == 0 {
        return 0;
    }
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    text[start..at].find(char::is_whitespace).map_or(start, |space| {
        let space = start + space;
        space + text[space..].chars().next().map_or(0, char::len_utf8)
    })
}

/// A place after `at`, before `limit`, where a word ends.
fn on_to_word(text: &str, at: usize, limit: usize) -> usize {
    let mut end = (at + AROUND).min(limit);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    if end == text.len() {
        return end;
    }
    text[at..end].rfind(char::is_whitespace).map_or(end, |space| at + space)
}

fn render(text: &str, passage: Range<usize>, marks: &[Range<usize>]) -> String {
    let mut html = String::with_capacity(passage.len() + marks.len() * 13);
    let mut at = passage.start;
    for mark in marks {
        escape(&text[at..mark.start], &mut html);
        html.push_str("<mark>");
        escape(&text[mark.clone()], &mut html);
        html.push_str("</mark>");
        at = mark.end;
    }
    escape(&text[at..passage.end], &mut html);
    html
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(text: &str, terms: &[&str]) -> Vec<String> {
        let mut passages = Vec::new();
        let terms = terms.iter().map(|&term| term.to_owned()).collect();
        add_passages(&mut analyzer(), text, &terms, &mut passages);
        passages
    }

    #[test]
    fn short_values_are_shown_whole() {
        assert_eq!(mark("La Canción & más", &["cancion"]), ["La <mark>Canción</mark> &amp; más"]);
        assert_eq!(mark("音楽を聴く", &["音", "楽"]), ["<mark>音楽</mark>を聴く"]);
        assert!(mark("nothing", &["else"]).is_empty());
    }

    #[test]
    fn markup_in_a_value_stays_text() {
        assert_eq!(
            mark("<script>love('x')</script>", &["love"]),
            ["&lt;script&gt;<mark>love</mark>(&#39;x&#39;)&lt;/script&gt;"]
        );
    }

    #[test]
    fn long_values_are_cut_between_words() {
        let text =
            format!("{} needle {} needle {}", "hay ".repeat(100), "straw ".repeat(100), "end ".repeat(100));
        let passages = mark(&text, &["needle"]);
        assert_eq!(passages.len(), 2);
        for passage in passages {
            assert!(passage.contains("<mark>needle</mark>"), "{passage}");
            assert!(passage.len() < 220, "{passage}");
            assert!(
                passage
                    .split_whitespace()
                    .all(|w| ["hay", "straw", "end", "<mark>needle</mark>"].contains(&w))
            );
        }
    }

    proptest! {
        /// Whatever stands in a text, taking the marks away and unescaping gives back a part of it.
        #[test]
        fn passages_are_parts_of_the_text(text in "[a-c<>&\"' \u{e9}\u{301}\u{97f3}]{0,600}") {
            for passage in mark(&text, &["a", "b", "e", "音"]) {
                let plain = passage.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(!plain.contains(['<', '>', '"', '\'']));
                let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
                let plain = plain.replace("&#39;", "'").replace("&amp;", "&");
                prop_assert!(text.contains(&plain));
            }
        }
    }
}

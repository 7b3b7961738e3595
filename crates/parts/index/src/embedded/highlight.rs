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

/// Bytes beyond that, in which the end of a line is looked for.
const NEAR: usize = 40;

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
    let (mut from, mut shown) = (0, 0);
    while from < marks.len() && passages.len() < MAX_PASSAGES {
        let (passage, to) = passage(text, &marks, from, shown);
        shown = passage.end;
        passages.push(render(text, passage, &marks[from..to]));
        from = to;
    }
}

/// The passage of the mark `from`, after what is `shown` already, and the first mark that is not in it.
fn passage(text: &str, marks: &[Range<usize>], from: usize, shown: usize) -> (Range<usize>, usize) {
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
    (begin(text, shown..start)..finish(text, end..limit), to)
}

/// Where a passage begins that ends in a mark right after `room`: with a line, else with a word.
fn begin(text: &str, room: Range<usize>) -> usize {
    let widest = room.end.saturating_sub(AROUND + NEAR).max(room.start);
    let widest = text.ceil_char_boundary(widest);
    let line = text[widest..room.end].find(is_line_end).map(|at| widest + at);
    let start = match line {
        _ if widest == room.start => widest,
        Some(line) => line,
        None => {
            let wide = text.ceil_char_boundary(room.end - AROUND);
            text[wide..room.end].find(char::is_whitespace).map_or(wide, |at| wide + at)
        }
    };
    room.end - text[start..room.end].trim_start().len()
}

/// Where a passage ends that holds a mark right before `room`: with a line, else with a word.
fn finish(text: &str, room: Range<usize>) -> usize {
    let widest = text.floor_char_boundary((room.start + AROUND + NEAR).min(room.end));
    let rest = &text[room.start..widest];
    let end = match rest.rfind(is_line_end) {
        _ if widest == text.len() => widest,
        Some(line) => room.start + line,
        None => {
            let wide = text.floor_char_boundary((room.start + AROUND).min(room.end));
            text[room.start..wide].rfind(char::is_whitespace).map_or(wide, |at| room.start + at)
        }
    };
    room.start + text[room.start..end].trim_end().len()
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
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
    fn passages_are_whole_lines_where_lines_are_short() {
        let verse = "I walked the empty street\nwith a needle in my hand\nand nobody to meet\n";
        let filler = "nothing of interest on this line\n".repeat(10);
        for text in
            [format!("{filler}{verse}{filler}"), format!("{verse}{filler}"), format!("{filler}{verse}")]
        {
            let passages = mark(&text, &["needle"]);
            assert_eq!(passages.len(), 1);
            let lines: Vec<&str> = text.lines().collect();
            let passage = passages[0].replace("<mark>", "").replace("</mark>", "");
            assert!(passage.lines().all(|line| lines.contains(&line)), "{passage}");
            assert!(passage.contains("street\nwith") && passage.contains("hand\nand"), "{passage}");
        }
    }

    #[test]
    fn passages_do_not_repeat_each_other() {
        let text = format!("needle {}needle {}", "hay ".repeat(25), "end ".repeat(100));
        let passages = mark(&text, &["needle"]);
        assert_eq!(passages.len(), 2);
        assert_eq!(passages.join(" ").matches("hay").count(), 25);
        assert_eq!(
            mark(&format!("needle {}", "hay ".repeat(100)).repeat(9), &["needle"]).len(),
            MAX_PASSAGES
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
        fn passages_are_parts_of_the_text(text in "[a-c<>&\"' \n\u{e9}\u{301}\u{97f3}]{0,600}") {
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

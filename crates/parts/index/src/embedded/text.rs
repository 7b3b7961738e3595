//! How text becomes words: the same for documents, questions and highlights.

use tantivy::tokenizer::{
    AsciiFoldingFilter, LowerCaser, TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager,
};

/// The name under which tantivy knows the analyzer.
pub(super) const ANALYZER: &str = "words";

/// Characters of a word that count; what follows is cut, so that one long run of letters does no harm.
const MAX_WORD: usize = 48;

/// Words in lower case and without accents; Han, Kana and Hangul characters one by one.
pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(WordTokenizer::default()).filter(LowerCaser).filter(AsciiFoldingFilter).build()
}

/// The tokenizers an index needs.
pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(ANALYZER, analyzer());
    manager
}

/// Letters and digits that stand together, with the accents that follow them.
#[derive(Debug, Clone, Default)]
struct WordTokenizer {
    token: Token,
}

struct Words<'a> {
    text: &'a str,
    token: &'a mut Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        self.token.reset();
        Words { text, token: &mut self.token }
    }
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        let rest = &self.text[self.token.offset_to..];
        let Some(skipped) = rest.find(char::is_alphanumeric) else { return false };
        let start = self.token.offset_to + skipped;
        self.token.text.clear();
        let mut end = start;
        for (i, c) in self.text[start..].char_indices() {
            let alone = stands_alone(c);
            if i > 0 && (alone || !(c.is_alphanumeric() || is_accent(c))) {
                break;
            }
            end = start + i + c.len_utf8();
            // letters written with a separate accent must equal those that hold it
            if !is_accent(c) && self.token.text.chars().count() < MAX_WORD {
                self.token.text.push(c);
            }
            if alone {
                break;
            }
        }
        self.token.offset_from = start;
        self.token.offset_to = end;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Whether the script puts no spaces between words, so that each character is found by itself.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}' // Hiragana, Katakana
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{ac00}'..='\u{d7af}' | '\u{1100}'..='\u{11ff}' // Hangul
        | '\u{ff66}'..='\u{ff9d}' // half-width Katakana
        | '\u{20000}'..='\u{323af}' // rare Han
    )
}

/// Words of a text with the bytes they stand at.
pub(super) fn words(analyzer: &mut TextAnalyzer, text: &str, mut found: impl FnMut(&Token)) {
    let mut stream = analyzer.token_stream(text);
    while stream.advance() {
        found(stream.token());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        words(&mut analyzer(), text, |token| {
            assert!(text.is_char_boundary(token.offset_from) && text.is_char_boundary(token.offset_to));
            found.push(token.text.clone());
        });
        found
    }

    #[test]
    fn accents_and_case_are_folded() {
        assert_eq!(cut("Canción, ÜBER-straße!"), ["cancion", "uber", "strasse"]);
        assert_eq!(cut("cancio\u{301}n"), ["cancion"]);
    }

    #[test]
    fn scripts_without_spaces_are_cut_by_character() {
        assert_eq!(cut("音楽と love"), ["音", "楽", "と", "love"]);
        assert_eq!(cut("사랑해"), ["사", "랑", "해"]);
        assert_eq!(cut("rock音楽"), ["rock", "音", "楽"]);
    }

    #[test]
    fn endless_words_are_cut() {
        assert_eq!(cut(&"a".repeat(1000)), ["a".repeat(MAX_WORD)]);
    }

    #[test]
    fn nothing_is_no_word() {
        assert!(cut(" …!? \u{301}").is_empty());
    }
}

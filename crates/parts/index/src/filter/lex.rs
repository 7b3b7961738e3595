use super::FilterError;

/// One word of a filter and the character at which it begins, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub at: usize,
    pub kind: TokenKind,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A name or a keyword; which of them, its place decides.
    Word(String),
    /// A name between backticks, never a keyword.
    QuotedName(String),
    Text(String),
    Integer(i64),
    Float(f64),
    /// `( ) , = != < <= > >=`
    Symbol(&'static str),
}

impl TokenKind {
    /// The word as an error message shows it.
    pub fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::QuotedName(name) => format!("the field `{name}`"),
            Self::Text(_) => "a text".into(),
            Self::Integer(number) => format!("`{number}`"),
            Self::Float(number) => format!("`{number}`"),
            Self::Symbol(symbol) => format!("`{symbol}`"),
        }
    }
}

const SYMBOLS: [&str; 10] = ["<=", ">=", "!=", "(", ")", ",", "=", "<", ">", "=="];

/// Cuts the text into words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, next) = match c {
            '"' | '\'' => quoted(&chars, at)?,
            '`' => quoted_name(&chars, at)?,
            c if c.is_ascii_digit() || ((c == '-' || c == '.' || c == '+') && digit_follows(&chars, at)) => {
                number(&chars, at)?
            }
            c if c.is_alphabetic() || c == '_' => word(&chars, at),
            _ => symbol(&chars, at)?,
        };
        found.push(Token { at: at + 1, kind });
        at = next;
    }
    Ok(found)
}

fn error(at: usize, message: impl Into<String>) -> FilterError {
    FilterError { at: at + 1, message: message.into() }
}

fn digit_follows(chars: &[char], at: usize) -> bool {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some(c), _) if c.is_ascii_digit() => true,
        (Some('.'), Some(c)) => c.is_ascii_digit(),
        _ => false,
    }
}

fn word(chars: &[char], start: usize) -> (TokenKind, usize) {
    let end = end_of(chars, start, |c| c.is_alphanumeric() || c == '_');
    (TokenKind::Word(chars[start..end].iter().collect()), end)
}

fn end_of(chars: &[char], start: usize, belongs: impl Fn(char) -> bool) -> usize {
    chars[start..].iter().position(|&c| !belongs(c)).map_or(chars.len(), |length| start + length)
}

fn quoted(chars: &[char], start: usize) -> Result<(TokenKind, usize), FilterError> {
    let quote = chars[start];
    let mut text = String::new();
    let mut at = start + 1;
    while let Some(&c) = chars.get(at) {
        at += 1;
        if c == quote {
            return Ok((TokenKind::Text(text), at));
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.get(at) {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some(&c @ ('\\' | '"' | '\'')) => text.push(c),
            Some(c) => {
                return Err(error(
                    at - 1,
                    format!("unknown escape \\{c}; known are \\\\ \\\" \\' \\n \\r \\t"),
                ));
            }
            None => break,
        }
        at += 1;
    }
    Err(error(start, format!("the text is not closed: a {quote} is missing at its end")))
}

fn quoted_name(chars: &[char], start: usize) -> Result<(TokenKind, usize), FilterError> {
    let end = end_of(chars, start + 1, |c| c != '`');
    if end == chars.len() {
        return Err(error(start, "the field's name is not closed: a ` is missing at its end"));
    }
    Ok((TokenKind::QuotedName(chars[start + 1..end].iter().collect()), end + 1))
}

fn number(chars: &[char], start: usize) -> Result<(TokenKind, usize), FilterError> {
    let mut end = end_of(chars, start + 1, |c| c.is_ascii_digit() || c == '.');
    let exponent = matches!(chars.get(end), Some('e' | 'E'))
        && match (chars.get(end + 1), chars.get(end + 2)) {
            (Some('+' | '-'), Some(c)) => c.is_ascii_digit(),
            (Some(c), _) => c.is_ascii_digit(),
            _ => false,
        };
    if exponent {
        end = end_of(chars, end + 2, |c| c.is_ascii_digit());
    }
    let text: String = chars[start..end].iter().collect();
    if let Ok(integer) = text.parse() {
        return Ok((TokenKind::Integer(integer), end));
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((TokenKind::Float(number), end)),
        _ => Err(error(start, format!("`{text}` is not a number"))),
    }
}

fn symbol(chars: &[char], start: usize) -> Result<(TokenKind, usize), FilterError> {
    let rest: String = chars[start..chars.len().min(start + 2)].iter().collect();
    let Some(found) =
        SYMBOLS.iter().filter(|symbol| rest.starts_with(*symbol)).max_by_key(|symbol| symbol.len())
    else {
        return Err(error(start, format!("unexpected character `{}`", chars[start])));
    };
    // the double form is a habit from programming languages; there is nothing else it could mean
    let kind = TokenKind::Symbol(if *found == "==" { "=" } else { found });
    Ok((kind, start + found.len()))
}

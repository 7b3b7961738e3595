use super::lex::{Token, TokenKind, tokens};
use super::{Comparison, Filter, FilterError, Value};

/// Bytes a filter may have.
const MAX_BYTES: usize = 64 * 1024;

/// How deep parentheses and `NOT` may nest: far below what the smallest thread's stack holds.
const MAX_DEPTH: usize = 64;

const KEYWORDS: [&str; 10] = ["AND", "OR", "NOT", "IN", "BETWEEN", "EXISTS", "WITHIN", "OF", "TRUE", "FALSE"];

const METRES_PER_MILE: f64 = 1609.344;

impl Filter {
    /// Reads a filter expression, for example `year >= 1999 AND (mood IN ("calm", 'sad') OR NOT explicit = true)`.
    ///
    /// Keywords may be in any case; `NOT` binds closer than `AND`, `AND` closer than `OR`. A field whose name is a
    /// keyword stands between backticks. `TRUE` alone is everything, `FALSE` alone nothing. At most 64 KiB long and
    /// nested 64 deep. Fields and types are not checked here but by [`Filter::check`].
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.len() > MAX_BYTES {
            let message = format!("the filter has {} bytes, at most {MAX_BYTES} are accepted", text.len());
            return Err(FilterError { at: 1, message });
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { end: text.chars().count() + 1, tokens, next: 0, depth: 0 };
        if parser.tokens.is_empty() {
            return Err(parser.error("the filter is empty; leave it out to filter nothing"));
        }
        let filter = parser.any()?;
        match parser.peek() {
            None => Ok(filter),
            Some(extra) => {
                Err(parser.error(format!("expected AND, OR or the end, found {}", extra.describe())))
            }
        }
    }
}

/// Whether a name may stand in a filter without backticks.
pub(super) fn is_plain_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(name))
}

/// Recursive descent: one function a level of precedence.
struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn error(&self, message: impl Into<String>) -> FilterError {
        let at = self.tokens.get(self.next).map_or(self.end, |token| token.at);
        FilterError { at, message: message.into() }
    }

    fn expected<T>(&self, what: &str) -> Result<T, FilterError> {
        let found = self.peek().map_or_else(|| "the end".into(), TokenKind::describe);
        Err(self.error(format!("expected {what}, found {found}")))
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Word(word)) if word.eq_ignore_ascii_case(keyword))
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        self.next += usize::from(found);
        found
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(TokenKind::Symbol(s)) if *s == symbol);
        self.next += usize::from(found);
        found
    }

    fn need_symbol(&mut self, symbol: &str) -> Result<(), FilterError> {
        if self.take_symbol(symbol) { Ok(()) } else { self.expected(&format!("`{symbol}`")) }
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(format!("nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn any(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.all()?];
        while self.take_keyword("OR") {
            parts.push(self.all()?);
        }
        Ok(single_or(parts, Filter::Or))
    }

    fn all(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.unary()?];
        while self.take_keyword("AND") {
            parts.push(self.unary()?);
        }
        Ok(single_or(parts, Filter::And))
    }

    fn unary(&mut self) -> Result<Filter, FilterError> {
        if self.take_keyword("NOT") {
            return self.deeper(|parser| Ok(Filter::Not(Box::new(parser.unary()?))));
        }
        if self.take_symbol("(") {
            let inner = self.deeper(Self::any)?;
            self.need_symbol(")")?;
            return Ok(inner);
        }
        if self.take_keyword("TRUE") {
            return Ok(Filter::And(Vec::new()));
        }
        if self.take_keyword("FALSE") {
            return Ok(Filter::Or(Vec::new()));
        }
        self.predicate()
    }

    fn field(&mut self) -> Result<String, FilterError> {
        let name = match self.peek() {
            Some(TokenKind::QuotedName(name)) => name.clone(),
            Some(TokenKind::Word(name)) if is_plain_name(name) => name.clone(),
            _ => return self.expected("a field's name"),
        };
        self.next += 1;
        Ok(name)
    }

    fn predicate(&mut self) -> Result<Filter, FilterError> {
        let field = self.field()?;
        if let Some(op) = self.comparison() {
            return Ok(Filter::Compare { field, op, value: self.value()? });
        }
        if self.take_keyword("NOT") {
            let inner = self.membership(field)?;
            return inner
                .map_or_else(|| self.expected("IN or BETWEEN"), |inner| Ok(Filter::Not(Box::new(inner))));
        }
        if self.take_keyword("EXISTS") {
            return Ok(Filter::Exists { field });
        }
        if self.take_keyword("WITHIN") {
            return self.within(field);
        }
        match self.membership(field)? {
            Some(filter) => Ok(filter),
            None => self.expected("=, !=, <, <=, >, >=, IN, BETWEEN, EXISTS or WITHIN"),
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let Some(TokenKind::Symbol(symbol)) = self.peek() else { return None };
        let op = match *symbol {
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        };
        self.next += 1;
        Some(op)
    }

    fn membership(&mut self, field: String) -> Result<Option<Filter>, FilterError> {
        if self.take_keyword("IN") {
            return Ok(Some(Filter::In { field, values: self.values()? }));
        }
        if self.take_keyword("BETWEEN") {
            let low = self.value()?;
            if !self.take_keyword("AND") {
                return self.expected("AND");
            }
            return Ok(Some(Filter::Between { field, low, high: self.value()? }));
        }
        Ok(None)
    }

    fn values(&mut self) -> Result<Vec<Value>, FilterError> {
        self.need_symbol("(")?;
        let mut values = Vec::new();
        if self.take_symbol(")") {
            return Ok(values);
        }
        loop {
            values.push(self.value()?);
            if self.take_symbol(")") {
                return Ok(values);
            }
            if !self.take_symbol(",") {
                return self.expected("`,` or `)`");
            }
        }
    }

    fn value(&mut self) -> Result<Value, FilterError> {
        let value = match self.peek() {
            Some(TokenKind::Text(text)) => Value::Text(text.clone()),
            Some(TokenKind::Integer(number)) => Value::Integer(*number),
            Some(TokenKind::Float(number)) => Value::Float(*number),
            Some(TokenKind::Word(word)) if word.eq_ignore_ascii_case("true") => Value::Boolean(true),
            Some(TokenKind::Word(word)) if word.eq_ignore_ascii_case("false") => Value::Boolean(false),
            Some(TokenKind::Word(word)) => {
                return self.expected(&format!("a value (texts stand in quotes: \"{word}\")"));
            }
            _ => return self.expected("a text in quotes, a number, true or false"),
        };
        self.next += 1;
        Ok(value)
    }

    fn number(&mut self) -> Result<f64, FilterError> {
        let number = match self.peek() {
            Some(TokenKind::Integer(number)) => *number as f64,
            Some(TokenKind::Float(number)) => *number,
            _ => return self.expected("a number"),
        };
        self.next += 1;
        Ok(number)
    }

    fn within(&mut self, field: String) -> Result<Filter, FilterError> {
        let radius = self.number()?;
        let metres = if self.take_keyword("m") {
            radius
        } else if self.take_keyword("km") {
            radius * 1000.0
        } else if self.take_keyword("mi") {
            radius * METRES_PER_MILE
        } else {
            return self.expected("m, km or mi");
        };
        if !self.take_keyword("OF") {
            return self.expected("OF");
        }
        self.need_symbol("(")?;
        let lat = self.number()?;
        self.need_symbol(",")?;
        let lon = self.number()?;
        self.need_symbol(")")?;
        Ok(Filter::Within { field, lat, lon, metres })
    }
}

fn single_or(mut parts: Vec<Filter>, group: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 { parts.remove(0) } else { group(parts) }
}

//! The plain page, for where the full one was not built and for whoever prefers it: one HTML file, one style sheet, one
//! script, in the binary. No inline code, so that the strict content security policy of every answer holds for it too.

mod texts;
pub mod web;

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use crate::extract::Path;
use crate::problem::{Code, Problem, Result};
use texts::{Language, TEXTS};

const TEMPLATE: &str = include_str!("index.html");
const FILES: &[(&str, &str, &[u8])] = &[
    ("style.css", "text/css; charset=utf-8", include_bytes!("style.css")),
    ("app.js", "text/javascript; charset=utf-8", include_bytes!("app.js")),
    ("docs.css", "text/css; charset=utf-8", include_bytes!("docs.css")),
    ("icon.svg", "image/svg+xml", include_bytes!("icon.svg")),
];

static ENGLISH: LazyLock<String> = LazyLock::new(|| translate(Language::En));
static SPANISH: LazyLock<String> = LazyLock::new(|| translate(Language::Es));

fn translate(language: Language) -> String {
    let template = TEMPLATE.replace("{{lang}}", language.tag());
    TEXTS.iter().fold(template, |page, (name, english, spanish)| {
        let text = if language == Language::Es { spanish } else { english };
        page.replace(&format!("{{{{{name}}}}}"), text)
    })
}

/// The page in the reader's language.
pub fn index(headers: &HeaderMap) -> Response {
    let (language, page) = match Language::preferred(headers) {
        Language::En => (Language::En, &ENGLISH),
        Language::Es => (Language::Es, &SPANISH),
    };
    let mut response = Html(page.as_str()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The plain page at its own address.
pub async fn plain(headers: HeaderMap) -> Response {
    index(&headers)
}

/// One of the page's files.
pub async fn file(Path(name): Path<String>) -> Result<Response> {
    let (_, kind, content) = FILES
        .iter()
        .find(|(file, ..)| *file == name)
        .ok_or_else(|| Problem::new(Code::UnknownRoute, format!("the page has no file {name}")))?;
    let headers = [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, *content).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(accepted: &'static str) -> Language {
        Language::preferred(&HeaderMap::from_iter([(
            header::ACCEPT_LANGUAGE,
            HeaderValue::from_static(accepted),
        )]))
    }

    #[test]
    fn the_reader_chooses_the_language() {
        assert_eq!(preferred("es-CR,es;q=0.9,en;q=0.8"), Language::Es);
        assert_eq!(preferred("en;q=0.3, es;q=0.7"), Language::Es);
        assert_eq!(preferred("de, en;q=0.5"), Language::En);
        assert_eq!(preferred("ja"), Language::En);
    }

    #[test]
    fn every_text_is_filled_in_and_used() {
        for page in [&*ENGLISH, &*SPANISH] {
            assert!(!page.contains("{{"), "{page}");
        }
        for (name, ..) in TEXTS {
            assert!(TEMPLATE.contains(&format!("{{{{{name}}}}}")), "{name} is never shown");
        }
    }

    #[test]
    fn nothing_is_inline() {
        assert!(
            !TEMPLATE.contains("style=") && !TEMPLATE.contains("onclick") && !TEMPLATE.contains("<script>")
        );
        assert!(!TEMPLATE.contains("<style"));
    }
}

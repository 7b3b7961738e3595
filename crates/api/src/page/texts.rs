//! What the page says, in each language.

use axum::http::{HeaderMap, header};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// The one the reader prefers; English when neither is named.
    pub fn preferred(headers: &HeaderMap) -> Self {
        let accepted =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (Self::En, 0.0);
        for entry in accepted.split(',') {
            let (tag, quality) = entry.split_once(";q=").unwrap_or((entry, "1"));
            let quality: f32 = quality.trim().parse().unwrap_or(0.0);
            let language = match tag.trim().to_ascii_lowercase().split('-').next() {
                Some("es") => Self::Es,
                Some("en") => Self::En,
                _ => continue,
            };
            if quality > best.1 {
                best = (language, quality);
            }
        }
        best.0
    }

    /// Its tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }
}

/// Name, English, Spanish.
pub const TEXTS: &[(&str, &str, &str)] = &[
    ("skip", "Skip to the results", "Saltar a los resultados"),
    ("navigation", "More", "Más"),
    ("headline", "Say what you are looking for", "Di lo que buscas"),
    (
        "tagline",
        "Catalejo finds what means it, even when not a word is the same.",
        "Catalejo encuentra lo que lo significa, aunque no coincida ni una palabra.",
    ),
    ("label", "Your question", "Tu pregunta"),
    ("placeholder", "a song about leaving home by the sea", "una canción sobre dejar el hogar junto al mar"),
    ("submit", "Ask", "Preguntar"),
    ("collection", "In", "En"),
    ("mode", "Find by", "Buscar por"),
    ("mode_hybrid", "meaning and words", "significado y palabras"),
    ("mode_vector", "meaning", "significado"),
    ("mode_text", "words", "palabras"),
    ("welcome", "Ask in your own words.", "Pregunta con tus propias palabras."),
    ("results", "Results", "Resultados"),
    ("more", "More results", "Más resultados"),
    (
        "noscript",
        "This page needs JavaScript; the API does not.",
        "Esta página necesita JavaScript; la API no.",
    ),
    (
        "plain",
        "This is the plain page; a binary that was built with Node has the whole one at /.",
        "Esta es la página sencilla; un binario que se compiló con Node tiene la completa en /.",
    ),
    ("whole", "The whole text", "El texto completo"),
    ("why", "Why it was found", "Por qué se encontró"),
    ("loading", "Looking…", "Buscando…"),
    ("empty", "Nothing found. Try other words.", "No se encontró nada. Prueba con otras palabras."),
    ("failed", "That did not work", "Algo no funcionó"),
    ("offline", "The service does not answer.", "El servicio no responde."),
    ("found", "{n} results in {ms} ms", "{n} resultados en {ms} ms"),
    ("found_one", "One result in {ms} ms", "Un resultado en {ms} ms"),
    (
        "bare",
        "The catalogue is still empty. Items appear here as they are ingested.",
        "El catálogo aún está vacío. Los elementos aparecerán aquí a medida que se ingieran.",
    ),
    ("by_meaning", "meaning: no. {rank}, {score}", "significado: n.º {rank}, {score}"),
    ("by_words", "words: no. {rank}, {score}", "palabras: n.º {rank}, {score}"),
];

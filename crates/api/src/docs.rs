//! `/openapi.json`, and the same for people at `/docs`: plain HTML made from the document, without a script.

use std::fmt::Write;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, header};
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, routing};
use catalejo_accounts::Scope;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::guard::{Access, access};
use crate::problem::Code;

/// Both forms, written once.
#[derive(Clone)]
struct Documents {
    json: Bytes,
    html: Bytes,
}

/// The routes that serve the document.
pub fn routes(openapi: &OpenApi) -> Router {
    let document = serde_json::to_value(openapi).expect("an OpenAPI document is plain JSON");
    let documents = Documents { json: document.to_string().into(), html: render(&document).into() };
    Router::new()
        .route("/openapi.json", routing::get(json))
        .route("/docs", routing::get(html))
        .with_state(documents)
}

async fn json(State(documents): State<Documents>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], documents.json).into_response()
}

async fn html(State(documents): State<Documents>) -> Response {
    Html(documents.html).into_response()
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn render(document: &Value) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Catalejo: API</title>\
         <link rel=\"icon\" href=\"/page/icon.svg\"><link rel=\"stylesheet\" href=\"/page/style.css\">\
         <link rel=\"stylesheet\" href=\"/page/docs.css\"></head><body class=\"docs\"><header>\
         <p class=\"brand\"><a href=\"/\">Catalejo</a></p><nav><a href=\"/openapi.json\">openapi.json</a></nav></header>\
         <main><h1>API</h1>",
    );
    let _ = write!(html, "<p class=\"tagline\">{}</p>", prose(text(&document["info"]["description"])));
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = text(&tag["name"]);
        let _ = write!(html, "<h2>{}</h2><p>{}</p>", escape(name), prose(text(&tag["description"])));
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                let operation = &item[method];
                if operation["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == name)) {
                    html.push_str(&operation_html(path, method, operation, document));
                }
            }
        }
    }
    html.push_str(
        "<h2 id=\"problems\">Problems</h2><p>Every error is an RFC 9457 problem. Act on its code.</p>",
    );
    html.push_str("<div class=\"scroll\"><table><tr><th>code<th>status<th>meaning</tr>");
    for code in Code::ALL {
        let (word, status) = (code.as_str(), code.status().as_u16());
        let (title, help) = (escape(code.title()), prose(code.help()));
        let _ = write!(
            html,
            "<tr id=\"problem-{word}\"><td><code>{word}</code><td>{status}<td><strong>{title}.</strong> {help}</tr>"
        );
    }
    html.push_str("</table></div></main></body></html>");
    html
}

fn operation_html(path: &str, method: &str, operation: &Value, document: &Value) -> String {
    let upper = method.to_uppercase();
    let who = who_may(&upper, path);
    let mut html = format!(
        "<article><details><summary><span class=\"method\">{upper}</span><code>{}</code><span>{}</span>{who}</summary>",
        escape(path),
        escape(text(&operation["summary"])),
    );
    let _ = write!(html, "<p>{}</p>", prose(text(&operation["description"])));
    let parameters: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
    if !parameters.is_empty() {
        html.push_str("<div class=\"scroll\"><table><tr><th>parameter<th>in<th>type<th>meaning</tr>");
        for parameter in parameters {
            let _ = write!(
                html,
                "<tr><td><code>{}</code><td>{}<td>{}<td>{}</tr>",
                escape(text(&parameter["name"])),
                escape(text(&parameter["in"])),
                escape(&kind(&parameter["schema"])),
                prose(text(&parameter["description"])),
            );
        }
        html.push_str("</table></div>");
    }
    for (media, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let _ = write!(html, "<p>Body: <code>{}</code></p>", escape(media));
        html.push_str(&fields(&content["schema"], document));
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        if status == "default" {
            continue;
        }
        let description = prose(text(&response["description"]));
        let _ = write!(html, "<p><strong>{}</strong> {description}</p>", escape(status));
        for content in response["content"].as_object().into_iter().flatten().map(|(_, content)| content) {
            html.push_str(&fields(&content["schema"], document));
        }
    }
    html.push_str("</details></article>");
    html
}

/// Who may call it, where not everybody may.
fn who_may(method: &str, path: &str) -> String {
    let method = method.parse().unwrap_or(Method::POST);
    let who = match access(&method, path) {
        Access::Open | Access::Enter => return String::new(),
        Access::Member | Access::Own => "who is logged in",
        Access::Scope(Scope::Search) => "scope search",
        Access::Scope(Scope::Ingest) => "scope ingest",
        Access::Scope(Scope::Admin) => "administrators",
    };
    format!("<span class=\"open\">{who}</span>")
}

/// The fields of an object schema as a table; anything else as its type.
fn fields(schema: &Value, document: &Value) -> String {
    let resolved = resolve(schema, document);
    let Some(properties) = resolved["properties"].as_object() else {
        return format!("<p>{}</p>", escape(&kind(schema)));
    };
    let required: Vec<_> =
        resolved["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut html = String::from("<div class=\"scroll\"><table><tr><th>field<th>type<th>meaning</tr>");
    for (name, property) in properties {
        let star = if required.contains(&name.as_str()) { "" } else { " (optional)" };
        let _ = write!(
            html,
            "<tr><td><code>{}</code><td>{}{star}<td>{}</tr>",
            escape(name),
            escape(&kind(property)),
            prose(text(&property["description"])),
        );
    }
    html.push_str("</table></div>");
    html
}

fn resolve<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/components/schemas/")) {
        Some(name) => &document["components"]["schemas"][name],
        None => schema,
    }
}

/// A schema's type in a word or two.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(text).collect::<Vec<_>>().join(", ");
    }
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        Value::String(word) if word == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(word) => word.clone(),
        _ => "any".into(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A sentence whose `words in backticks` are code.
fn prose(text: &str) -> String {
    let parts = escape(text);
    let parts = parts.split('`').enumerate();
    parts.map(|(n, part)| if n % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

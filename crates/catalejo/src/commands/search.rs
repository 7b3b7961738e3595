//! `catalejo search` and `catalejo embed`.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::Mode;
use crate::client::{Client, segment};
use crate::error::Failure;
use crate::output::{Output, cell, passage, plain};

/// Finds items and shows why they were found.
pub async fn search(
    client: &Client,
    output: Output,
    collection: &str,
    text: &str,
    filter: Option<String>,
    mode: Mode,
    limit: usize,
) -> Result<(), Failure> {
    let path = format!("/v1/collections/{}", segment(collection));
    let mut body = json!({ "query": text, "mode": mode.as_str(), "limit": limit });
    if let Some(filter) = filter {
        body["filter"] = filter.into();
    }
    let found = client.post(&format!("{path}/search"), &body).await?;
    let definition = if output.json { Value::Null } else { client.get(&path).await? };
    output.show(&found, |found| {
        describe(found, definition.pointer("/definition/title").and_then(Value::as_str))
    });
    Ok(())
}

/// Turns texts into vectors.
pub async fn embed(client: &Client, output: Output, texts: &[String]) -> Result<(), Failure> {
    let answer = client.post("/v1/embeddings", &json!({ "input": texts })).await?;
    output.show(&answer, |answer| {
        let rows = answer["data"].as_array().into_iter().flatten().zip(texts);
        rows.map(|(row, text)| format!("{}\t{}", plain(text), row["embedding"]))
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(())
}

/// Passages shown of one hit.
const PASSAGES: usize = 2;

fn describe(found: &Value, title: Option<&str>) -> String {
    let mut text = String::new();
    for (place, hit) in found["hits"].as_array().into_iter().flatten().enumerate() {
        let item = &hit["item"];
        let name = title.map(|title| cell(item.get(title))).unwrap_or_else(|| cell(hit.get("id")));
        let by = item.get("artists").map(|by| format!(" · {}", cell(Some(by)))).unwrap_or_default();
        let _ = writeln!(text, "{:>2}. {name}{by}   [{}]", place + 1, cell(hit.get("id")));
        for found in passages(hit, title).into_iter().take(PASSAGES) {
            let _ = writeln!(text, "      “{}”", passage(found));
        }
        let signal = |name: &str, word: &str| {
            let signal = &hit["why"][name];
            let rank = signal["rank"].as_u64()?;
            Some(format!("{word} no. {rank} ({:.3})", signal["score"].as_f64().unwrap_or(0.0)))
        };
        let why: Vec<_> =
            [signal("vector", "meaning"), signal("text", "words")].into_iter().flatten().collect();
        if !why.is_empty() {
            let _ = writeln!(text, "      {}", why.join(", "));
        }
    }
    if text.is_empty() {
        text.push_str("nothing found\n");
    }
    if let Some(reason) = found["degraded"].as_str() {
        let _ = writeln!(text, "{}", plain(reason));
    }
    let took = found["took_ms"].as_f64().unwrap_or(0.0);
    let _ = write!(text, "of {} items, in {took:.1} ms", cell(found.get("total")));
    text
}

/// The passages with matched words, the longest first; the title's is left out, because it is shown already.
fn passages<'a>(hit: &'a Value, title: Option<&str>) -> Vec<&'a str> {
    let fields = hit["why"]["highlights"].as_object().into_iter().flatten();
    let fields = fields.filter(|(field, _)| title != Some(field.as_str()));
    let mut found: Vec<&str> = fields
        .flat_map(|(_, passages)| passages.as_array().into_iter().flatten().filter_map(Value::as_str))
        .collect();
    found.sort_by_key(|passage| std::cmp::Reverse(passage.len()));
    found
}

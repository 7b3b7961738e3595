//! `/v1/embeddings`, in OpenAI's form, and `/v1/encoder`.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use catalejo_encoder::{LANE_HEADER, Lane};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract;
use crate::problem::{Problem, Result};
use crate::state::AppState;

const MAX_INPUTS: usize = 2048;

/// Texts to encode.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EmbeddingsRequest {
    /// One text or up to 2048.
    pub input: Input,
    /// Accepted because OpenAI's clients send it; the installed model answers whatever it says.
    #[serde(default)]
    #[allow(dead_code, reason = "part of the form")]
    pub model: Option<String>,
    /// `float` (default) or `base64`: little-endian 32-bit floats.
    #[serde(default)]
    pub encoding_format: EncodingFormat,
    /// If present it must be the model's own.
    #[serde(default)]
    pub dimensions: Option<usize>,
}

/// One text or many.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Input {
    /// One.
    One(String),
    /// Many.
    Many(Vec<String>),
}

/// How vectors are written.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncodingFormat {
    /// Numbers.
    #[default]
    Float,
    /// Little-endian 32-bit floats.
    Base64,
}

/// Vectors in the order of the texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmbeddingsResponse {
    /// Always `list`.
    pub object: &'static str,
    /// One entry a text.
    pub data: Vec<EmbeddingEntry>,
    /// The model that made them.
    pub model: String,
    /// What it cost.
    pub usage: Usage,
}

/// One vector.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmbeddingEntry {
    /// Always `embedding`.
    pub object: &'static str,
    /// The text's place in `input`.
    pub index: usize,
    /// The vector.
    pub embedding: Embedding,
}

/// A vector as numbers or as text.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Embedding {
    /// Numbers.
    Float(Vec<f32>),
    /// Little-endian 32-bit floats in base64.
    Base64(String),
}

/// Tokens read.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    /// Special tokens included, after cutting.
    pub prompt_tokens: u64,
    /// The same.
    pub total_tokens: u64,
}

/// The model behind the encoder.
#[derive(Debug, Serialize, ToSchema)]
pub struct EncoderView {
    /// Its name.
    pub name: String,
    /// Equal fingerprints give equal vectors.
    pub fingerprint: String,
    /// Components of a vector.
    pub dimensions: usize,
    /// Tokens after which a text is cut.
    pub max_tokens: usize,
}

/// Texts to vectors, in OpenAI's form.
///
/// Turns texts into vectors. The header `x-catalejo-lane` says who waits: `interactive` (a person; refused when busy)
/// or `bulk` (a pipeline; waits its turn).
#[utoipa::path(post, path = "/v1/embeddings", tag = "encoder", request_body = EmbeddingsRequest,
    responses((status = 200, description = "One vector a text.", body = EmbeddingsResponse)))]
pub async fn create(
    State(state): State<AppState>,
    headers: HeaderMap,
    extract::Json(request): extract::Json<EmbeddingsRequest>,
) -> Result<Json<EmbeddingsResponse>> {
    let encoder = state.encoder()?;
    let dimensions = encoder.model().dimensions;
    if request.dimensions.is_some_and(|wanted| wanted != dimensions) {
        return Err(Problem::invalid(format!(
            "dimensions: the installed model makes vectors of {dimensions}"
        )));
    }
    let texts = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    if texts.len() > MAX_INPUTS {
        return Err(Problem::invalid(format!(
            "input: {} texts; at most {MAX_INPUTS} go in one call",
            texts.len()
        )));
    }
    let bulk = headers.get(LANE_HEADER).is_some_and(|lane| lane == "bulk");
    let lane = if bulk { Lane::Bulk } else { Lane::Interactive };
    let started = Instant::now();
    metrics::counter!("api_requests_total", "endpoint" => "/v1/embeddings").increment(1);
    let embeddings = encoder.encode(&texts, lane).await?;
    metrics::histogram!("embedding_generation_seconds", "endpoint" => "/v1/embeddings")
        .record(started.elapsed());
    let write = |(index, row): (usize, &[f32])| EmbeddingEntry {
        object: "embedding",
        index,
        embedding: match request.encoding_format {
            EncodingFormat::Float => Embedding::Float(row.to_vec()),
            EncodingFormat::Base64 => {
                let bytes: Vec<u8> = row.iter().flat_map(|component| component.to_le_bytes()).collect();
                Embedding::Base64(BASE64_STANDARD.encode(bytes))
            }
        },
    };
    Ok(Json(EmbeddingsResponse {
        object: "list",
        data: embeddings.rows().enumerate().map(write).collect(),
        model: encoder.model().name.clone(),
        usage: Usage { prompt_tokens: embeddings.tokens, total_tokens: embeddings.tokens },
    }))
}

/// The installed model.
///
/// Tells which model is installed.
#[utoipa::path(get, path = "/v1/encoder", tag = "encoder", responses((status = 200, description = "The model.", body = EncoderView)))]
pub async fn show(State(state): State<AppState>) -> Result<Json<EncoderView>> {
    let model = state.encoder()?.model();
    Ok(Json(EncoderView {
        name: model.name.clone(),
        fingerprint: model.fingerprint.clone(),
        dimensions: model.dimensions,
        max_tokens: model.max_tokens,
    }))
}

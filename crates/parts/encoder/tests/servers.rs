//! Against real servers: downloads from a hub, errors of another Catalejo, and what is measured.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use catalejo_encoder::{Encoder, Lane, LocalEncoder, LocalOptions, Metered, open};
use catalejo_port::{BackendUrl, ErrorKind, PortError};
use support::{fixture, listen, serve};

async fn open_text(url: &str, models: &Path) -> Result<Arc<dyn Encoder>, PortError> {
    open(&BackendUrl::parse(url).unwrap(), models).await
}

/// A hub that has the fixtures, in the layout of the public one.
async fn hub() -> String {
    async fn file(
        axum::extract::Path((model, file)): axum::extract::Path<(String, String)>,
    ) -> impl IntoResponse {
        match std::fs::read(fixture(&model).join(file)) {
            Ok(bytes) => (StatusCode::OK, bytes),
            Err(_) => (StatusCode::NOT_FOUND, Vec::new()),
        }
    }
    listen(Router::new().route("/owner/{model}/resolve/main/{*file}", get(file))).await
}

#[tokio::test]
async fn a_missing_model_is_downloaded_whole() {
    let (hub, models) = (hub().await, tempfile::tempdir().unwrap());
    for model in ["bert", "xlm-r"] {
        let url = format!("local:?model=owner/{model}&hub={hub}&threads=1");
        let fetched = open_text(&url, models.path()).await.unwrap();
        assert_eq!(fetched.model().name, format!("owner/{model}"));
        let options = LocalOptions { threads: 1, ..LocalOptions::default() };
        let original = LocalEncoder::open(&fixture(model), "original", options).unwrap();
        assert_eq!(
            fetched.model().fingerprint,
            original.model().fingerprint,
            "every file that counts has come"
        );
    }
    let mut names: Vec<_> =
        std::fs::read_dir(models.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["bert", "xlm-r"], "nothing half done is left");
    // the folder is there now, so nobody asks the hub again
    let again = "local:bert?model=owner/bert&hub=http://127.0.0.1:9&threads=1";
    open_text(again, models.path()).await.unwrap();
}

#[tokio::test]
async fn a_failed_download_says_why_and_leaves_nothing() {
    let (hub, models) = (hub().await, tempfile::tempdir().unwrap());
    let error = open_text(&format!("local:?model=owner/none&hub={hub}"), models.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("is the model's name right?"), "{error}");
    let error = open_text("local:?model=owner/bert&hub=http://127.0.0.1:9", models.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(
        error.to_string().contains("cannot fetch http://127.0.0.1:9/owner/bert/resolve/main/"),
        "{error}"
    );
    assert_eq!(std::fs::read_dir(models.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_broken_folder_names_the_file() {
    let broken = |file: &str, content: Option<&[u8]>| {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "config.json",
            "modules.json",
            "sentence_bert_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "model.safetensors",
            "1_Pooling/config.json",
        ] {
            std::fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
            std::fs::copy(fixture("bert").join(path), folder.path().join(path)).unwrap();
        }
        match content {
            Some(content) => std::fs::write(folder.path().join(file), content).unwrap(),
            None => std::fs::remove_file(folder.path().join(file)).unwrap(),
        }
        LocalEncoder::open(folder.path(), "broken", LocalOptions::default()).unwrap_err().to_string()
    };
    let config = std::fs::read_to_string(fixture("bert/config.json")).unwrap();
    let other = |from: &str, to: &str| {
        assert!(config.contains(from));
        config.replace(from, to)
    };
    for (file, content, wanted) in [
        ("config.json", None, "config.json is missing"),
        ("tokenizer.json", None, "tokenizer.json is missing"),
        ("model.safetensors", None, "model.safetensors is missing"),
        ("1_Pooling/config.json", None, "config.json is missing"),
        ("config.json", Some("{"), "config.json: is not what was expected: EOF"),
        ("tokenizer.json", Some("{}"), "tokenizer.json: is not a usable tokenizer"),
        ("model.safetensors", Some("nothing"), "model.safetensors: is not a whole safetensors file"),
        ("modules.json", Some("[]"), "modules.json: the first module must be a Transformer"),
        (
            "config.json",
            Some(&other("\"bert\"", "\"t5\"")),
            "config.json: `model_type` is `t5`; the known ones are",
        ),
        ("config.json", Some(&other("\"gelu\"", "\"silu\"")), "`hidden_act` is `silu`; the known ones are"),
        ("config.json", Some(&other("\"hidden_size\": 48", "\"hidden_size\": 44")), "has the shape"),
        ("config.json", Some(&other("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")), "layer.2"),
        ("1_Pooling/config.json", Some(r#"{"pooling_mode": "best"}"#), "the pooling `best` is unknown"),
    ] {
        let message = broken(file, content.map(str::as_bytes));
        assert!(message.contains(wanted), "{file}: {message}");
    }
}

#[tokio::test]
async fn a_server_that_fails_says_how() {
    let models = Path::new("unused");
    let error = open_text("http://127.0.0.1:9", models).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    for (status, kind) in [
        (StatusCode::NOT_FOUND, ErrorKind::NotFound),
        (StatusCode::UNAUTHORIZED, ErrorKind::Unauthorized),
        (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Busy),
        (StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal),
        (StatusCode::OK, ErrorKind::Corrupt),
    ] {
        let server =
            listen(Router::new().fallback(move || async move { (status, [("retry-after", "7")]) })).await;
        let error = open_text(&server, models).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let hint = (kind == ErrorKind::Busy).then_some(Duration::from_secs(7));
        assert_eq!(error.retry_after(), hint, "{error}");
    }
}

#[tokio::test]
async fn the_key_is_sent_and_never_shown() {
    async fn guarded(State(key): State<&'static str>, headers: axum::http::HeaderMap) -> impl IntoResponse {
        let sent = headers.get("authorization").is_some_and(|sent| sent == key);
        if sent {
            (StatusCode::OK, r#"{"name":"m","fingerprint":"f","dimensions":3,"max_tokens":9}"#)
        } else {
            (StatusCode::UNAUTHORIZED, "")
        }
    }
    let server = listen(Router::new().route("/v1/encoder", get(guarded)).with_state("Bearer hush")).await;
    let encoder = open_text(&format!("{server}?key=hush"), Path::new("unused")).await.unwrap();
    assert!(!format!("{encoder:?}").contains("hush"));
    let error = open_text(&format!("{server}?key=other"), Path::new("unused")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(!error.to_string().contains("other"), "{error}");
}

#[tokio::test]
async fn another_model_on_the_server_is_noticed() {
    let options = LocalOptions { threads: 1, ..LocalOptions::default() };
    let encoder: Arc<dyn Encoder> = Arc::new(LocalEncoder::open(&fixture("bert"), "bert", options).unwrap());
    let server = serve(encoder).await;
    let remote = open_text(&format!("{server}/prefix"), Path::new("unused")).await.unwrap();
    remote.ping().await.unwrap();
    let error = open_text(&server, Path::new("unused")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "the path is a prefix");
}

#[test]
fn calls_are_measured() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let options = LocalOptions { threads: 1, queue_tokens: 1000 };
            let encoder = Metered::new(LocalEncoder::open(&fixture("bert"), "bert", options).unwrap());
            let texts = ["one".to_owned(), "two".to_owned()];
            let tokens = encoder.encode(&texts, Lane::Bulk).await.unwrap().tokens;
            assert!(tokens >= 4);
        });
    });
    let page = recorder.handle().render();
    for line in [
        "catalejo_encoder_texts_total{lane=\"bulk\"} 2",
        "catalejo_encoder_seconds_count{lane=\"bulk\"} 1",
        "catalejo_encoder_calls{lane=\"bulk\"} 0",
        "catalejo_encoder_tokens_total{lane=\"bulk\"}",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
}

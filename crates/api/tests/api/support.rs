//! A house to test in, and short ways to ask it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use catalejo_accounts::{Accounts, NewUser, Role, User};
use catalejo_api::{
    AppState, Backups, Base, Desk, DeskBase, Faces, Guard, Limits, PartReport, Parts as ApiParts, Rates,
    router,
};
use catalejo_blobs::Blobs;
use catalejo_catalog::{Catalog, Definition, Options, Parts};
use catalejo_encoder::{Embeddings, Encoder, Lane, ModelInfo};
use catalejo_port::{BackendUrl, PortError, PortResult};
use catalejo_runs::Runs;
use catalejo_social::Social;
use catalejo_store::Store;
use catalejo_telemetry::Metrics;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const DIMENSIONS: usize = 64;
pub const SONGS: &str = include_str!("../../../../collections/songs.toml");

/// Encodes a text as the bag of its words: texts that share words are near.
#[derive(Debug)]
pub struct WordEncoder(ModelInfo);

impl WordEncoder {
    pub fn new() -> Self {
        Self(ModelInfo {
            name: "words".into(),
            fingerprint: "words-1".into(),
            dimensions: DIMENSIONS,
            max_tokens: 512,
        })
    }
}

#[async_trait]
impl Encoder for WordEncoder {
    fn model(&self) -> &ModelInfo {
        &self.0
    }

    async fn encode(&self, texts: &[String], _: Lane) -> PortResult<Embeddings> {
        let mut data = Vec::new();
        for text in texts {
            let mut vector = vec![1e-3_f32; DIMENSIONS];
            for word in text.split_whitespace() {
                vector[word.bytes().fold(7_usize, |hash, byte| hash * 31 % 8191 + byte as usize)
                    % DIMENSIONS] += 1.0;
            }
            let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            data.extend(vector.iter().map(|x| x / norm));
        }
        let tokens = texts.iter().map(|text| text.split_whitespace().count() as u64).sum();
        Ok(Embeddings { dimensions: DIMENSIONS, data, tokens })
    }

    async fn ping(&self) -> PortResult<()> {
        Ok(())
    }
}

/// An encoder whose server is away.
#[derive(Debug)]
pub struct GoneEncoder(pub ModelInfo);

#[async_trait]
impl Encoder for GoneEncoder {
    fn model(&self) -> &ModelInfo {
        &self.0
    }

    async fn encode(&self, _: &[String], _: Lane) -> PortResult<Embeddings> {
        Err(PortError::unreachable("encoder: http://10.1.2.3:9 does not answer"))
    }

    async fn ping(&self) -> PortResult<()> {
        Err(PortError::unreachable("encoder: http://10.1.2.3:9 does not answer"))
    }
}

/// An encoder that does what `how` says instead of encoding.
pub struct OddEncoder(pub ModelInfo, pub fn() -> BoxFuture<'static, PortResult<Embeddings>>);

impl std::fmt::Debug for OddEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OddEncoder")
    }
}

#[async_trait]
impl Encoder for OddEncoder {
    fn model(&self) -> &ModelInfo {
        &self.0
    }

    async fn encode(&self, texts: &[String], _: Lane) -> PortResult<Embeddings> {
        match texts.is_empty() {
            true => Ok(Embeddings { dimensions: DIMENSIONS, data: Vec::new(), tokens: 0 }),
            false => (self.1)().await,
        }
    }

    async fn ping(&self) -> PortResult<()> {
        Ok(())
    }
}

/// Asks store and encoder, which is what the tests break.
struct House(Parts);

#[async_trait]
impl ApiParts for House {
    async fn check(&self) -> Vec<PartReport> {
        let report = |part: &str, optional: bool, asked: PortResult<()>| PartReport {
            part: part.into(),
            url: "test:".into(),
            ok: asked.is_ok(),
            optional,
            message: asked.map_or_else(|error| error.to_string(), |()| "answers".into()),
            next_step: None,
        };
        vec![
            report("store", false, self.0.store.ping().await),
            report("encoder", true, self.0.encoder.ping().await),
        ]
    }
}

/// Writes nothing: the binary's own tests make real backups.
struct NoBackups;

#[async_trait]
impl Backups for NoBackups {
    async fn create(&self, folder: &Path) -> PortResult<Value> {
        Ok(json!({ "folder": folder }))
    }
}

/// What a test changes about the house.
pub struct Plan {
    pub admin_key: Option<&'static str>,
    pub body: usize,
    pub upload: u64,
    pub encoder: Arc<dyn Encoder>,
    pub request_timeout: Duration,
    pub rates: Rates,
    pub registration_open: bool,
    pub address_header: Option<&'static str>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            admin_key: None,
            body: 1 << 20,
            upload: 1 << 20,
            encoder: Arc::new(WordEncoder::new()),
            request_timeout: Duration::from_secs(30),
            rates: Rates { writes: 0, logins: 0 },
            registration_open: true,
            address_header: None,
        }
    }
}

/// A service without sockets.
pub struct Service {
    pub router: Router,
    pub folder: TempDir,
    pub accounts: Accounts,
    pub social: Social,
    shutdown: CancellationToken,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// The owner's token in every test.
pub const TOKEN: &str = "the-owners-token";

impl Service {
    pub async fn new() -> Self {
        Self::build(Plan::default()).await
    }

    pub async fn build(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let url = |text: &str| text.parse::<BackendUrl>().unwrap();
        let store = Store::open(&url("sqlite:"), &data).await.unwrap();
        let parts = Parts {
            store: store.clone(),
            index: catalejo_index::open(&url("embedded:"), &data).await.unwrap(),
            broker: catalejo_broker::open(&url("embedded:"), &data).await.unwrap(),
            cache: catalejo_cache::open(&url("memory:")).await.unwrap(),
            blobs: Blobs::open(&url("file:"), &data).await.unwrap(),
            encoder: plan.encoder.clone(),
        };
        let options = catalejo_accounts::Options {
            registration_open: plan.registration_open,
            ..catalejo_accounts::Options::default()
        };
        let accounts = Accounts::open(store.clone(), options).await.unwrap();
        let index = parts.index.clone();
        let social = Social::open(store.clone(), index, accounts.clone(), Default::default()).await.unwrap();
        let runs = Runs::open(store).await.unwrap();
        let catalog = Catalog::open(parts.clone(), runs.clone(), Options::default()).await.unwrap();
        catalog.collections().ensure(Definition::from_toml(SONGS).unwrap()).await.unwrap();
        let shutdown = CancellationToken::new();
        let (crawler, ingest) = (catalog.clone(), catalog.clone());
        let (first, second) = (shutdown.clone(), shutdown.clone());
        tokio::spawn(async move { crawler.run_crawler(first).await.unwrap() });
        tokio::spawn(async move { ingest.run_ingest(second).await.unwrap() });
        let (indexer, third) = (social.clone(), shutdown.clone());
        tokio::spawn(async move { indexer.keep_indexed(third).await });
        let metrics = Metrics::install().unwrap();
        catalejo_telemetry::seed::register_cache("memory");
        let app = AppState::new(Base {
            guard: Guard::new(plan.admin_key, Some(TOKEN), Some(accounts.clone()), plan.rates),
            secure: false,
            limits: Limits {
                body: plan.body,
                upload: plan.upload,
                page: 100,
                request_timeout: plan.request_timeout,
                crawl_interval: Duration::from_secs(3600),
                source_roots: Vec::new(),
                address_header: plan.address_header.map(axum::http::HeaderName::from_static),
            },
            encoder: Some(plan.encoder),
            parts: Arc::new(House(parts)),
            metrics: Arc::new(move || metrics.render()),
            shutdown: shutdown.clone(),
        });
        let desk = Desk::new(DeskBase {
            app: app.clone(),
            catalog,
            runs,
            accounts: accounts.clone(),
            social: social.clone(),
            backups: Arc::new(NoBackups),
            cache_type: "memory".into(),
        });
        let router = router(Faces { app, desk: Some(desk), encoder: true });
        Self { router, folder, accounts, social, shutdown }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: to_bytes(response.into_body(), usize::MAX).await.unwrap() }
    }

    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, &[("content-type", "application/json")], body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask("PUT", path, &[("content-type", "application/json")], body.to_string()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, &[], Body::empty()).await
    }

    /// An account without a password, and the token of a session.
    pub async fn enter(&self, name: &str, role: Role) -> (User, String) {
        let new = NewUser { name: name.into(), password: None, role, demo: false };
        let user = self.accounts.create_user(new).await.unwrap();
        let login = self.accounts.start_session(user.id, &Default::default()).await.unwrap();
        (user, login.token.expose().to_owned())
    }

    /// The same request with a token.
    pub async fn with(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.ask(method, path, &headers, body).await
    }

    /// Adds three songs.
    pub async fn with_songs() -> Self {
        let service = Self::new().await;
        let songs = json!({ "items": [
            { "id": "1", "name": "Salt", "artists": "Marina", "lyrics": "home beside the sea", "tempo": 90 },
            { "id": "2", "name": "Night", "artists": "Leo", "lyrics": "dance until the morning", "tempo": 128 },
            { "id": "3", "name": "Harbour", "artists": "Marina", "lyrics": "ships come home", "tempo": 100 },
        ]});
        let answer = service.post("/v1/collections/songs/items", songs).await;
        assert_eq!((answer.status, &answer.json()["new"]), (StatusCode::OK, &json!(3)));
        service
    }

    /// Follows a run to its end by its events.
    pub async fn finished(&self, run: &str) -> Value {
        let events = self.get(&format!("/v1/runs/{run}/events")).await;
        assert_eq!(events.headers["content-type"], "text/event-stream");
        let updates = events.text();
        let last = updates.lines().rfind(|line| line.starts_with("data:")).unwrap();
        serde_json::from_str(&last["data:".len()..]).unwrap()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// The problem's code, after checking that it is a whole problem.
    #[track_caller]
    pub fn problem(&self) -> String {
        let problem = self.json();
        assert_eq!(self.headers["content-type"], "application/problem+json", "{problem}");
        assert_eq!(problem["status"], self.status.as_u16());
        for key in ["type", "title", "detail", "instance", "request_id"] {
            assert!(problem[key].as_str().is_some_and(|text| !text.is_empty()), "{key} in {problem}");
        }
        problem["code"].as_str().unwrap().to_owned()
    }
}

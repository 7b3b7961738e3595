//! A whole catalog over embedded parts in a temporary folder.

#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use catalejo_catalog::{Catalog, Definition, Format, Options, Parts, RejectionQuery};
use catalejo_encoder::Encoder;
use catalejo_port::BackendUrl;
use catalejo_runs::{Run, RunEvent, Runs};
use futures::StreamExt;
use serde_json::{Map, Value as Json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub struct House {
    pub catalog: Catalog,
    shutdown: CancellationToken,
    roles: Vec<JoinHandle<()>>,
}

pub fn url(text: &str) -> BackendUrl {
    text.parse().unwrap()
}

pub async fn encoder(model: &str) -> Arc<dyn Encoder> {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../parts/encoder/tests/fixtures");
    let folder = Path::new(fixtures).join(model);
    catalejo_encoder::open(&url(&format!("local:{}", folder.display())), Path::new(fixtures)).await.unwrap()
}

impl House {
    pub async fn open(data: &Path) -> Self {
        Self::open_with(data, encoder("bert").await, quick()).await
    }

    pub async fn open_with(data: &Path, encoder: Arc<dyn Encoder>, options: Options) -> Self {
        let store = catalejo_store::Store::open(&url("sqlite:"), data).await.unwrap();
        let parts = Parts {
            index: catalejo_index::open(&url("embedded:"), data).await.unwrap(),
            broker: catalejo_broker::open(&url("embedded:"), data).await.unwrap(),
            cache: catalejo_cache::open(&url("memory:")).await.unwrap(),
            blobs: catalejo_blobs::Blobs::open(&url("file:"), data).await.unwrap(),
            encoder,
            store: store.clone(),
        };
        let runs = Runs::open(store).await.unwrap();
        let catalog = Catalog::open(parts, runs, options).await.unwrap();
        Self { catalog, shutdown: CancellationToken::new(), roles: Vec::new() }
    }

    /// Starts the ingest's role.
    pub fn ingest(mut self) -> Self {
        let (catalog, shutdown) = (self.catalog.clone(), self.shutdown.clone());
        self.roles.push(tokio::spawn(async move { catalog.run_ingest(shutdown).await.unwrap() }));
        self
    }

    /// Starts the crawler's role.
    pub fn crawler(mut self) -> Self {
        let (catalog, shutdown) = (self.catalog.clone(), self.shutdown.clone());
        self.roles.push(tokio::spawn(async move { catalog.run_crawler(shutdown).await.unwrap() }));
        self
    }

    /// Stops the roles gracefully.
    pub async fn close(mut self) {
        self.shutdown.cancel();
        for role in self.roles.drain(..) {
            role.await.unwrap();
        }
    }

    /// Imports a file and waits for the end of its ingest.
    pub async fn import(&self, collection: &str, file: &Path) -> Run {
        let run = self.catalog.imports().file(collection, file, Format::Auto).await.unwrap();
        self.finished(&run).await
    }

    /// The run in its final state.
    pub async fn finished(&self, run: &str) -> Run {
        let mut events = Box::pin(self.catalog.runs().watch(run).await.unwrap());
        let mut last = None;
        let follow = async {
            while let Some(event) = events.next().await {
                if let RunEvent::Update(run) = event {
                    last = Some(run);
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(120), follow).await.expect("the run ends");
        let last = last.unwrap();
        assert!(last.state.is_final(), "{last:?}");
        last
    }

    pub async fn items(&self, collection: &str) -> u64 {
        self.catalog.collections().get(collection).await.unwrap().items
    }

    /// Refused rows as `line:code`, in the order of lines.
    pub async fn rejections(&self, collection: &str) -> Vec<String> {
        let mut all = Vec::new();
        let mut query =
            RejectionQuery { collection: Some(collection.into()), limit: 20, ..RejectionQuery::default() };
        loop {
            let page = self.catalog.rejections().list(&query).await.unwrap();
            all.extend(page.items.iter().map(|r| format!("{}:{}", r.line, r.code)));
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => return all,
            }
        }
    }
}

pub fn quick() -> Options {
    Options { retry_delay: Duration::from_millis(20), max_attempts: 3, ..Options::default() }
}

pub fn songs() -> Definition {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../collections/songs.toml");
    Definition::from_toml(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Items with vectors of their own.
pub fn points() -> Definition {
    let text = "name = \"points\"\nid = \"id\"\n[embed]\ndimensions = 4\n[fields]\nname = { type = \"text\" }\nsize = { type = \"integer\" }\n";
    Definition::from_toml(text).unwrap()
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

pub fn object(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(object) => object,
        _ => panic!("not an object"),
    }
}

/// Runs the test `name` of this test binary in a process of its own that ends at a fault point; answers whether it did.
pub fn killed_at(name: &str, fault: &str, data: &Path) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env("CATALEJO_FAULT", fault)
        .env("CATALEJO_TEST_DATA", data)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    !status.success()
}

/// The folder of a process that is to be killed; `None` in the test process itself.
pub fn to_be_killed() -> Option<PathBuf> {
    std::env::var_os("CATALEJO_FAULT")?;
    std::env::var_os("CATALEJO_TEST_DATA").map(PathBuf::from)
}

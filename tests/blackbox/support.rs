//! A running binary, its data folder and a client for it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The real model; `make test` fetches it.
pub fn model() -> PathBuf {
    let folder = std::env::var_os("CATALEJO_TEST_MODEL")
        .map_or_else(|| root().join(".cache/models/all-MiniLM-L6-v2"), PathBuf::from);
    assert!(folder.join("model.safetensors").exists(), "no model in {}: run `make model`", folder.display());
    folder
}

/// A `catalejo` command over `data`, with no settings but ours.
pub fn catalejo(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catalejo"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CATALEJO_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(data.parent().unwrap())
        .env("CATALEJO_ENCODER", format!("local:{}", model().display()))
        .env("CATALEJO_LOG", "info")
        .arg("--data")
        .arg(data);
    command
}

/// Runs a command to its end.
pub fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A process that serves; killed when dropped.
pub struct Server {
    child: Child,
    pub base: String,
    pub log: PathBuf,
}

impl Server {
    /// `catalejo up` over `data` on a free port, once it is ready.
    pub fn up(data: &Path) -> Self {
        Self::spawn(data, catalejo(data).args(["--listen", "127.0.0.1:0", "up"]))
    }

    /// Starts `command` and waits until it answers at the address in its data folder.
    pub fn spawn(data: &Path, command: &mut Command) -> Self {
        let log = data.with_extension("log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut child =
            command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("ended with {status}:\n{}", std::fs::read_to_string(&log).unwrap());
            }
            if let Some(base) = address_of(data, child.id())
                && get(&format!("{base}/readyz")).is_ok_and(|(status, _)| status == 200)
            {
                return Self { child, base, log };
            }
            assert!(Instant::now() < end, "not ready in time:\n{}", std::fs::read_to_string(&log).unwrap());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn kill_9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and waits until it did; its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    pub fn get(&self, path: &str) -> Value {
        let (status, body) = get(&format!("{}{path}", self.base)).unwrap();
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    pub fn try_get(&self, path: &str) -> Option<Value> {
        get(&format!("{}{path}", self.base)).ok().filter(|(status, _)| *status == 200).map(|(_, body)| body)
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        send(Method::Post, &format!("{}{path}", self.base), Some(body)).unwrap()
    }

    /// A search that must succeed.
    pub fn search(&self, collection: &str, body: &Value) -> Value {
        let (status, answer) = self.post(&format!("/v1/collections/{collection}/search"), body);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// All items of a collection, page by page.
    pub fn all_items(&self, collection: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("/v1/collections/{collection}/items?limit=500{cursor}"));
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// Waits until `done` answers something.
    pub fn wait_for<T>(&self, what: &str, mut done: impl FnMut(&Self) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(value) = done(self) {
                return value;
            }
            assert!(
                Instant::now() < end,
                "{what} did not happen:\n{}",
                std::fs::read_to_string(&self.log).unwrap()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_of(data: &Path, pid: u32) -> Option<String> {
    let owner: Value = serde_json::from_slice(&std::fs::read(data.join("owner.json")).ok()?).ok()?;
    (owner["pid"].as_u64()? == u64::from(pid))
        .then(|| format!("http://{}", owner["address"].as_str().unwrap_or_default()))
}

pub enum Method {
    Get,
    Post,
}

pub fn get(url: &str) -> Result<(u16, Value), String> {
    send(Method::Get, url, None)
}

struct Client {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
}

fn client() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // reqwest is built without a TLS provider of its own; nothing here uses TLS, yet it asks for one
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Client { runtime, http }
    })
}

/// One request; the status and the JSON answered (text that is no JSON comes as a string).
pub fn send(method: Method, url: &str, body: Option<&Value>) -> Result<(u16, Value), String> {
    let Client { runtime, http } = client();
    let request = match method {
        Method::Get => http.get(url),
        Method::Post => http.post(url),
    };
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    runtime.block_on(async {
        let answer = request.send().await.map_err(|e| e.to_string())?;
        let status = answer.status().as_u16();
        let text = answer.text().await.map_err(|e| e.to_string())?;
        Ok((status, serde_json::from_str(&text).unwrap_or_else(|_| json!(text))))
    })
}

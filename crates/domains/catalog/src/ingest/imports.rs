use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use catalejo_blobs::ObjectMeta;
use catalejo_port::{BackendUrl, PortResult};
use catalejo_runs::{NewRun, RunKind};
use futures::Stream;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::json;
use uuid::Uuid;

use super::files::{self, IMPORTS, file_id, now_ms, state};
use super::{Format, UPLOADS};
use crate::catalog::Core;
use crate::{CatalogError, CatalogResult};

/// Takes files one by one: uploaded, from a URL, or from this machine. Each is queued like a crawled file and
/// survives a crash from then on; the answer is the run of its ingest.
#[derive(Clone)]
pub struct Imports {
    pub(crate) core: Arc<Core>,
}

/// How to read a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadAs {
    /// Its format.
    pub format: Format,
    /// The column in which rows bring their own vectors, where it is not the definition's.
    pub vector_field: Option<String>,
}

impl From<Format> for ReadAs {
    fn from(format: Format) -> Self {
        Self { format, vector_field: None }
    }
}

/// A file to be queued.
struct Import {
    /// Names the run's subject and, by its extension, the format.
    name: String,
    location: String,
    path: String,
    read_as: ReadAs,
    etag: String,
    size: u64,
}

impl Imports {
    /// Keeps an uploaded file and queues it. An error of the stream leaves nothing behind.
    pub async fn upload<S>(
        &self,
        collection: &str,
        name: &str,
        read_as: impl Into<ReadAs>,
        stream: S,
    ) -> CatalogResult<String>
    where
        S: Stream<Item = PortResult<Bytes>> + Send + Unpin,
    {
        let read_as = self.check(collection, name, read_as.into()).await?;
        let blobs = &self.core.parts.blobs;
        let path = format!("uploads/{}/{}", Uuid::now_v7(), safe_name(name));
        let object = catalejo_blobs::path(&path)?;
        blobs.put_stream(&object, stream).await?;
        crate::fault::point("upload.kept");
        let meta = blobs.head(&object).await?;
        let import = Import {
            name: name.to_owned(),
            location: UPLOADS.to_owned(),
            path,
            read_as,
            etag: etag_of(&meta),
            size: meta.size,
        };
        self.queue(collection, import).await
    }

    /// Queues the file behind a URL; the worker fetches it. `http(s)://` addresses are fetched only from public
    /// addresses unless the options say otherwise; `file:` and `s3://` only when `trusted`, which a request from
    /// outside never is.
    pub async fn url(
        &self,
        collection: &str,
        url: &str,
        read_as: impl Into<ReadAs>,
        trusted: bool,
    ) -> CatalogResult<String> {
        let wrong = |reason: &str| CatalogError::request("url", reason);
        let web = url.starts_with("http://") || url.starts_with("https://");
        if web {
            let parsed = reqwest::Url::parse(url).map_err(|_| wrong("it cannot be read as a URL"))?;
            super::guard::check_url(&parsed, self.core.options.allow_private_urls)
                .map_err(|reason| CatalogError::request("url", reason))?;
            let name = parsed.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
            let read_as = self.check(collection, name, read_as.into()).await?;
            let import = Import {
                name: name.to_owned(),
                location: url.to_owned(),
                path: String::new(),
                read_as,
                etag: Uuid::now_v7().to_string(),
                size: 0,
            };
            return self.queue(collection, import).await;
        }
        let parsed: BackendUrl = url.parse().map_err(|_| wrong("it cannot be read as a URL"))?;
        if !trusted || !parsed.is(&["file", "s3"]) {
            return Err(wrong("only http:// and https:// are fetched"));
        }
        let name = parsed.path().rsplit('/').next().unwrap_or_default().to_owned();
        let read_as = self.check(collection, &name, read_as.into()).await?;
        let (location, path, meta) = single_object(&parsed, url).await?;
        let import = Import { name, location, path, read_as, etag: etag_of(&meta), size: meta.size };
        self.queue(collection, import).await
    }

    /// Queues a file of this machine, which the worker reads in place.
    pub async fn file(
        &self,
        collection: &str,
        path: &Path,
        read_as: impl Into<ReadAs>,
    ) -> CatalogResult<String> {
        let full = tokio::fs::canonicalize(path)
            .await
            .map_err(|error| CatalogError::request("file", format!("{}: {error}", path.display())))?;
        let text = full.to_str().ok_or_else(|| CatalogError::request("file", "its path is not UTF-8"))?;
        self.url(collection, &file_url(text), read_as, true).await
    }

    /// The same, with its format decided.
    async fn check(&self, collection: &str, name: &str, read_as: ReadAs) -> CatalogResult<ReadAs> {
        let live = self.core.live_now(collection).await?;
        let wanted = live.wanted();
        if let Some(field) = &read_as.vector_field
            && (wanted.dimensions().is_none() || wanted.compiled.vector_columns.is_empty())
        {
            let reason =
                format!("the collection {collection:?} takes no vectors, so that {field:?} cannot be one");
            return Err(CatalogError::request("vector_field", reason));
        }
        let format = read_as.format.of(name).ok_or_else(|| {
            let reason = format!("{name:?} says neither .csv, .jsonl nor .parquet; give the format");
            CatalogError::request("format", reason)
        })?;
        Ok(ReadAs { format, ..read_as })
    }

    async fn queue(&self, collection: &str, import: Import) -> CatalogResult<String> {
        let core = &self.core;
        let new = NewRun {
            total: (import.size > 0).then_some(import.size),
            params: json!({ "import": import.name }),
            ..NewRun::new(RunKind::Ingest, import.name.as_str()).collection(collection)
        };
        let txn = core.parts.store.begin().await?;
        let run = core
            .runs
            .create_in(&txn, vec![new])
            .await?
            .pop()
            .expect("one run was created for one request")
            .id;
        let row = files::Model {
            // Two imports of one file are two files: each has its own run.
            id: file_id(IMPORTS, &run),
            source: IMPORTS.to_owned(),
            location: import.location,
            path: import.path,
            collection: collection.to_owned(),
            format: import.read_as.format.as_str().to_owned(),
            etag: import.etag,
            size: i64::try_from(import.size).unwrap_or(i64::MAX),
            state: state::LISTED.to_owned(),
            run: run.clone(),
            rows: 0,
            counts: "{}".to_owned(),
            failures: 0,
            crashes: 0,
            error: None,
            owner: None,
            owned_until: None,
            updated_at: now_ms(),
            vector_field: import.read_as.vector_field,
        };
        let model = files::ActiveModel::from(row.clone()).reset_all();
        files::Entity::insert(model).exec_without_returning(&txn).await.map_err(CatalogError::from)?;
        txn.commit().await.map_err(CatalogError::from)?;
        core.publish_files(vec![row]).await?;
        Ok(run)
    }
}

/// Something that changes when the object's content does.
pub(crate) fn etag_of(meta: &ObjectMeta) -> String {
    match &meta.e_tag {
        Some(etag) if etag.len() <= 250 => etag.clone(),
        Some(etag) => blake3::hash(etag.as_bytes()).to_hex().to_string(),
        None => format!("{}-{}", meta.size, meta.last_modified.timestamp_millis()),
    }
}

/// The last part of a name, with nothing in it that a path could trip over.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = last
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .take(100)
        .collect();
    if safe.trim_matches('.').is_empty() { "file".to_owned() } else { safe }
}

/// `file:` URL of an absolute path.
fn file_url(path: &str) -> String {
    let mut url = "file:".to_owned();
    for byte in path.bytes() {
        match byte {
            b'%' | b'?' | b'#' | b' ' => url.push_str(&format!("%{byte:02X}")),
            _ => url.push(char::from(byte)),
        }
    }
    url
}

/// A URL that names one object: where it is, its path there, and what is known of it.
async fn single_object(parsed: &BackendUrl, url: &str) -> CatalogResult<(String, String, ObjectMeta)> {
    use futures::TryStreamExt;
    let blobs = catalejo_blobs::Blobs::open_source(parsed).await?;
    let mut objects = blobs.list(None);
    let first = objects.try_next().await?;
    let Some(meta) = first else {
        return Err(CatalogError::request("url", "there is no file"));
    };
    if objects.try_next().await?.is_some() {
        return Err(CatalogError::request("url", "it names a folder; make it a source and crawl it"));
    }
    Ok((url.to_owned(), meta.location.to_string(), meta))
}

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use catalejo_port::{BackendUrl, PortError, PortResult};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::error::blobs_error;
use crate::{Summary, Writer, open, snapshot};

/// How long `ping` waits: a person waits for it in turn.
const PING_PATIENCE: Duration = Duration::from_secs(10);

/// Objects by path under one prefix; cheap to clone. Paths given and answered are relative to the prefix.
///
/// # Contract
/// - An object appears whole or not at all, also to a listing and after `kill -9`; what `put` or
///   [`Writer::finish`] answered with success is durable.
/// - An object's `e_tag` changes when its content does.
/// - Listing is streamed page by page and names only complete objects.
/// - Paths cannot leave the prefix; a folder backend follows symbolic links only to files inside of it and
///   neither lists hidden files nor the `name#N` files of unfinished uploads.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    url: BackendUrl,
    read_only: bool,
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blobs")
            .field("url", &self.url)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

/// A path from text; `.`, `..`, empty segments and control characters are refused.
pub fn path(text: &str) -> PortResult<Path> {
    Path::parse(text).map_err(|error| PortError::invalid("blobs: not a path").with_source(error))
}

impl Blobs {
    /// Opens the place for our own objects. A folder is created where missing; no server is asked yet.
    pub async fn open(url: &BackendUrl, data_dir: &std::path::Path) -> PortResult<Self> {
        let store = open::open(url, data_dir).await?;
        Ok(Self { store, url: url.clone(), read_only: false })
    }

    /// Opens somebody else's objects for reading only. A folder or single file must exist: a typing mistake in a
    /// source's path must not look like an empty source.
    pub async fn open_source(url: &BackendUrl) -> PortResult<Self> {
        let store = open::open_source(url).await?;
        Ok(Self { store, url: url.clone(), read_only: true })
    }

    /// The URL it was opened from; prints redacted.
    pub fn url(&self) -> &BackendUrl {
        &self.url
    }

    /// The store itself, for libraries that read and write objects on their own (Parquet, DataFusion).
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        self.store.clone()
    }

    /// The objects whose path begins with the folder `prefix` (all without one), in no promised order.
    pub fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, PortResult<ObjectMeta>> {
        let of = format!("cannot list `{}`", self.url);
        self.store.list(prefix).map_err(move |error| blobs_error(of.clone(), error)).boxed()
    }

    /// Size, time and `e_tag` of an object.
    pub async fn head(&self, path: &Path) -> PortResult<ObjectMeta> {
        self.store.head(path).await.map_err(|error| self.error("read", path, error))
    }

    /// The object in pieces, with what `head` answers about the very content that is streamed.
    pub async fn get_stream(
        &self,
        path: &Path,
    ) -> PortResult<(ObjectMeta, BoxStream<'static, PortResult<Bytes>>)> {
        let result = self.store.get(path).await.map_err(|error| self.error("read", path, error))?;
        let meta = result.meta.clone();
        let doing = format!("cannot read `{path}` of `{}`", self.url);
        let stream = result.into_stream().map_err(move |error| blobs_error(doing.clone(), error));
        Ok((meta, stream.boxed()))
    }

    /// The whole object, for small ones.
    pub async fn get(&self, path: &Path) -> PortResult<Bytes> {
        let result = self.store.get(path).await.map_err(|error| self.error("read", path, error))?;
        result.bytes().await.map_err(|error| self.error("read", path, error))
    }

    /// Some bytes of the object; fewer where it ends earlier.
    pub async fn get_range(&self, path: &Path, range: Range<u64>) -> PortResult<Bytes> {
        self.store.get_range(path, range).await.map_err(|error| self.error("read", path, error))
    }

    /// Writes or replaces an object.
    pub async fn put(&self, path: &Path, bytes: Bytes) -> PortResult<()> {
        self.writable()?;
        self.store.put(path, bytes.into()).await.map_err(|error| self.error("write", path, error))?;
        Ok(())
    }

    /// Writes or replaces an object piece by piece with bounded memory; see [`Writer`].
    pub async fn writer(&self, path: &Path) -> PortResult<Writer> {
        self.writable()?;
        let upload =
            self.store.put_multipart(path).await.map_err(|error| self.error("write", path, error))?;
        Ok(Writer::new(upload, format!("cannot write `{path}` of `{}`", self.url)))
    }

    /// Writes or replaces an object from a stream. An error of the stream leaves the object as it was.
    pub async fn put_stream<S>(&self, path: &Path, mut stream: S) -> PortResult<()>
    where
        S: Stream<Item = PortResult<Bytes>> + Send + Unpin,
    {
        let mut writer = self.writer(path).await?;
        while let Some(piece) = stream.next().await {
            match piece {
                Ok(piece) => writer.write(piece).await?,
                Err(error) => {
                    writer.abort().await?;
                    return Err(error);
                }
            }
        }
        writer.finish().await
    }

    /// Removes an object; a missing one is no error.
    pub async fn delete(&self, path: &Path) -> PortResult<()> {
        self.writable()?;
        match self.store.delete(path).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.error("delete", path, error)),
        }
    }

    /// Whether the backend answers with our credentials, for readiness and `check`.
    pub async fn ping(&self) -> PortResult<()> {
        match tokio::time::timeout(PING_PATIENCE, self.list(None).try_next()).await {
            Ok(answer) => answer.map(drop),
            Err(_) => Err(PortError::timeout(format!("blobs: `{}` does not answer", self.url))),
        }
    }

    /// Copies every object to a new folder, durably, each in one of its complete states. Objects written or removed
    /// meanwhile may or may not be in the copy.
    pub async fn snapshot(&self, folder: &std::path::Path) -> PortResult<Summary> {
        snapshot::snapshot(self, folder).await
    }

    /// Sums up what is there, to be compared with a snapshot's summary. Reads every byte.
    pub async fn summary(&self) -> PortResult<Summary> {
        snapshot::summary(self).await
    }

    fn writable(&self) -> PortResult<()> {
        if self.read_only {
            return Err(PortError::unsupported(format!("blobs: `{}` is a source and only read", self.url)));
        }
        Ok(())
    }

    fn error(&self, verb: &str, path: &Path, error: Error) -> PortError {
        blobs_error(format!("cannot {verb} `{path}` of `{}`", self.url), error)
    }
}

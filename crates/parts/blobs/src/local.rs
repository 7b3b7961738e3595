use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use catalejo_port::{PortError, PortResult};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::error::blobs_error;
use crate::walk::{self, Entry};

/// A folder, or one file of it, as a store: `object_store`'s own with synced writes, plus what that lacks:
/// links do not lead outside, one odd name does not end a listing, tags see every change, paths come in order.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    inner: LocalFileSystem,
    root: PathBuf,
    /// The only visible object, where the store is a single file.
    only: Option<Path>,
}

impl Local {
    pub(crate) fn folder(folder: &FilePath) -> PortResult<Self> {
        let root = fs::canonicalize(folder).map_err(|error| {
            PortError::unreachable(format!("blobs: cannot open the folder `{}`", folder.display()))
                .with_source(error)
        })?;
        let inner = LocalFileSystem::new_with_prefix(&root)
            .map_err(|error| blobs_error(format!("cannot open the folder `{}`", folder.display()), error))?;
        Ok(Self { inner: inner.with_fsync(true), root, only: None })
    }

    pub(crate) fn file(file: &FilePath) -> PortResult<Self> {
        let name = file.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| PortError::invalid("blobs: the file's name is not UTF-8"))?;
        let only = crate::path(name)?;
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => FilePath::new("."),
        };
        Ok(Self { only: Some(only), ..Self::folder(folder)? })
    }

    /// Refuses a path that a symbolic link leads out of the folder.
    async fn check(&self, location: &Path) -> Result<()> {
        if self.only.as_ref().is_some_and(|only| only != location) {
            let error = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(walk::failed(FilePath::new(location.as_ref()), error));
        }
        if self.only.is_some() {
            // The person who named the file meant what it links to.
            return Ok(());
        }
        let (root, location) = (self.root.clone(), location.clone());
        tokio::task::spawn_blocking(move || {
            let mut file = walk::folder_of(&root, &location);
            // What does not exist yet lies where its nearest existing folder lies.
            let real = loop {
                match fs::canonicalize(&file) {
                    Ok(real) => break real,
                    Err(_) if file.pop() => {}
                    Err(error) => return Err(walk::failed(&file, error)),
                }
            };
            if real.starts_with(&root) {
                return Ok(());
            }
            let source = "a symbolic link leads out of the folder".into();
            Err(Error::PermissionDenied { path: location.to_string(), source })
        })
        .await?
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file:{}", self.root.display())
    }
}

#[async_trait]
impl ObjectStore for Local {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.check(location).await?;
        let result = self.inner.put_opts(location, payload, options).await?;
        // The tag of `object_store` is not ours, and ours is only known after the renaming.
        Ok(PutResult { e_tag: None, ..result })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.check(location).await?;
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.check(location).await?;
        let plain = GetOptions { if_match: None, if_none_match: None, ..options.clone() };
        let mut result = self.inner.get_opts(location, plain).await?;
        if let GetResultPayload::File(file, path) = &result.payload {
            let metadata = file.metadata().map_err(|error| walk::failed(path, error))?;
            result.meta = walk::meta_of(location.clone(), &metadata);
        }
        options.check_preconditions(&result.meta)?;
        Ok(result)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.check(location).await?;
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let this = self.clone();
        let checked = locations.and_then(move |location| {
            let this = this.clone();
            async move { this.check(&location).await.map(|()| location) }
        });
        self.inner.delete_stream(checked.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let prefix = prefix.cloned().unwrap_or_default();
        let Some(only) = self.only.clone() else { return walk::objects(self.root.clone(), prefix) };
        if !only.prefix_matches(&prefix) {
            return stream::empty().boxed();
        }
        let this = self.clone();
        let head = async move { this.get_opts(&only, GetOptions::new().with_head(true)).await };
        stream::once(head).map_ok(|result| result.meta).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let prefix = prefix.cloned().unwrap_or_default();
        let mut result =
            ListResult { common_prefixes: Vec::new(), objects: Vec::new(), extensions: Default::default() };
        if self.only.is_some() {
            result.objects = self.list(Some(&prefix)).try_collect().await?;
            return Ok(result);
        }
        let root = self.root.clone();
        for entry in tokio::task::spawn_blocking(move || walk::entries(&root, &prefix)).await?? {
            match entry {
                Entry::Folder(path) => result.common_prefixes.push(path),
                Entry::Object(meta) => result.objects.push(meta),
            }
        }
        Ok(result)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.check(from).await?;
        self.check(to).await?;
        self.inner.copy_opts(from, to, options).await
    }
}

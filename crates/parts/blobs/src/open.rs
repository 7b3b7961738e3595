//! From a URL to a store.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use catalejo_port::{BackendUrl, PortError, PortResult, unknown_scheme};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, RetryConfig};

use crate::error::blobs_error;
use crate::local::Local;

const S3_OPTIONS: [&str; 5] = ["region", "endpoint", "allow_http", "virtual_host", "anonymous"];

pub(crate) async fn open(url: &BackendUrl, data_dir: &FilePath) -> PortResult<Arc<dyn ObjectStore>> {
    if url.scheme() != "file" {
        return open_s3(url);
    }
    let folder = match file_path(url)? {
        path if path.as_os_str().is_empty() => data_dir.join("blobs"),
        path => path,
    };
    tokio::fs::create_dir_all(&folder).await.map_err(|error| {
        PortError::unreachable(format!("blobs: cannot create the folder `{}`", folder.display()))
            .with_source(error)
    })?;
    Ok(Arc::new(Local::folder(&folder)?))
}

pub(crate) async fn open_source(url: &BackendUrl) -> PortResult<Arc<dyn ObjectStore>> {
    if url.scheme() != "file" {
        return open_s3(url);
    }
    let path = file_path(url)?;
    if path.as_os_str().is_empty() {
        return Err(PortError::invalid("source: `file:` lacks the path of a folder or file"));
    }
    let metadata = tokio::fs::metadata(&path).await.map_err(|error| {
        PortError::not_found(format!("source: there is no folder or file `{}`", path.display()))
            .with_source(error)
    })?;
    Ok(Arc::new(if metadata.is_dir() { Local::folder(&path)? } else { Local::file(&path)? }))
}

fn file_path(url: &BackendUrl) -> PortResult<PathBuf> {
    url.known_options("blobs", &[])?;
    if url.host().is_some() {
        return Err(PortError::invalid("blobs: `file:` has no host; write `file:PATH` or `file:///PATH`"));
    }
    Ok(PathBuf::from(url.path()))
}

fn open_s3(url: &BackendUrl) -> PortResult<Arc<dyn ObjectStore>> {
    if url.scheme() != "s3" {
        return Err(unknown_scheme("blobs", url, &["file", "s3"], &[]));
    }
    url.known_options("blobs", &S3_OPTIONS)?;
    let bucket = url
        .host()
        .ok_or_else(|| PortError::invalid("blobs: `s3:` lacks its bucket: `s3://bucket/prefix`"))?;
    if url.port().is_some() {
        return Err(PortError::invalid(
            "blobs: after `s3://` stands the bucket; a server is named by `?endpoint=`",
        ));
    }
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(RetryConfig {
        max_retries: 4,
        retry_timeout: Duration::from_secs(30),
        ..Default::default()
    });
    let mut client = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(60));
    if let Some(region) = url.option("region") {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = url.option("endpoint") {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(allow) = url.option_as("allow_http")? {
        client = client.with_allow_http(allow);
    }
    if let Some(virtual_host) = url.option_as("virtual_host")? {
        builder = builder.with_virtual_hosted_style_request(virtual_host);
    }
    if let Some(anonymous) = url.option_as("anonymous")? {
        builder = builder.with_skip_signature(anonymous);
    }
    match (url.username(), url.password()) {
        (Some(key), Some(secret)) => {
            builder = builder.with_access_key_id(key).with_secret_access_key(secret.expose());
        }
        (None, None) => {}
        _ => {
            return Err(PortError::invalid(
                "blobs: `s3:` needs both, the access key and its secret, or neither",
            ));
        }
    }
    let prefix = Path::parse(url.prefix())
        .map_err(|error| PortError::invalid("blobs: the prefix is not a path").with_source(error))?;
    let store = builder
        .with_client_options(client)
        .build()
        .map_err(|error| blobs_error(format!("cannot use `{url}`"), error))?;
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}

use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalejo_port::{BackendUrl, PortError, PortResult, unknown_scheme};

use crate::Index;
use crate::embedded::EmbeddedIndex;

/// Opens the index a URL names.
///
/// | URL | backend |
/// |---|---|
/// | `embedded:` | the folder `index` in the data folder |
/// | `embedded:PATH` | the folder `PATH` |
///
/// An unknown scheme or option is `Invalid` and lists the known ones.
pub async fn open(url: &BackendUrl, data_dir: &Path) -> PortResult<Arc<dyn Index>> {
    match url.scheme() {
        "embedded" => {
            url.known_options("index", &[])?;
            let folder =
                if url.path().is_empty() { data_dir.join("index") } else { PathBuf::from(url.path()) };
            let opened = tokio::task::spawn_blocking(move || EmbeddedIndex::open(&folder)).await;
            let opened =
                opened.map_err(|e| PortError::internal("the index failed while opening").with_source(e))?;
            Ok(Arc::new(opened?))
        }
        _ => Err(unknown_scheme("index", url, &["embedded"], &[])),
    }
}

//! The contract on the embedded backend, plain and behind its decorator.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use catalejo_index::suite::Fixture;
use catalejo_index::{Index, Metered, open};
use catalejo_port::BackendUrl;
use tempfile::TempDir;

/// An embedded index in a temporary folder.
struct Embedded {
    folder: TempDir,
    metered: bool,
}

impl Embedded {
    fn new(metered: bool) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), metered }
    }

    async fn at(&self, folder: &Path) -> Arc<dyn Index> {
        let url = BackendUrl::parse(&format!("embedded:{}", folder.display())).unwrap();
        let index = open(&url, Path::new("unused")).await.unwrap();
        if self.metered { Arc::new(Metered::new(index)) } else { index }
    }
}

#[async_trait]
impl Fixture for Embedded {
    async fn open(&self) -> Arc<dyn Index> {
        self.at(&self.folder.path().join("index")).await
    }

    async fn open_snapshot(&self, folder: &Path) -> Arc<dyn Index> {
        self.at(folder).await
    }

    fn scratch(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

mod embedded {
    use super::Embedded;

    catalejo_index::index_suite!(Embedded::new(false));
}

mod metered {
    use super::Embedded;

    catalejo_index::index_suite!(Embedded::new(true));
}

//! Gives an idle writer's memory and threads back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::collection::Collection;

/// How long a writer is kept after its last use: it holds memory and threads.
const IDLE: Duration = Duration::from_secs(20);

/// Sees to it that the writer rests once nobody has used it for a while.
pub(super) fn attend(home: &Arc<Collection>) {
    home.used.store(true, Ordering::Release);
    if home.attended.swap(true, Ordering::AcqRel) {
        return;
    }
    let weak = Arc::downgrade(home);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(IDLE).await;
            let Some(home) = weak.upgrade() else { return };
            if home.used.swap(false, Ordering::AcqRel) {
                continue;
            }
            let mut writer = home.writer.clone().lock_owned().await;
            let resting = home.clone();
            let rested = tokio::task::spawn_blocking(move || writer.rest(&resting)).await;
            match rested {
                Ok(Ok(false)) => continue,
                Ok(Ok(true)) => {}
                Ok(Err(error)) => tracing::warn!(index = home.name, %error, "a writer could not rest"),
                Err(error) => tracing::warn!(index = home.name, %error, "a writer could not rest"),
            }
            home.attended.store(false, Ordering::Release);
            return;
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::embedded::EmbeddedIndex;
    use crate::{Document, Index, Schema};

    #[tokio::test]
    async fn a_rested_writer_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let index = EmbeddedIndex::open(folder.path()).unwrap();
        index.create("x", &Schema { fields: vec![], vector: None }).await.unwrap();
        let home = index.resolve("x").unwrap().0;
        let rest = || {
            let home = home.clone();
            tokio::task::spawn_blocking(move || home.writer.blocking_lock().rest(&home).unwrap())
        };
        let write = async |id: &str| {
            let document = Document { id: id.into(), source: Default::default(), vector: None, hash: 1 };
            index.upsert("x", vec![document]).await.unwrap();
        };
        assert!(rest().await.unwrap(), "never used");
        write("a").await;
        assert!(!rest().await.unwrap(), "something is pending");
        let version = index.flush("x").await.unwrap();
        assert!(rest().await.unwrap());
        assert_eq!(index.info("x").await.unwrap().version, version);
        write("b").await;
        index.delete("x", &["a".to_owned()]).await.unwrap();
        assert_eq!(index.flush("x").await.unwrap(), version + 1);
        let all = index.scan("x", None, 10, None, false).await.unwrap();
        assert_eq!(all.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}

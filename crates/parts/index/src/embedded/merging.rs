//! Keeps vector segments few and free of dead rows, in the background.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use catalejo_port::PortResult;
use catalejo_vectors::{MergePolicy, SegmentView, merge};

use super::collection::Collection;
use super::files::vectors;

/// Starts a merge if one is due and none is under way.
pub(super) fn consider(home: &Arc<Collection>) {
    if pick(home).is_none() || home.merging.swap(true, Ordering::AcqRel) {
        return;
    }
    let (name, weak) = (home.name.clone(), Arc::downgrade(home));
    let spawned = std::thread::Builder::new().name("vector-merge".into()).spawn(move || {
        // an exchange that waits for a flush ends the round: what to merge next shows after it
        while let Some(job) = Job::next(&weak) {
            match job.run() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(index = name, %error, "merging vectors failed; searches go on with more segments");
                    break;
                }
            }
        }
        if let Some(home) = weak.upgrade() {
            home.merging.store(false, Ordering::Release);
        }
    });
    if let Err(error) = spawned {
        home.merging.store(false, Ordering::Release);
        tracing::warn!(index = home.name, %error, "no thread for merging vectors");
    }
}

fn pick(home: &Collection) -> Option<Vec<SegmentView>> {
    let view = home.view.load();
    let sizes: Vec<_> = view.vectors.iter().map(SegmentView::size).collect();
    let picked = MergePolicy::default().pick(&sizes)?;
    Some(picked.into_iter().map(|at| view.vectors[at].clone()).collect())
}

/// One merge. It does not keep the index open.
struct Job {
    home: Weak<Collection>,
    folder: PathBuf,
    name: String,
    inputs: Vec<SegmentView>,
    closed: Arc<std::sync::atomic::AtomicBool>,
}

impl Job {
    fn next(weak: &Weak<Collection>) -> Option<Self> {
        let home = weak.upgrade()?;
        let inputs = pick(&home)?;
        if home.closed.load(Ordering::Acquire) {
            return None;
        }
        let (folder, name) = (home.vectors_folder(), home.new_name("vectors"));
        Some(Self { home: weak.clone(), folder, name, inputs, closed: home.closed.clone() })
    }

    /// Merges and installs the result; answers whether that is committed already.
    fn run(self) -> PortResult<bool> {
        let merged = merge(&self.folder, &self.name, &self.inputs, &self.closed).map_err(vectors)?;
        let paths: Vec<PathBuf> = self.inputs.iter().map(|view| view.segment().path().to_owned()).collect();
        drop(self.inputs);
        let installed = match self.home.upgrade().filter(|home| !home.closed.load(Ordering::Acquire)) {
            Some(home) => {
                let mut writer = home.writer.blocking_lock();
                writer.install(&home, &paths, merged.as_ref().map(|meta| meta.name.as_str()))
            }
            None => Err(catalejo_port::PortError::not_found("the index was closed")),
        };
        if installed.is_err() {
            // best effort: what stays is removed at the next start
            drop(fs::remove_file(self.folder.join(&self.name)));
        }
        installed
    }
}

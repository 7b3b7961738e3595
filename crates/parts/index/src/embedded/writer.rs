//! Everything that changes an index: one at a time, whole, and durable at the commit.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use catalejo_port::{PortError, PortResult};
use catalejo_vectors::{Segment, SegmentView, SegmentWriter};
use roaring::RoaringTreemap;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{IndexWriter, TantivyDocument, TantivyError, Term};

use super::collection::Collection;
use super::commit::{Commit, write_rows};
use super::document::convert;
use super::files::{engine, sync_folder, vectors};
use crate::Document;

/// Memory for documents that are not committed yet, beyond which tantivy writes them to a segment of its own.
const BUFFER: usize = 32 << 20;

/// Share of deleted documents from which tantivy rewrites a segment.
const WORN: f32 = 0.3;

/// How long to wait for a writer of the same folder that is just closing.
const CLOSING: Duration = Duration::from_secs(5);

/// 128 bits of an id's hash: ids of one commit do not collide.
type IdKey = [u8; 16];

/// The only one who writes an index; its owner holds a lock.
pub(super) struct Writer {
    engine: Option<IndexWriter>,
    last: Commit,
    /// Vector segments as the next commit will name them.
    segments: Vec<SegmentView>,
    /// Whether they are others than those of the last commit.
    replaced: bool,
    /// Rows of ids written since the last commit; `None` for deleted ones.
    pending: HashMap<IdKey, Option<u64>>,
    /// Vectors written since the last commit.
    vectors: Option<SegmentWriter>,
    /// Rows replaced or deleted since the last commit.
    dead: RoaringTreemap,
    next_row: u64,
    dirty: bool,
    /// Files that no commit names any more.
    obsolete: Vec<PathBuf>,
    state: State,
}

/// Whether writing is possible.
enum State {
    Ready,
    /// What was written since the last commit is lost. Those who wrote it may flush at any later time and must not be
    /// told that it is safe, so nothing is written or flushed until the index is opened again.
    Failed(String),
    Removed,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("last", &self.last).field("dirty", &self.dirty).finish_non_exhaustive()
    }
}

fn id_key(id: &str) -> IdKey {
    let mut key = IdKey::default();
    key.copy_from_slice(&blake3::hash(id.as_bytes()).as_bytes()[..16]);
    key
}

impl Writer {
    /// A writer that goes on after a commit.
    pub fn new(last: Commit, segments: Vec<SegmentView>) -> Self {
        Self {
            engine: None,
            next_row: last.next_row,
            last,
            segments,
            replaced: false,
            pending: HashMap::new(),
            vectors: None,
            dead: RoaringTreemap::new(),
            dirty: false,
            obsolete: Vec::new(),
            state: State::Ready,
        }
    }

    /// Writes documents, of equal ids the last. A document of the wrong shape refuses the whole batch.
    pub fn upsert(&mut self, home: &Collection, documents: &[Document]) -> PortResult<()> {
        self.check_ready(home)?;
        let last: HashMap<&str, usize> =
            documents.iter().enumerate().map(|(i, d)| (d.id.as_str(), i)).collect();
        let convert = |d: &Document| convert(&home.schema, &home.fields, d);
        let converted: Vec<TantivyDocument> = documents.iter().map(convert).collect::<PortResult<_>>()?;
        let batch = documents.iter().zip(converted).enumerate();
        let batch = batch.filter(|(i, (d, _))| last.get(d.id.as_str()) == Some(i)).map(|(_, pair)| pair);
        let written = batch.into_iter().try_for_each(|(document, engine)| self.add(home, document, engine));
        self.or_fail(written)
    }

    fn add(
        &mut self,
        home: &Collection,
        document: &Document,
        mut converted: TantivyDocument,
    ) -> PortResult<()> {
        let row = self.next_row;
        self.forget(home, &document.id)?;
        if let Some(vector) = &document.vector {
            if self.vectors.is_none() {
                let name = home.new_name("vectors");
                let writer = SegmentWriter::create(&home.vectors_folder(), &name, vector.len());
                self.vectors = Some(writer.map_err(vectors)?);
            }
            if let Some(writer) = &mut self.vectors {
                writer.add(row, vector).map_err(vectors)?;
            }
        }
        converted.add_u64(home.fields.row, row);
        self.engine(home)?.add_document(converted).map_err(engine(&home.folder))?;
        self.next_row += 1;
        self.pending.insert(id_key(&document.id), Some(row));
        self.dirty = true;
        Ok(())
    }

    /// Removes documents; ids that do not exist change nothing.
    pub fn delete(&mut self, home: &Collection, ids: &[String]) -> PortResult<()> {
        self.check_ready(home)?;
        let deleted = ids.iter().try_for_each(|id| {
            if self.forget(home, id)? {
                self.pending.insert(id_key(id), None);
                self.dirty = true;
            }
            Ok(())
        });
        self.or_fail(deleted)
    }

    /// Takes the present document of an id away, committed or pending; answers whether there was one.
    fn forget(&mut self, home: &Collection, id: &str) -> PortResult<bool> {
        let row = match self.pending.get(&id_key(id)) {
            Some(pending) => *pending,
            None => {
                let view = home.view.load();
                view.find_id(id)?.map(|at| view.row(at)).transpose()?
            }
        };
        // tantivy keeps every deletion in memory until the commit, so only those that can hit are given to it
        let Some(row) = row else { return Ok(false) };
        self.dead.insert(row);
        let term = Term::from_field_text(home.fields.id, id);
        self.engine(home)?.delete_term(term);
        Ok(true)
    }

    /// Commits what was written, if anything was; answers the version.
    pub fn flush(&mut self, home: &Collection) -> PortResult<u64> {
        self.check_ready(home)?;
        if !self.dirty {
            return Ok(self.last.version);
        }
        let committed = self.commit(home, self.last.version + 1);
        self.or_fail(committed)?;
        Ok(self.last.version)
    }

    /// Puts a merged segment (`None` when no row lived) in the place of its inputs; answers whether that is committed.
    /// While writes are pending it is not: the next flush commits the exchange with them.
    pub fn install(
        &mut self,
        home: &Collection,
        inputs: &[PathBuf],
        merged: Option<&str>,
    ) -> PortResult<bool> {
        self.check_ready(home)?;
        let is_input = |view: &SegmentView| inputs.iter().any(|path| path == view.segment().path());
        let (old, mut kept): (Vec<_>, Vec<_>) = self.segments.iter().cloned().partition(is_input);
        if old.len() != inputs.len() {
            return Err(PortError::conflict("the segments that were merged are no longer there"));
        }
        if let Some(name) = merged {
            // rows deleted while the merge ran are in the new segment too
            let deleted = old.iter().flat_map(SegmentView::deleted_rows);
            let segment = Segment::open(&home.vectors_folder().join(name)).map_err(vectors)?;
            kept.push(SegmentView::new(segment, deleted));
        }
        self.segments = kept;
        self.obsolete.extend(old.iter().map(|view| view.segment().path().to_owned()));
        self.replaced = true;
        if self.dirty {
            return Ok(false);
        }
        let committed = self.commit(home, self.last.version);
        self.or_fail(committed)?;
        Ok(true)
    }

    /// The commit proper: vectors first, then tantivy's own commit, which names them.
    fn commit(&mut self, home: &Collection, version: u64) -> PortResult<()> {
        let folder = home.vectors_folder();
        if !self.dead.is_empty() {
            self.segments = self.segments.iter().map(|view| view.without(self.dead.iter())).collect();
        }
        if let Some(writer) = self.vectors.take()
            && let Some(meta) = writer.finish().map_err(vectors)?
        {
            let segment = Segment::open(&folder.join(&meta.name)).map_err(vectors)?;
            self.segments.push(SegmentView::new(segment, self.dead.iter()));
        }
        let (live, empty): (Vec<_>, Vec<_>) = self.segments.drain(..).partition(|view| view.live() > 0);
        self.obsolete.extend(empty.iter().map(|view| view.segment().path().to_owned()));
        self.segments = live;
        let segments = self.segments.iter().map(|view| view.segment().meta().name).collect();
        let next = Commit { version, next_row: self.next_row, segments, dead: self.write_dead(home)? };
        let payload = serde_json::to_string(&next)
            .map_err(|e| PortError::internal("a commit cannot be written").with_source(e))?;

        let writer = self.engine(home)?;
        let mut prepared = writer.prepare_commit().map_err(engine(&home.folder))?;
        prepared.set_payload(&payload);
        prepared.commit().map_err(engine(&home.folder))?;
        sync_folder(&home.engine_folder())?;

        if let Some(old) = self.last.dead.take().filter(|old| next.dead.as_ref() != Some(old)) {
            self.obsolete.push(folder.join(old));
        }
        self.last = next;
        self.pending = HashMap::new();
        self.dead.clear();
        self.dirty = false;
        self.replaced = false;
        home.show(self.segments.clone(), version)?;
        self.remove_obsolete(home);
        Ok(())
    }

    /// The file of the deleted rows; the present one when nothing has changed them.
    fn write_dead(&self, home: &Collection) -> PortResult<Option<String>> {
        if self.dead.is_empty() && !self.replaced {
            return Ok(self.last.dead.clone());
        }
        let rows: RoaringTreemap = self.segments.iter().flat_map(SegmentView::deleted_rows).collect();
        if rows.is_empty() {
            return Ok(None);
        }
        let name = home.new_name("dead");
        write_rows(&home.vectors_folder().join(&name), &rows)?;
        Ok(Some(name))
    }

    /// Removes files no commit names, unless a snapshot is copying: the next commit tries again.
    fn remove_obsolete(&mut self, home: &Collection) {
        let Some(_nobody_copies) = home.copying.try_write() else { return };
        for path in self.obsolete.drain(..) {
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "an obsolete file stays until the next start");
            }
        }
    }

    fn engine(&mut self, home: &Collection) -> PortResult<&mut IndexWriter> {
        if self.engine.is_none() {
            self.engine = Some(open_engine(home)?);
        }
        self.engine.as_mut().ok_or_else(|| PortError::internal("the text index has no writer"))
    }

    /// Gives memory and threads back when nothing is pending, after tantivy's merges have ended; answers whether it
    /// did.
    pub fn rest(&mut self, home: &Collection) -> PortResult<bool> {
        if self.dirty {
            return Ok(false);
        }
        let Some(writer) = self.engine.take() else { return Ok(true) };
        writer.wait_merging_threads().map_err(engine(&home.folder))?;
        // merged segments replace those that searches hold open
        home.show(self.segments.clone(), self.last.version)?;
        self.remove_obsolete(home);
        Ok(true)
    }

    /// Stops for good.
    pub fn close(&mut self) {
        self.state = State::Removed;
        self.engine = None;
        self.vectors = None;
        self.segments.clear();
    }

    fn check_ready(&self, home: &Collection) -> PortResult<()> {
        match &self.state {
            State::Ready => Ok(()),
            State::Removed => Err(PortError::not_found(format!("the index `{}` was removed", home.name))),
            State::Failed(why) => Err(PortError::internal(format!(
                "the index `{}` takes no writes since one failed; mend the cause and restart ({why})",
                home.name
            ))),
        }
    }

    fn or_fail<T>(&mut self, result: PortResult<T>) -> PortResult<T> {
        result.inspect_err(|error| {
            self.state = State::Failed(error.to_string());
            self.engine = None;
            self.vectors = None;
        })
    }
}

/// Opens tantivy's writer; one that is just closing in this process is waited for.
fn open_engine(home: &Collection) -> PortResult<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .memory_budget_per_thread(BUFFER)
        .num_worker_threads(1)
        .num_merge_threads(1)
        .build();
    let begun = Instant::now();
    let writer = loop {
        match home.engine.writer_with_options(options.clone()) {
            Err(TantivyError::LockFailure(..)) if begun.elapsed() < CLOSING => {
                std::thread::sleep(Duration::from_millis(10));
            }
            opened => break opened.map_err(engine(&home.folder))?,
        }
    };
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(WORN);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

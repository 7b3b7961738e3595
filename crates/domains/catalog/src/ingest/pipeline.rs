//! One file through the stages: read and type, encode, write. Each stage works while the others do, with a few batches
//! between them at most, so that a file costs little more time than its encoding and little memory whatever its size.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use catalejo_encoder::Lane;
use catalejo_port::ErrorKind;
use catalejo_runs::RunHandle;
use serde_json::{Map, Value as Json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::checkpoint::Progress;
use super::files;
use super::open::FileReader;
use super::readers::{BadRow, EXCERPT, ReadError, Row};
use crate::catalog::Core;
use crate::collections::Target;
use crate::items::prepare::Prepared;
use crate::items::write::{Batch, Outcome, id_hash};
use crate::items::{Refusal, RefusalCode};
use crate::{CatalogError, CatalogResult};

/// Batches that wait between two stages.
const WAITING: usize = 1;
/// Rows of a batch at first, at least and at most; in between, a batch is about a second of encoding.
const FIRST_ROWS: usize = 64;
const FEWEST_ROWS: usize = 32;
const MOST_ROWS: usize = 2048;
/// Bytes of a batch's rows; as JSON values they take several times as much, and about five batches are on their way.
const MOST_BYTES: usize = 1 << 20;
const BATCH_TIME: Duration = Duration::from_secs(1);
/// How often writes are made durable and written down.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// Ids remembered to find duplicates within a file, in some 70 MB; beyond, later rows replace earlier ones.
const MOST_IDS: usize = 3_600_000;

/// How an attempt ended without an error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Every row is in the index or refused.
    Done,
    /// Somebody asked to stop.
    Cancelled,
    /// This process goes away.
    Stopped,
    /// The file has a newer content, which is ingested on its own.
    Replaced,
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IngestError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl IngestError {
    /// Whether a part was away or at its limit, which is not the file's fault.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Read(ReadError::Unreadable(_)) => false,
            Self::Read(ReadError::Catalog(error)) | Self::Catalog(error) => error.is_transient(),
        }
    }

    /// Whether trying again cannot help.
    pub(crate) fn is_permanent(&self) -> bool {
        let error = match self {
            Self::Read(ReadError::Unreadable(_)) => return true,
            Self::Read(ReadError::Catalog(error)) | Self::Catalog(error) => error,
        };
        match error {
            CatalogError::UnknownCollection(_) | CatalogError::InvalidRequest { .. } => true,
            CatalogError::Part(error) => matches!(error.kind(), ErrorKind::Invalid | ErrorKind::NotFound),
            _ => false,
        }
    }
}

/// Some rows on their way.
pub(super) struct Window {
    /// Rows of the file up to the end of this window.
    pub(super) rows: u64,
    /// Bytes of the file read up to here.
    pub(super) position: u64,
    pub(super) refused: Vec<(u64, BadRow)>,
    /// The line of each item of the batch.
    pub(super) lines: Vec<u64>,
    pub(super) batch: Batch,
}

impl Core {
    /// Ingests a file from where its last attempt stopped.
    pub(super) async fn ingest_file(
        self: &Arc<Self>,
        row: &files::Model,
        handle: &RunHandle,
        shutdown: &CancellationToken,
    ) -> Result<End, IngestError> {
        let Some((row, reader)) = self.open_file(row).await? else { return Ok(End::Replaced) };
        let size = u64::try_from(row.size).unwrap_or(0);
        let counts = row.counts()?;
        handle.progress(|run| {
            run.total = Some(size);
            run.counts = counts;
        });
        let pace = Arc::new(AtomicUsize::new(FIRST_ROWS));
        let (to_encoder, typed) = mpsc::channel(WAITING);
        let (to_writer, mut encoded) = mpsc::channel(WAITING);
        // Dropped with this call, whatever its end, and with it the stages.
        let mut stages = JoinSet::new();
        let gather = Gather {
            core: self.clone(),
            reader,
            seen: HashMap::new(),
            skip: row.rows as u64,
            vector_field: row.vector_field.clone(),
            pace: pace.clone(),
        };
        stages.spawn(gather.run(row.collection.clone(), to_encoder));
        stages.spawn(encode_stage(self.clone(), typed, to_writer, pace));
        let mut progress = Progress::new(self, &row, handle)?;
        let mut last = Instant::now();
        loop {
            let window: Option<Window> = tokio::select! {
                window = encoded.recv() => window,
                () = handle.cancelled().cancelled() => {
                    progress.save().await?;
                    return Ok(End::Cancelled);
                }
                () = shutdown.cancelled() => {
                    progress.save().await?;
                    return Ok(End::Stopped);
                }
            };
            let Some(window) = window else { break };
            progress.write(window).await?;
            if last.elapsed() >= CHECKPOINT {
                if !progress.save().await? {
                    return Ok(End::Replaced);
                }
                last = Instant::now();
            }
        }
        while let Some(ended) = stages.join_next().await {
            match ended {
                Ok(ended) => ended?,
                Err(error) => {
                    let error = catalejo_port::PortError::internal("a stage of the ingest ended abruptly")
                        .with_source(error);
                    return Err(CatalogError::from(error).into());
                }
            }
        }
        if progress.save().await? { Ok(End::Done) } else { Ok(End::Replaced) }
    }
}

/// The first stage: rows are read, typed, looked up, and gathered into batches.
struct Gather {
    core: Arc<Core>,
    reader: FileReader,
    /// The line of each id that was accepted.
    seen: HashMap<u64, u32>,
    /// Rows that an earlier attempt has done.
    skip: u64,
    /// The column with the rows' own vectors, where the import named one.
    vector_field: Option<String>,
    pace: Arc<AtomicUsize>,
}

/// Rows of a batch that is being gathered.
#[derive(Default)]
struct Gathered {
    items: Vec<Map<String, Json>>,
    typed: Vec<Prepared>,
    lines: Vec<u64>,
    refused: Vec<(u64, BadRow)>,
    bytes: usize,
}

impl Gather {
    async fn run(mut self, collection: String, to_encoder: mpsc::Sender<Window>) -> Result<(), IngestError> {
        let mut rows = 0;
        let mut done = false;
        while !done {
            let live = self.core.live(&collection).await?;
            let most = self.pace.load(Ordering::Relaxed);
            let mut gathered = Gathered::default();
            while gathered.items.len() + gathered.refused.len() < most && gathered.bytes < MOST_BYTES {
                let Some(row) = self.reader.next().await? else {
                    done = true;
                    break;
                };
                rows += 1;
                let (line, bytes) = (row.line, row.bytes);
                let judged = self.judge(row, live.wanted());
                if rows <= self.skip {
                    // Read once more only to know its id.
                    continue;
                }
                gathered.bytes += bytes;
                match judged {
                    Ok((item, prepared)) => {
                        gathered.items.push(item);
                        gathered.typed.push(prepared);
                        gathered.lines.push(line);
                    }
                    Err(bad) => gathered.refused.push((line, bad)),
                }
            }
            let Gathered { items, typed, lines, refused, .. } = gathered;
            if items.is_empty() && refused.is_empty() {
                continue;
            }
            let batch = self.core.plan(live, items, typed).await?;
            let window = Window { rows, position: self.reader.position(), refused, lines, batch };
            if to_encoder.send(window).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    fn judge(&mut self, row: Row, wanted: &Target) -> Result<(Map<String, Json>, Prepared), BadRow> {
        let mut item = row.content?;
        if let (Some(field), Some(column)) = (&self.vector_field, wanted.compiled.vector_columns.first())
            && let Some(vector) = item.shift_remove(field)
        {
            item.insert(column.clone(), vector);
        }
        let bad = |refusal| BadRow::new(refusal, excerpt_of(&item).as_bytes());
        let prepared = wanted.prepare(&item).map_err(bad)?;
        let id = id_hash(&prepared.id);
        if let Some(first) = self.seen.get(&id) {
            let message = format!("the id {:?} is that of line {first}", prepared.id);
            return Err(bad(Refusal::new(RefusalCode::DuplicateId, message).id(&prepared.id)));
        }
        if self.seen.len() < MOST_IDS {
            self.seen.insert(id, u32::try_from(row.line).unwrap_or(u32::MAX));
        }
        Ok((item, prepared))
    }
}

/// The beginning of an item, without writing all of it.
pub(super) fn excerpt_of(item: &Map<String, Json>) -> String {
    let mut text = String::new();
    for (name, value) in item {
        if text.len() > EXCERPT * 4 {
            break;
        }
        let value = match value {
            Json::String(value) => crate::items::refusal::excerpt(value, 200),
            other => crate::items::refusal::excerpt(&other.to_string(), 200),
        };
        text.push_str(&format!("{name}={value} "));
    }
    text
}

/// The second stage: texts become vectors.
async fn encode_stage(
    core: Arc<Core>,
    mut typed: mpsc::Receiver<Window>,
    to_writer: mpsc::Sender<Window>,
    pace: Arc<AtomicUsize>,
) -> Result<(), IngestError> {
    while let Some(mut window) = typed.recv().await {
        let begun = Instant::now();
        let rows = window.lines.len().max(1);
        core.encode(&mut window.batch, Lane::Bulk).await?;
        let fitting = BATCH_TIME.as_secs_f64() / begun.elapsed().as_secs_f64().max(0.001) * rows as f64;
        let next = (fitting as usize).clamp(rows / 2, rows * 4).clamp(FEWEST_ROWS, MOST_ROWS);
        pace.store(next, Ordering::Relaxed);
        if to_writer.send(window).await.is_err() {
            break;
        }
    }
    Ok(())
}

impl Progress<'_> {
    /// The last stage: hands a window to the index and counts it; nothing is durable before [`Progress::save`].
    async fn write(&mut self, mut window: Window) -> CatalogResult<()> {
        let written = self.core.write(&mut window.batch, Lane::Bulk).await?;
        for index in written {
            if !self.indexes.contains(&index) {
                self.indexes.push(index);
            }
        }
        let rows = window.rows - self.rows;
        for (line, bad) in window.refused {
            self.refuse(line, bad);
        }
        let items = std::mem::take(&mut window.batch.items);
        for ((outcome, line), item) in window.batch.outcomes.into_iter().zip(window.lines).zip(items) {
            match outcome {
                Outcome::New => self.counts.add("new", 1),
                Outcome::Changed => self.counts.add("changed", 1),
                Outcome::Unchanged => self.counts.add("unchanged", 1),
                Outcome::Refused(refusal) => {
                    self.refuse(line, BadRow::new(refusal, excerpt_of(&item).as_bytes()))
                }
            }
        }
        self.counts.add("read", rows);
        self.rows = window.rows;
        self.position = window.position;
        self.show();
        metrics::counter!("processed_rows_total").increment(rows);
        // The stages overlap: what a row costs is the time between two windows, shared.
        let each = self.last_window.elapsed().as_secs_f64() / rows.max(1) as f64;
        self.last_window = Instant::now();
        metrics::histogram!("row_processing_time_seconds")
            .record_many(each, usize::try_from(rows).unwrap_or(0));
        Ok(())
    }
}

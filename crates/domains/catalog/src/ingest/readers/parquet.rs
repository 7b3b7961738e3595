//! Parquet: the footer first, then one row group after the other by ranges; only one group's columns are in memory.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::json::writer::{LineDelimited, WriterBuilder};
use bytes::Bytes;
use catalejo_blobs::{Blobs, Path};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{
    AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder,
};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use serde_json::{Map, Value as Json};

use super::text::ReadError;
use super::{BadRow, Limits, Row, Unreadable};
use crate::items::{Refusal, RefusalCode};

/// Rows decoded in one go.
const BATCH: usize = 512;
/// The largest row group, in compressed bytes.
const GROUP: i64 = 512 << 20;

/// A Parquet file's rows.
pub(crate) struct ParquetReader {
    batches: ParquetRecordBatchStream<Ranges>,
    ready: VecDeque<Row>,
    row: u64,
    rows: u64,
    size: u64,
    limits: Limits,
}

impl ParquetReader {
    pub(crate) async fn open(
        blobs: Blobs,
        path: Path,
        size: u64,
        id: &str,
        limits: Limits,
    ) -> Result<Self, ReadError> {
        let ranges = Ranges { blobs, path, size };
        let builder = ParquetRecordBatchStreamBuilder::new(ranges).await.map_err(to_error)?;
        if builder.schema().field_with_name(id).is_err() {
            let names: Vec<&str> =
                builder.schema().fields().iter().map(|field| field.name().as_str()).collect();
            let seen = crate::items::refusal::excerpt(&names.join(", "), 300);
            let message = format!("the file has no column {id:?}, which identifies an item; it has {seen}");
            return Err(Unreadable(message).into());
        }
        let metadata = builder.metadata();
        if let Some(group) = metadata.row_groups().iter().find(|group| group.compressed_size() > GROUP) {
            let message = format!(
                "a row group of {} bytes is too large; write the file with groups of at most {GROUP}",
                group.compressed_size()
            );
            return Err(Unreadable(message).into());
        }
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        let batches = builder.with_batch_size(BATCH).build().map_err(to_error)?;
        Ok(Self { batches, ready: VecDeque::new(), row: 0, rows, size, limits })
    }

    /// Bytes read so far, as the share of the rows.
    pub(crate) fn position(&self) -> u64 {
        let share = self.row as f64 / self.rows.max(1) as f64;
        (self.size as f64 * share) as u64
    }

    /// The next row; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Row>, ReadError> {
        while self.ready.is_empty() {
            let Some(batch) = self.batches.next().await else { return Ok(None) };
            let batch = batch.map_err(to_error)?;
            let lines =
                to_lines(&batch).map_err(|error| Unreadable(format!("the file's columns: {error}")))?;
            for line in lines.split(|&b| b == b'\n').filter(|line| !line.is_empty()) {
                self.row += 1;
                let content = self.item(line).map_err(|refusal| BadRow::new(refusal, line));
                self.ready.push_back(Row { line: self.row, bytes: line.len(), content });
            }
        }
        Ok(self.ready.pop_front())
    }

    fn item(&self, line: &[u8]) -> Result<Map<String, Json>, Refusal> {
        let item: Map<String, Json> = serde_json::from_slice(line).map_err(|error| {
            Refusal::new(RefusalCode::WrongJson, format!("the row cannot be read: {error}"))
        })?;
        let texts = item.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
        for (name, text) in texts {
            if text.len() >= self.limits.cell {
                let message = format!(
                    "{name}: the value has {} bytes; it must be under {}",
                    text.len(),
                    self.limits.cell
                );
                return Err(Refusal::new(RefusalCode::CellTooLarge, message).field(name));
            }
            if text.contains('\0') {
                return Err(
                    Refusal::new(RefusalCode::NulByte, format!("{name}: it holds a byte 0")).field(name)
                );
            }
        }
        Ok(item)
    }
}

/// One JSON object a line, also for a row of nulls.
fn to_lines(batch: &RecordBatch) -> Result<Vec<u8>, arrow::error::ArrowError> {
    let mut writer = WriterBuilder::new().build::<_, LineDelimited>(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner())
}

fn to_error(error: ParquetError) -> ReadError {
    match error {
        ParquetError::External(cause) => match cause.downcast::<catalejo_port::PortError>() {
            Ok(error) => ReadError::Catalog((*error).into()),
            Err(cause) => Unreadable(format!("the file is no readable Parquet: {cause}")).into(),
        },
        error => Unreadable(format!("the file is no readable Parquet: {error}")).into(),
    }
}

/// Parts of an object, for the Parquet library.
struct Ranges {
    blobs: Blobs,
    path: Path,
    size: u64,
}

impl Ranges {
    async fn read(&self, range: Range<u64>) -> ParquetResult<Bytes> {
        self.blobs.get_range(&self.path, range).await.map_err(|error| ParquetError::External(Box::new(error)))
    }
}

impl AsyncFileReader for Ranges {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        self.read(range).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let options = options.map(|options| options.metadata_options().clone());
            let size = self.size;
            let reader = ParquetMetaDataReader::new().with_metadata_options(options);
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}

use std::sync::Arc;

use catalejo_port::PortError;
use reqwest::Url;

use super::files;
use super::imports::etag_of;
use super::pipeline::IngestError;
use super::readers::{Limits, ParquetReader, ReadError, Row, TextReader, Unreadable, splitter};
use super::{Format, UPLOADS, guard};
use crate::catalog::Core;
use crate::sources::open_location;
use crate::{CatalogError, CatalogResult};

/// A file's rows, whatever its format.
pub(super) enum FileReader {
    Text(TextReader),
    Parquet(Box<ParquetReader>),
}

impl FileReader {
    pub(super) async fn next(&mut self) -> Result<Option<Row>, ReadError> {
        match self {
            Self::Text(reader) => reader.next().await,
            Self::Parquet(reader) => reader.next().await,
        }
    }

    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Text(reader) => reader.position(),
            Self::Parquet(reader) => reader.position(),
        }
    }
}

impl Core {
    /// Opens a file and answers its record as it stands then: one that changed since it was listed begins anew. `None`
    /// when its record says that a newer content is on its way.
    pub(super) async fn open_file(
        self: &Arc<Self>,
        row: &files::Model,
    ) -> Result<Option<(files::Model, FileReader)>, IngestError> {
        let fetched =
            if row.location.starts_with("http") { self.fetch(row).await? } else { Some(row.clone()) };
        let Some(row) = fetched else { return Ok(None) };
        let blobs = open_location(self, &row.location).await?;
        let path = catalejo_blobs::path(&row.path).map_err(CatalogError::from)?;
        let limits = Limits { cell: self.options.max_cell_bytes, row: self.options.max_row_bytes };
        let live = self.live_now(&row.collection).await?;
        let id = &live.wanted().compiled.definition.id;
        let format: Format = row.format.parse().map_err(Unreadable).map_err(ReadError::from)?;
        let Some(splitter) = splitter(format, &row.path, id, limits) else {
            let meta = blobs.head(&path).await.map_err(CatalogError::from)?;
            let Some(row) = self.same_content(row, etag_of(&meta), meta.size).await? else { return Ok(None) };
            let reader = ParquetReader::open(blobs, path, meta.size, id, limits).await?;
            return Ok(Some((row, FileReader::Parquet(Box::new(reader)))));
        };
        let (meta, bytes) = blobs.get_stream(&path).await.map_err(CatalogError::from)?;
        let Some(row) = self.same_content(row, etag_of(&meta), meta.size).await? else { return Ok(None) };
        Ok(Some((row, FileReader::Text(TextReader::new(splitter, bytes)))))
    }

    /// The record of the content that was opened.
    async fn same_content(
        &self,
        row: files::Model,
        etag: String,
        size: u64,
    ) -> CatalogResult<Option<files::Model>> {
        if row.etag == etag {
            return Ok(Some(row));
        }
        let before = row.clone();
        self.change_file(&row.id, |row| {
            if row.run != before.run || row.etag != before.etag {
                return false;
            }
            let (state, owner, until) = (row.state.clone(), row.owner.clone(), row.owned_until);
            row.begin_again(etag, size, before.run.clone());
            // It is in the broker and ours as before.
            (row.state, row.owner, row.owned_until) = (state, owner, until);
            true
        })
        .await
    }

    /// Brings the file behind a URL to our own blobs.
    async fn fetch(&self, row: &files::Model) -> CatalogResult<Option<files::Model>> {
        let url = Url::parse(&row.location)
            .map_err(|_| PortError::corrupt("store: the address of a file cannot be read"))?;
        let response = guard::fetch(&url, self.options.allow_private_urls).await?;
        let path = format!("uploads/{}/fetched", row.run);
        let object = catalejo_blobs::path(&path)?;
        let body = Box::pin(guard::body(response, self.options.max_url_bytes));
        self.parts.blobs.put_stream(&object, body).await?;
        let meta = self.parts.blobs.head(&object).await?;
        self.change_file(&row.id, |now| {
            if now.run != row.run {
                return false;
            }
            now.location = UPLOADS.to_owned();
            now.path = path;
            now.size = i64::try_from(meta.size).unwrap_or(i64::MAX);
            true
        })
        .await
    }
}

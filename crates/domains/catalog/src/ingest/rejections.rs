//! Refused rows, kept until the next ingest of their file says otherwise.

use std::sync::Arc;

use bytes::Bytes;
use catalejo_runs::Page;
use chrono::{DateTime, Utc};
use futures::Stream;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::catalog::Core;
use crate::page::{from_cursor, page_size, to_cursor};
use crate::{CatalogError, CatalogResult};

/// Rows of the download read in one go.
const CHUNK: u64 = 500;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rejections")]
pub struct Model {
    /// File, content and line in one text that sorts by line: the same row refused again is the same record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub file: String,
    pub run: String,
    pub collection: String,
    #[sea_orm(column_type = "Text")]
    pub path: String,
    pub line: i64,
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub message: String,
    pub field: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub item: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub excerpt: String,
    pub at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A file as people know it: an upload lies in a folder of its own that they never named.
pub(super) fn shown(path: &str) -> &str {
    path.strip_prefix("uploads/").and_then(|rest| rest.split_once('/')).map_or(path, |(_, name)| name)
}

/// Shows the rows that were refused.
#[derive(Clone)]
pub struct Rejections {
    pub(crate) core: Arc<Core>,
}

/// One refused row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rejection {
    /// The collection it was for.
    pub collection: String,
    /// The run that refused it.
    pub run: String,
    /// Its file's path; of an upload, the name it was sent under.
    pub file: String,
    /// The line on which it begins, counted from 1 with the header; for Parquet the row, counted from 1.
    pub line: i64,
    /// What kind of wrong.
    pub code: String,
    /// What is wrong, with an excerpt of the value.
    pub message: String,
    /// The field at fault.
    pub field: Option<String>,
    /// The row's id, where it was read.
    pub id: Option<String>,
    /// The beginning of the row.
    pub excerpt: String,
    /// When it was refused.
    pub at: DateTime<Utc>,
}

/// Which refused rows to list. At least a collection or a run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RejectionQuery {
    /// Only rows for this collection.
    pub collection: Option<String>,
    /// Only rows that this run refused.
    pub run: Option<String>,
    /// Where the previous page ended.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 1,000, 50 when zero.
    pub limit: usize,
}

impl Rejections {
    /// Refused rows, file by file, by line.
    pub async fn list(&self, query: &RejectionQuery) -> CatalogResult<Page<Rejection>> {
        if let Some(collection) = &query.collection {
            self.core.live(collection).await?;
        }
        let limit = page_size(query.limit, 1000);
        let after = query.cursor.as_deref().map(from_cursor).transpose()?;
        let mut rows = self.rows(query, after.as_deref(), limit as u64 + 1).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| to_cursor(&row.id));
        Ok(Page { items: rows.into_iter().map(show).collect(), next_cursor })
    }

    /// All refused rows of the query as CSV with a header, in pieces. Cells that a spreadsheet would take for a
    /// formula begin with an apostrophe.
    pub fn csv(
        &self,
        query: RejectionQuery,
    ) -> impl Stream<Item = CatalogResult<Bytes>> + Send + 'static + use<> {
        let this = self.clone();
        futures::stream::try_unfold(Some(None::<String>), move |state| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                let Some(after) = state else { return Ok(None) };
                let rows = this.rows(&query, after.as_deref(), CHUNK).await?;
                let next = (rows.len() as u64 == CHUNK).then(|| rows.last().map(|row| row.id.clone()));
                let bytes = to_csv(after.is_none(), rows)?;
                Ok(Some((bytes, next)))
            }
        })
    }

    async fn rows(
        &self,
        query: &RejectionQuery,
        after: Option<&str>,
        limit: u64,
    ) -> CatalogResult<Vec<Model>> {
        let mut select = Entity::find().order_by_asc(Column::Id).limit(limit);
        match (&query.run, &query.collection) {
            (None, None) => return Err(CatalogError::request("collection", "name a collection or a run")),
            (run, collection) => {
                if let Some(run) = run {
                    select = select.filter(Column::Run.eq(run));
                }
                if let Some(collection) = collection {
                    select = select.filter(Column::Collection.eq(collection));
                }
            }
        }
        if let Some(after) = after {
            select = select.filter(Column::Id.gt(after));
        }
        Ok(select.all(self.core.parts.store.db()).await?)
    }
}

fn show(row: Model) -> Rejection {
    Rejection {
        collection: row.collection,
        run: row.run,
        file: shown(&row.path).to_owned(),
        line: row.line,
        code: row.code,
        message: row.message,
        field: row.field,
        id: row.item,
        excerpt: row.excerpt,
        at: DateTime::from_timestamp_millis(row.at).unwrap_or_default(),
    }
}

fn to_csv(header: bool, rows: Vec<Model>) -> CatalogResult<Bytes> {
    let broken =
        |error: csv::Error| catalejo_port::PortError::internal("cannot write CSV").with_source(error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    if header {
        let names = ["collection", "run", "file", "line", "code", "message", "field", "id", "excerpt"];
        writer.write_record(names).map_err(broken)?;
    }
    for row in rows {
        let line = row.line.to_string();
        let cells = [
            row.collection,
            row.run,
            harmless(shown(&row.path).to_owned()),
            line,
            row.code,
            harmless(row.message),
            harmless(row.field.unwrap_or_default()),
            harmless(row.item.unwrap_or_default()),
            harmless(row.excerpt),
        ];
        writer.write_record(cells).map_err(broken)?;
    }
    let bytes = writer.into_inner().map_err(|_| catalejo_port::PortError::internal("cannot write CSV"))?;
    Ok(bytes.into())
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: String) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        _ => cell,
    }
}

/// The key of a refused row's record.
pub(crate) fn rejection_id(file: &str, etag: &str, line: u64) -> String {
    let etag = blake3::hash(etag.as_bytes()).to_hex();
    format!("{file}-{}-{line:012}", &etag[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(harmless("=1+1".into()), "'=1+1");
        assert_eq!(harmless("@x".into()), "'@x");
        assert_eq!(harmless("plain".into()), "plain");
        assert_eq!(harmless(String::new()), "");
    }

    #[test]
    fn an_upload_is_known_by_its_own_name() {
        assert_eq!(shown("uploads/01a2-77/songs.csv"), "songs.csv");
        assert_eq!(shown("spotify/part-0.csv"), "spotify/part-0.csv");
        assert_eq!(shown("uploads/"), "uploads/");
    }
}

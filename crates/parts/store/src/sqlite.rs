//! SQLite files as the embedded parts use them: write-ahead log, synced commits, one writer, several readers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use catalejo_port::{PortError, PortResult};
use futures::TryStreamExt;
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;

pub use crate::error::kind_of;
use crate::{Summary, TableSummary};

const READERS: u32 = 4;
/// How long a statement waits for another process, and a caller for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// One database file with its pools; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sqlite {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    _private: Option<Arc<TempDir>>,
}

impl Sqlite {
    /// Opens the file at `path`, creating it and its folder where missing.
    pub async fn open(path: &Path) -> PortResult<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            tokio::fs::create_dir_all(folder).await.map_err(|e| {
                PortError::unreachable(format!("sqlite: cannot create the folder `{}`", folder.display()))
                    .with_source(e)
            })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .disable_statement_logging();
        let opened = |e| sqlite_error(&format!("cannot open `{}`", path.display()), e);
        // The writer comes first: it creates the file and switches the journal mode, which needs it alone.
        let writer = pool(1).connect_with(options.clone()).await.map_err(opened)?;
        let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(opened)?;
        Ok(Self { path: path.to_owned(), writer, readers, _private: None })
    }

    /// Opens an empty database of its own, which is removed with the last clone. A file, not SQLite's memory mode:
    /// there several connections either see different data or lock each other out table by table.
    pub async fn open_private() -> PortResult<Self> {
        let folder = tempfile::Builder::new()
            .prefix("catalejo-")
            .tempdir()
            .map_err(|e| PortError::unreachable("sqlite: cannot create a temporary folder").with_source(e))?;
        let sqlite = Self::open(&folder.path().join("private.sqlite")).await?;
        Ok(Self { _private: Some(Arc::new(folder)), ..sqlite })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The pool with the only connection that may write. Begin with `BEGIN IMMEDIATE`.
    pub fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// The pool whose connections refuse to write.
    pub fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Writes a consistent copy to `file`, which must not exist, while the database goes on working,
    /// and makes it durable. Answers what the copy holds.
    pub async fn snapshot(&self, file: &Path) -> PortResult<Summary> {
        let name =
            file.to_str().ok_or_else(|| PortError::invalid("sqlite: the snapshot's path is not UTF-8"))?;
        if file.exists() {
            return Err(PortError::already_exists(format!("sqlite: the snapshot `{name}` exists already")));
        }
        let failed = |e| sqlite_error(&format!("cannot write the snapshot `{name}`"), e);
        let mut connection = connect_read_only(&self.path).await.map_err(failed)?;
        sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await.map_err(failed)?;
        connection.close().await.map_err(failed)?;
        sync(file).await.map_err(|e| {
            PortError::internal(format!("sqlite: cannot sync the snapshot `{name}`")).with_source(e)
        })?;
        verify(file).await
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

async fn connect_read_only(file: &Path) -> sqlx::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(PATIENCE);
    SqliteConnection::connect_with(&options.disable_statement_logging()).await
}

async fn sync(file: &Path) -> std::io::Result<()> {
    tokio::fs::File::open(file).await?.sync_all().await?;
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => tokio::fs::File::open(folder).await?.sync_all().await,
        None => tokio::fs::File::open(".").await?.sync_all().await,
    }
}

/// Checks every page and index of a database file and sums up what it holds. Damage is an error of kind `Corrupt`.
pub async fn verify(file: &Path) -> PortResult<Summary> {
    if !file.is_file() {
        return Err(PortError::not_found(format!("sqlite: there is no file `{}`", file.display())));
    }
    let failed = |e| sqlite_error(&format!("cannot read `{}`", file.display()), e);
    let mut connection = connect_read_only(file).await.map_err(failed)?;
    let findings: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut connection).await.map_err(failed)?;
    if findings != ["ok"] {
        let first = findings.first().map_or("no answer", String::as_str);
        return Err(PortError::corrupt(format!("sqlite: `{}` is damaged: {first}", file.display())));
    }
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .fetch_all(&mut connection)
    .await
    .map_err(failed)?;
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        tables.push(summary_of(&mut connection, name).await.map_err(failed)?);
    }
    connection.close().await.map_err(failed)?;
    Ok(Summary { tables })
}

async fn summary_of(connection: &mut SqliteConnection, name: String) -> sqlx::Result<TableSummary> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?) ORDER BY cid")
        .bind(&name)
        .fetch_all(&mut *connection)
        .await?;
    // `quote` writes every type as an unmistakable literal.
    let row: Vec<String> = columns.iter().map(|column| format!("quote({})", identifier(column))).collect();
    let query = format!("SELECT {} FROM {}", row.join(" || ',' || "), identifier(&name));
    let mut stream = sqlx::query_scalar::<_, String>(AssertSqlSafe(query)).fetch(connection);
    let (mut rows, mut sum) = (0, [0_u64; 4]);
    while let Some(row) = stream.try_next().await? {
        rows += 1;
        add(&mut sum, blake3::hash(row.as_bytes()).as_bytes());
    }
    Ok(TableSummary { name, rows, hash: sum.map(|part| format!("{part:016x}")).concat() })
}

/// Adding the rows' hashes makes the sum independent of their order, which a copy need not keep.
fn add(sum: &mut [u64; 4], hash: &[u8; 32]) {
    for (part, bytes) in sum.iter_mut().zip(hash.chunks_exact(8)) {
        let bytes = bytes.try_into().expect("the chunks are 8 bytes long");
        *part = part.wrapping_add(u64::from_le_bytes(bytes));
    }
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A driver's error as a port error that says what was being done.
pub fn sqlite_error(doing: &str, error: sqlx::Error) -> PortError {
    PortError::new(kind_of(&error), format!("sqlite: {doing}")).with_source(error)
}

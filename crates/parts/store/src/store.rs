use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalejo_port::{BackendUrl, PortError, PortResult, unknown_scheme};
use futures::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigrationTrait;

use crate::error::is_contention;
use crate::sqlite::Sqlite;
use crate::{StoreError, Summary, migrate, store_error};

/// How often a transaction that lost a race is begun anew, and for how long.
const ATTEMPTS: u32 = 8;
const RETRY_FOR: Duration = Duration::from_secs(20);

/// An open store; cheap to clone.
///
/// # Contract
/// - What [`write`](Self::write) answered with success survives `kill -9` and a power cut.
/// - Transactions are serialisable: two that read and then change the same row do not lose one's change.
/// - Readers are never blocked by writers and see only what was committed.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    readers: DatabaseConnection,
    writer: DatabaseConnection,
    sqlite: Sqlite,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("file", &self.inner.sqlite.path()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store that `url` names, creating an embedded one where there is none.
    pub async fn open(url: &BackendUrl, data_dir: &Path) -> PortResult<Self> {
        if !url.is(&["sqlite"]) {
            let left_out = [
                ("mysql", "mysql"),
                ("mariadb", "mysql"),
                ("postgres", "postgres"),
                ("postgresql", "postgres"),
            ];
            return Err(unknown_scheme("store", url, &["sqlite"], &left_out));
        }
        url.known_options("store", &[])?;
        if url.host().is_some() {
            return Err(PortError::invalid(
                "store: `sqlite:` has no host; write `sqlite:PATH` or `sqlite:///PATH`",
            ));
        }
        let sqlite = match url.path() {
            "" => Sqlite::open(&data_dir.join("store/catalejo.sqlite")).await?,
            ":memory:" => Sqlite::open_private().await?,
            path => Sqlite::open(Path::new(path)).await?,
        };
        let (readers, writer) = (sqlite.readers().clone().into(), sqlite.writer().clone().into());
        Ok(Self { inner: Arc::new(Inner { readers, writer, sqlite }) })
    }

    /// The connection for reading. It refuses to write: what changes goes through
    /// [`write`](Self::write) or [`begin`](Self::begin).
    pub fn db(&self) -> &DatabaseConnection {
        &self.inner.readers
    }

    /// Begins a transaction for writing. Nothing is kept until it is committed; dropping it rolls back.
    ///
    /// Only one transaction is open at a time on an embedded store: keep it short, and begin no second one within.
    pub async fn begin(&self) -> PortResult<DatabaseTransaction> {
        self.begin_immediate().await.map_err(store_error)
    }

    /// Runs `work` in one transaction and commits it; an error rolls everything back.
    ///
    /// `work` is called again when the transaction lost a race against another, so it must do nothing that a
    /// rollback does not undo. Use only `txn` inside: a second transaction from within waits for the first.
    ///
    /// ```
    /// # use catalejo_store::Store;
    /// # use sea_orm::{ActiveModelTrait, IntoActiveModel};
    /// # async fn insert<M>(store: Store, row: M) -> catalejo_port::PortResult<()>
    /// # where M: sea_orm::ActiveModelTrait + sea_orm::ActiveModelBehavior + Send + Sync + 'static,
    /// # <M::Entity as sea_orm::EntityTrait>::Model: IntoActiveModel<M> {
    /// store
    ///     .write(move |txn| {
    ///         let row = row.clone();
    ///         Box::pin(async move {
    ///             row.insert(txn).await?;
    ///             Ok(())
    ///         })
    ///     })
    ///     .await
    /// # }
    /// ```
    pub async fn write<T, F>(&self, work: F) -> PortResult<T>
    where
        T: Send,
        F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync,
    {
        let begun = Instant::now();
        let mut attempt = 1;
        loop {
            match self.attempt(&work).await {
                Err(StoreError::Db(error))
                    if is_contention(&error) && attempt < ATTEMPTS && begun.elapsed() < RETRY_FOR =>
                {
                    tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
                    attempt += 1;
                }
                result => return Ok(result?),
            }
        }
    }

    async fn attempt<T, F>(&self, work: &F) -> Result<T, StoreError>
    where
        T: Send,
        F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync,
    {
        let transaction = self.begin_immediate().await?;
        match work(&transaction).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }

    async fn begin_immediate(&self) -> Result<DatabaseTransaction, DbErr> {
        // A deferred transaction that reads first fails at its first write when another one wrote meanwhile.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.inner.writer.begin_with_options(options).await
    }

    /// Applies those `migrations` of `set` (a domain's name) that the store has not seen, in order, all or none.
    /// Idempotent, and safe when several processes start at once. A store that has seen one which is not
    /// among `migrations` was used by a newer version and is refused.
    pub async fn migrate(&self, set: &str, migrations: Vec<Box<dyn MigrationTrait>>) -> PortResult<()> {
        migrate::migrate(self, set, migrations).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> PortResult<()> {
        self.inner.readers.ping().await.map_err(store_error)
    }

    /// Writes a consistent copy to `file`, which must not exist, while the store goes on working.
    pub async fn snapshot(&self, file: &Path) -> PortResult<Summary> {
        self.inner.sqlite.snapshot(file).await
    }

    /// Checks a copy made by [`snapshot`](Self::snapshot) and sums up what it holds, to be compared with
    /// the snapshot's own summary.
    pub async fn verify(file: &Path) -> PortResult<Summary> {
        crate::sqlite::verify(file).await
    }
}

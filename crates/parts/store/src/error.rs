use catalejo_port::{ErrorKind, PortError};
use sea_orm::sqlx;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr};

/// What goes wrong inside [`Store::write`](crate::Store::write) and in a domain's queries: the database's error or
/// the domain's own. `?` turns both into it, and it into a [`PortError`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error(transparent)]
    Db(#[from] DbErr),
    /// The domain refused.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<StoreError> for PortError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Db(error) => store_error(error),
            StoreError::Port(error) => error,
        }
    }
}

/// A database error as a port error: a taken unique key is `AlreadyExists`, a missing parent row `Conflict`, a
/// locked database or exhausted pool `Busy`, a damaged file `Corrupt`, a lost connection `Unreachable`.
pub fn store_error(error: DbErr) -> PortError {
    if let Some(violation) = error.sql_err() {
        return match violation {
            SqlErr::UniqueConstraintViolation(what) => {
                PortError::already_exists(format!("store: already there: {what}"))
            }
            SqlErr::ForeignKeyConstraintViolation(_) => PortError::conflict(
                "store: a row that this one refers to, or that refers to it, stands in the way",
            ),
            _ => PortError::internal("store: a constraint is violated"),
        }
        .with_source(error);
    }
    match &error {
        DbErr::RecordNotFound(what) => PortError::not_found(format!("store: no such row: {what}")),
        DbErr::RecordNotUpdated => PortError::not_found("store: no such row"),
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => {
            PortError::busy("store: all connections are in use")
        }
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => {
            PortError::unreachable("store: it is closed")
        }
        _ => match driver_error(&error) {
            Some(cause) => PortError::new(kind_of(cause), "store: the database failed"),
            None => PortError::internal("store: the query failed"),
        },
    }
    .with_source(error)
}

/// Whether the transaction lost a race that it may win when repeated.
pub(crate) fn is_contention(error: &DbErr) -> bool {
    driver_error(error).is_some_and(|cause| kind_of(cause) == ErrorKind::Busy)
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(e)) | DbErr::Exec(RuntimeErr::SqlxError(e)) => Some(e),
        DbErr::Query(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

/// The kind of a driver's error, also for parts that speak SQLite below the object mapper.
pub fn kind_of(error: &sqlx::Error) -> ErrorKind {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed => ErrorKind::Unreachable,
        sqlx::Error::PoolTimedOut => ErrorKind::Busy,
        sqlx::Error::Database(cause) => {
            let code = cause.code().unwrap_or_default();
            // Standard SQL: serialisation failure and deadlock.
            if matches!(&*code, "40001" | "40P01") {
                return ErrorKind::Busy;
            }
            // SQLite's extended codes keep the primary one in their low byte.
            match code.parse::<u32>().map(|code| code & 0xff) {
                Ok(5 | 6) => ErrorKind::Busy,
                Ok(8) => ErrorKind::Unsupported,
                Ok(11 | 26) => ErrorKind::Corrupt,
                Ok(14) => ErrorKind::Unreachable,
                _ => ErrorKind::Internal,
            }
        }
        _ => ErrorKind::Internal,
    }
}

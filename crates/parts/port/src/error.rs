use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What a caller can act on. One variant per reaction, not per cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The named thing does not exist.
    NotFound,
    /// The thing to be created exists already, with another content.
    AlreadyExists,
    /// The state has moved on since the caller looked; look again and decide anew.
    Conflict,
    /// The request itself is wrong: repeating it cannot help.
    Invalid,
    /// The server refused our credentials or rights.
    Unauthorized,
    /// At its limit just now; try again after the hint.
    Busy,
    /// No answer in time. The work may or may not have been done.
    Timeout,
    /// Nobody answers at the address.
    Unreachable,
    /// This backend cannot do that, or this binary was built without it.
    Unsupported,
    /// Stored data fails its checksum or cannot be understood.
    Corrupt,
    /// Anything else: a bug of ours or of the server.
    Internal,
}

impl ErrorKind {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Busy | Self::Timeout | Self::Unreachable)
    }

    /// The kind as a metric label and log field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::Conflict => "conflict",
            Self::Invalid => "invalid",
            Self::Unauthorized => "unauthorized",
            Self::Busy => "busy",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Unsupported => "unsupported",
            Self::Corrupt => "corrupt",
            Self::Internal => "internal",
        }
    }
}

/// The error of every port: a kind to act on, a message to read, the cause, and when to try again.
///
/// Messages are lower case, without a full stop, and never hold a secret.
#[derive(Debug)]
pub struct PortError {
    kind: ErrorKind,
    message: String,
    retry_after: Option<Duration>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a port's calls return.
pub type PortResult<T> = Result<T, PortError>;

impl PortError {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, source: None }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error with the time after which a repetition makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// What a caller can act on.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What happened, without its cause.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// When a repetition makes sense, where the backend knows.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }
}

macro_rules! constructors {
    ($($name:ident => $kind:ident),* $(,)?) => {
        impl PortError {
            $(
                #[doc = concat!("An error of kind [`ErrorKind::", stringify!($kind), "`].")]
                pub fn $name(message: impl Into<String>) -> Self {
                    Self::new(ErrorKind::$kind, message)
                }
            )*
        }
    };
}

constructors! {
    not_found => NotFound,
    already_exists => AlreadyExists,
    conflict => Conflict,
    invalid => Invalid,
    busy => Busy,
    timeout => Timeout,
    unreachable => Unreachable,
    unsupported => Unsupported,
    corrupt => Corrupt,
    internal => Internal,
}

impl fmt::Display for PortError {
    /// The message followed by its causes, so that one line in a log tells the whole story.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut cause = self.source.as_deref().map(|e| e as &dyn Error);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for PortError {
    // The causes are part of `Display`; naming them here too would print them twice.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        None
    }
}

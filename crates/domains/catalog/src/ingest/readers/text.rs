use bytes::Bytes;
use catalejo_port::PortResult;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::{Next, Row, Splitter, Unreadable};
use crate::CatalogError;

/// Why reading a file stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The file is wrong; trying again cannot help.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A part failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// A text file's rows, from a stream of its bytes.
pub(crate) struct TextReader {
    splitter: Box<dyn Splitter>,
    bytes: BoxStream<'static, PortResult<Bytes>>,
    read: u64,
}

impl TextReader {
    pub(crate) fn new(splitter: Box<dyn Splitter>, bytes: BoxStream<'static, PortResult<Bytes>>) -> Self {
        Self { splitter, bytes, read: 0 }
    }

    /// Bytes read so far, a little ahead of the rows.
    pub(crate) fn position(&self) -> u64 {
        self.read
    }

    /// The next row; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Row>, ReadError> {
        loop {
            match self.splitter.next()? {
                Next::Row(row) => return Ok(Some(row)),
                Next::End => return Ok(None),
                Next::Hungry => match self.bytes.next().await {
                    Some(bytes) => {
                        let bytes = bytes.map_err(CatalogError::from)?;
                        self.read += bytes.len() as u64;
                        self.splitter.buffer().feed(&bytes);
                    }
                    None => self.splitter.buffer().finish(),
                },
            }
        }
    }
}

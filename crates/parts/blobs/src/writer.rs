use bytes::Bytes;
use catalejo_port::PortResult;
use object_store::{MultipartUpload, WriteMultipart};

use crate::error::blobs_error;

/// Parts sent at once. With 5 MiB each this bounds the memory of one writer.
const PARTS_IN_FLIGHT: usize = 4;

/// An object being written. It appears with [`finish`](Self::finish), whole; dropped before, it never does.
///
/// Call [`abort`](Self::abort) rather than drop where possible: a server keeps the parts of a dropped upload
/// until its own rules remove them.
pub struct Writer {
    upload: WriteMultipart,
    doing: String,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("doing", &self.doing).finish_non_exhaustive()
    }
}

impl Writer {
    pub(crate) fn new(upload: Box<dyn MultipartUpload>, doing: String) -> Self {
        Self { upload: WriteMultipart::new(upload), doing }
    }

    /// Adds bytes at the end; waits while too much is on its way.
    pub async fn write(&mut self, bytes: Bytes) -> PortResult<()> {
        let waited = self.upload.wait_for_capacity(PARTS_IN_FLIGHT).await;
        waited.map_err(|error| blobs_error(&self.doing, error))?;
        self.upload.put(bytes);
        Ok(())
    }

    /// Makes the object appear with all that was written, durably.
    pub async fn finish(self) -> PortResult<()> {
        self.upload.finish().await.map_err(|error| blobs_error(self.doing, error))?;
        Ok(())
    }

    /// Gives up and removes what was sent.
    pub async fn abort(self) -> PortResult<()> {
        self.upload.abort().await.map_err(|error| blobs_error(self.doing, error))
    }
}

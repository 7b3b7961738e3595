use catalejo_broker::Message;
use serde::{Deserialize, Serialize};

use crate::CatalogResult;
use crate::collections::to_json;

/// What waits in the broker: a file as it was when it was listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileMessage {
    /// The file's record.
    pub(crate) file: String,
    /// Its state of content: a later one has its own message.
    pub(crate) etag: String,
    /// The run that its ingest is.
    pub(crate) run: String,
}

impl FileMessage {
    pub(crate) fn to_message(&self) -> CatalogResult<Message> {
        Ok(Message { key: Some(self.file.clone()), body: to_json(self)?.into() })
    }
}

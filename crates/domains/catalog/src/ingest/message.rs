use catalejo_broker::Message;
use serde::{Deserialize, Serialize};

use crate::CatalogResult;
use crate::collections::to_json;

/// What waits in the broker: a file and the run that ingests it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileMessage {
    /// The file's record.
    pub(crate) file: String,
    /// The run that its ingest is: a newer content has a run, and a message, of its own.
    pub(crate) run: String,
}

impl FileMessage {
    pub(crate) fn to_message(&self) -> CatalogResult<Message> {
        Ok(Message { key: Some(self.file.clone()), body: to_json(self)?.into() })
    }
}

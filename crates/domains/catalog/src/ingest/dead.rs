use std::sync::Arc;

use catalejo_broker::Dead;
use catalejo_runs::{Page, RunState};
use chrono::{DateTime, Utc};

use super::files::{self, state};
use super::message::FileMessage;
use super::rejections::shown;
use super::{GROUP, TOPIC};
use crate::catalog::Core;
use crate::{CatalogError, CatalogResult};

/// Dead letters looked at in one go when one of them is looked for.
const PAGE: usize = 500;

/// A message of a file that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// Its id in the broker.
    pub id: String,
    /// Why it was given up.
    pub reason: String,
    /// How often it was delivered.
    pub attempts: u32,
    /// When it was given up.
    pub buried_at: DateTime<Utc>,
    /// The run of its ingest; absent when the message cannot be read.
    pub run: Option<String>,
    /// The file; absent when it is not known any more.
    pub path: Option<String>,
    /// The source it came from; `@imports` for files that were handed over.
    pub source: Option<String>,
    /// The collection it was to fill.
    pub collection: Option<String>,
}

/// Files that were given up, waiting for a person's decision.
#[derive(Clone)]
pub struct DeadLetters {
    pub(crate) core: Arc<Core>,
}

impl DeadLetters {
    /// Dead letters, the oldest first, after the one with the id `after`.
    pub async fn list(&self, after: Option<&str>, limit: usize) -> CatalogResult<Page<DeadLetter>> {
        let mut dead = self.core.parts.broker.dead(TOPIC, GROUP, after, limit + 1).await?;
        let more = dead.len() > limit;
        dead.truncate(limit);
        let next_cursor = dead.last().filter(|_| more).map(|last| last.id.clone());
        let mut items = Vec::with_capacity(dead.len());
        for dead in dead {
            items.push(self.describe(dead).await?);
        }
        Ok(Page { items, next_cursor })
    }

    /// Gives the file another chance, under the same run; answers the letter.
    pub async fn replay(&self, id: &str) -> CatalogResult<DeadLetter> {
        let core = &self.core;
        let dead = self.find(id).await?;
        if let Ok(message) = serde_json::from_slice::<FileMessage>(&dead.message.body) {
            let failed = |state| matches!(state, RunState::Failed | RunState::Cancelled);
            if failed(core.runs.get(&message.run).await?.state) {
                core.runs.requeue(&message.run).await?;
            }
            core.begin_anew(&message.file, &message.run).await?;
        }
        core.parts.broker.replay(TOPIC, GROUP, std::slice::from_ref(&dead.id)).await?;
        self.describe(dead).await
    }

    /// Forgets a dead letter; its run stays failed.
    pub async fn discard(&self, id: &str) -> CatalogResult<()> {
        let dead = self.find(id).await?;
        self.core.parts.broker.discard(TOPIC, GROUP, &[dead.id]).await?;
        Ok(())
    }

    async fn find(&self, id: &str) -> CatalogResult<Dead> {
        let found = self.core.find_dead(|dead| dead.id == id).await?;
        found.ok_or_else(|| CatalogError::UnknownDeadLetter(id.to_owned()))
    }

    async fn describe(&self, dead: Dead) -> CatalogResult<DeadLetter> {
        let message = serde_json::from_slice::<FileMessage>(&dead.message.body).ok();
        let file = match &message {
            Some(message) => self.core.file(&message.file).await?,
            None => None,
        };
        let from = |value: fn(&files::Model) -> &String| file.as_ref().map(value).cloned();
        Ok(DeadLetter {
            id: dead.id,
            reason: dead.reason,
            attempts: dead.attempts,
            buried_at: DateTime::from_timestamp_millis(dead.buried_at_ms).unwrap_or_default(),
            path: file.as_ref().map(|file| shown(&file.path).to_owned()),
            source: from(|file| &file.source),
            collection: from(|file| &file.collection),
            run: message.map(|message| message.run),
        })
    }
}

impl Core {
    /// A file that was over waits once more, for the same run.
    pub(super) async fn begin_anew(&self, file: &str, run: &str) -> CatalogResult<()> {
        self.change_file(file, |row| {
            row.state = state::LISTED.to_owned();
            row.error = None;
            (row.failures, row.crashes) = (0, 0);
            (row.owner, row.owned_until) = (None, None);
            row.run == run
        })
        .await
        .map(drop)
    }

    /// Forgets the dead letter of a message, where it has one.
    pub(super) async fn discard_dead(&self, message: &FileMessage) -> CatalogResult<()> {
        let body = message.to_message()?.body;
        if let Some(dead) = self.find_dead(|dead| dead.message.body == body).await? {
            self.parts.broker.discard(TOPIC, GROUP, &[dead.id]).await?;
        }
        Ok(())
    }

    async fn find_dead(&self, wanted: impl Fn(&Dead) -> bool) -> CatalogResult<Option<Dead>> {
        let mut after: Option<String> = None;
        loop {
            let page = self.parts.broker.dead(TOPIC, GROUP, after.as_deref(), PAGE).await?;
            after = page.last().map(|dead| dead.id.clone());
            let last = page.len() < PAGE;
            if let Some(found) = page.into_iter().find(|dead| wanted(dead)) {
                return Ok(Some(found));
            }
            if last {
                return Ok(None);
            }
        }
    }
}

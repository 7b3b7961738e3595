//! Filling a new generation of a collection while the old one serves and takes writes.
//!
//! 1. The new index is created and named in the collection's row; from then on every writer writes to both.
//! 2. The old index is flushed and copied in the order of ids. Under the gate, ids that were written meanwhile are
//!    left out of the copy: their newer state is in the new index already.
//! 3. The alias is moved while no writer is at work, the row follows, the old index is removed.
//!
//! Killed anywhere, it goes on: the row tells the id up to which the copy is durable. Writers of one collection share
//! a process with its re-indexing, or are stopped for it: the gate is in memory.

use std::time::Duration;

use catalejo_encoder::Lane;
use catalejo_index::Document;
use catalejo_port::ErrorKind;
use catalejo_runs::{LogLevel, RunHandle, RunKind};
use sea_orm::EntityTrait;
use tokio_util::sync::CancellationToken;

use super::live::{Live, Stamp, Target, index_name};
use super::service::to_json;
use super::{CollectionState, Collections, entity};
use crate::catalog::Core;
use crate::items::Refusal;
use crate::items::prepare::{Prepared, has_own_vector};
use crate::items::write::id_hash;
use crate::looking::look_again;
use crate::{CatalogError, CatalogResult};

/// How often queued runs are looked for.
const LOOK: Duration = Duration::from_secs(5);
/// Documents copied in one go: held in memory, encoded, written.
const COPY: usize = 256;
/// Documents after which the copy is made durable.
const DURABLE: u64 = 1024;

/// How a re-index ended.
enum End {
    Done,
    Cancelled,
    /// This process goes away; the run goes on elsewhere.
    Stopped,
}

impl Core {
    /// Takes up queued re-index runs until `shutdown`.
    pub(crate) async fn reindex_loop(&self, shutdown: &CancellationToken) {
        let look =
            || self.each_queued(RunKind::Reindex, shutdown, |handle| self.reindex_run(handle, shutdown));
        look_again("re-indexing", LOOK, &self.reindex_bell, shutdown, look).await;
    }

    /// Queues a new generation for every collection whose definition or model is not the one that serves, and finishes
    /// what a crash left half deleted.
    pub(crate) async fn queue_due_reindexes(&self) -> CatalogResult<()> {
        for row in entity::Entity::find().all(self.parts.store.db()).await? {
            if row.deleting {
                let gate = self.gates.of(&row.name);
                let _changing = gate.changing.lock().await;
                // Somebody may have created the name anew while we waited.
                let now = entity::Entity::find_by_id(&row.name).one(self.parts.store.db()).await?;
                if now.is_some_and(|row| row.deleting) {
                    self.finish_deletion(&row.name).await?;
                }
                continue;
            }
            let live = self.live_now(&row.name).await?;
            if self.is_due(&live)? {
                self.queue_reindex(&row.name).await?;
            }
            self.remove_leftovers(&live).await?;
        }
        Ok(())
    }

    /// An empty collection needs no worker: its new generation serves at once.
    pub(crate) async fn reindex_if_empty(&self, name: &str, run: &str) -> CatalogResult<()> {
        if self.parts.index.info(name).await?.items > 0 {
            return Ok(());
        }
        match self.runs.claim(run).await? {
            Some(handle) => self.reindex_run(handle, &CancellationToken::new()).await,
            None => Ok(()),
        }
    }

    async fn reindex_run(&self, handle: RunHandle, shutdown: &CancellationToken) -> CatalogResult<()> {
        let collection = handle.run().collection.unwrap_or_default();
        match self.reindex(&collection, &handle, shutdown).await {
            Ok(End::Done) => drop(handle.succeed().await?),
            Ok(End::Cancelled) => {
                self.abandon(&collection).await?;
                handle.cancel().await?;
            }
            Ok(End::Stopped) => drop(handle.release(None).await?),
            Err(error) if error.is_transient() => {
                tracing::warn!(collection, %error, "re-indexing failed for now");
                tokio::time::sleep(self.options.retry_delay).await;
                handle.release(Some(error.to_string())).await?;
            }
            Err(error) => {
                tracing::error!(collection, %error, "re-indexing failed");
                self.abandon(&collection).await?;
                handle.fail(error.to_string()).await?;
            }
        }
        Ok(())
    }

    async fn reindex(
        &self,
        name: &str,
        handle: &RunHandle,
        shutdown: &CancellationToken,
    ) -> CatalogResult<End> {
        loop {
            let live = self.live_now(name).await?;
            if !self.is_due(&live)? && live.building.is_none() {
                return Ok(End::Done);
            }
            let live = self.begin_generation(live).await?;
            let total = self.parts.index.info(&live.serving.index).await?.items;
            handle.progress(|run| run.total = Some(total));
            handle
                .log(LogLevel::Info, format!("filling generation {:?} of {name}", live.row.building))
                .await?;
            match self.copy(live, handle, shutdown).await? {
                Some(end) => return Ok(end),
                // The definition changed once more: begin again with that one.
                None => continue,
            }
        }
    }

    fn is_due(&self, live: &Live) -> CatalogResult<bool> {
        let wanted = live.building.as_ref().unwrap_or(&live.serving);
        let stamp = Stamp::of(&wanted.compiled.definition, self.parts.encoder.model())?;
        Ok(live.row.revision != live.row.serving_revision || live.serving.stamp != stamp)
    }

    /// Step 1, unless a generation with the wanted definition and model is being filled already.
    async fn begin_generation(&self, live: std::sync::Arc<Live>) -> CatalogResult<std::sync::Arc<Live>> {
        let name = &live.row.name;
        let gate = self.gates.of(name);
        let _changing = gate.changing.lock().await;
        let live = self.live_now(name).await?;
        let definition = serde_json::from_str(&live.row.definition)
            .map_err(|error| CatalogError::definition("store", error.to_string()))?;
        let compiled = super::Compiled::new(definition)?;
        let stamp = Stamp::of(&compiled.definition, self.parts.encoder.model())?;
        let goes_on = live.building.as_ref().is_some_and(|building| {
            building.stamp == stamp && live.row.building_revision == Some(live.row.revision)
        });
        if goes_on {
            return Ok(live);
        }
        let number = self.next_generation(name).await?;
        let schema =
            compiled.schema(stamp.as_ref().map(|stamp| (stamp.fingerprint.as_str(), stamp.dimensions)));
        self.parts.index.create(&index_name(name, number), &schema).await?;
        let mut row = live.row.clone();
        row.building = Some(number);
        row.building_revision = Some(row.revision);
        row.building_model = stamp.as_ref().map(to_json).transpose()?;
        row.building_cursor = None;
        {
            // No writer is at work here, so each later one sees the new generation.
            let _alone = gate.writing.write().await;
            gate.written().clear();
            self.save_row(row).await?;
        }
        crate::fault::point("reindex.begun");
        let live = self.live_now(name).await?;
        self.remove_leftovers(&live).await?;
        Ok(live)
    }

    /// Steps 2 and 3; `None` when the definition changed meanwhile.
    async fn copy(
        &self,
        live: std::sync::Arc<Live>,
        handle: &RunHandle,
        shutdown: &CancellationToken,
    ) -> CatalogResult<Option<End>> {
        let building = live.building.as_ref().expect("a generation was begun");
        let index = &self.parts.index;
        index.flush(&live.serving.index).await?;
        let mut after = live.row.building_cursor.clone();
        let mut since_flush = 0;
        loop {
            if handle.cancelled().is_cancelled() {
                return Ok(Some(End::Cancelled));
            }
            if shutdown.is_cancelled() {
                return Ok(Some(End::Stopped));
            }
            let documents = index.scan(&live.serving.index, after.as_deref(), COPY, None, true).await?;
            let Some(last) = documents.last().map(|document| document.id.clone()) else { break };
            let copied = documents.len() as u64;
            let documents = self.convert(&live.serving, building, documents).await?;
            if !self.copy_batch(&live, building, documents).await? {
                return Ok(None);
            }
            after = Some(last);
            since_flush += copied;
            if since_flush >= DURABLE {
                since_flush = 0;
                self.mark(&live, after.as_deref()).await?;
            }
            handle.progress(|run| {
                run.done += copied;
                run.counts.add("read", copied);
            });
        }
        crate::fault::point("reindex.copied");
        if self.swap(&live, building).await? { Ok(Some(End::Done)) } else { Ok(None) }
    }

    /// The documents as the new generation keeps them; a vector is kept where the same model made it from the same
    /// text, or where the row brought it.
    async fn convert(
        &self,
        from: &Target,
        to: &Target,
        documents: Vec<Document>,
    ) -> CatalogResult<Vec<Document>> {
        let mut converted: Vec<(Prepared, Option<Vec<f32>>)> = Vec::with_capacity(documents.len());
        for document in documents {
            let fits =
                to.dimensions().is_some_and(|n| document.vector.as_ref().is_some_and(|v| v.len() == n));
            let own = document.vector.clone().filter(|_| fits && has_own_vector(document.hash));
            let typed = to
                .compiled
                .prepare(&document.source, to.fingerprint(), to.dimensions())
                // Leaving the item out would lose it: the old generation goes on until the definition fits.
                .map_err(|refusal| does_not_fit(&document.id, &refusal))?;
            let own = typed.own.or(own);
            let prepared = to.compiled.finish(typed.id, typed.source, own, to.fingerprint());
            let before = from.compiled.template.as_ref().map(|template| template.render(&document.source));
            let reusable =
                fits && from.stamp == to.stamp && prepared.text.is_some() && before == prepared.text;
            let vector = prepared.own.clone().or(document.vector.filter(|_| reusable));
            converted.push((prepared, vector));
        }
        let (places, texts): (Vec<usize>, Vec<String>) = converted
            .iter()
            .enumerate()
            .filter(|(_, (_, vector))| vector.is_none() && to.encodes)
            .filter_map(|(place, (prepared, _))| Some((place, prepared.text.clone()?)))
            .unzip();
        if !texts.is_empty() {
            let embeddings = self.parts.encoder.encode(&texts, Lane::Bulk).await?;
            for (place, vector) in places.into_iter().zip(embeddings.rows()) {
                converted[place].1 = Some(vector.to_vec());
            }
        }
        let document = |(item, vector): (Prepared, _)| Document {
            id: item.id,
            source: item.source,
            vector,
            hash: item.hash,
        };
        Ok(converted.into_iter().map(document).collect())
    }

    async fn copy_batch(
        &self,
        live: &Live,
        building: &Target,
        mut documents: Vec<Document>,
    ) -> CatalogResult<bool> {
        let gate = self.gates.of(&live.row.name);
        let _alone = gate.writing.write().await;
        if !self.still_building(live).await? {
            return Ok(false);
        }
        {
            let written = gate.written();
            documents.retain(|document| !written.contains(&id_hash(&document.id)));
        }
        if !documents.is_empty() {
            self.parts.index.upsert(&building.index, documents).await?;
        }
        Ok(true)
    }

    /// Makes the copy durable up to `after`, then writes down so.
    async fn mark(&self, live: &Live, after: Option<&str>) -> CatalogResult<()> {
        self.parts.index.flush(&index_name(&live.row.name, live.row.building.unwrap_or_default())).await?;
        crate::fault::point("reindex.flushed");
        let gate = self.gates.of(&live.row.name);
        let _changing = gate.changing.lock().await;
        let mut row = self.live_now(&live.row.name).await?.row.clone();
        if row.building == live.row.building {
            row.building_cursor = after.map(str::to_owned);
            self.save_row(row).await?;
        }
        Ok(())
    }

    async fn swap(&self, live: &Live, building: &Target) -> CatalogResult<bool> {
        let name = &live.row.name;
        let gate = self.gates.of(name);
        let _changing = gate.changing.lock().await;
        let _alone = gate.writing.write().await;
        if !self.still_building(live).await? {
            return Ok(false);
        }
        let index = &self.parts.index;
        index.flush(&building.index).await?;
        index.point(name, &building.index).await?;
        crate::fault::point("reindex.pointed");
        let mut row = self.live_now(name).await?.row.clone();
        row.generation = live.row.building.unwrap_or(row.generation);
        row.serving_definition = to_json(&building.compiled.definition)?;
        row.serving_revision = live.row.building_revision.unwrap_or(row.serving_revision);
        row.serving_model.clone_from(&row.building_model);
        clear_building(&mut row);
        self.save_row(row).await?;
        gate.written().clear();
        match index.remove(&live.serving.index).await {
            // Still in use by a reader of the old alias: the next start removes it.
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            removed => removed?,
        }
        Ok(true)
    }

    async fn still_building(&self, live: &Live) -> CatalogResult<bool> {
        let now = self.live_now(&live.row.name).await?;
        Ok(now.row.building == live.row.building && Some(now.row.revision) == live.row.building_revision)
    }

    /// The run was cancelled: the old generation goes on alone.
    async fn abandon(&self, name: &str) -> CatalogResult<()> {
        let gate = self.gates.of(name);
        let _changing = gate.changing.lock().await;
        let _alone = gate.writing.write().await;
        let mut row = self.live_now(name).await?.row.clone();
        clear_building(&mut row);
        self.save_row(row).await?;
        gate.written().clear();
        let live = self.live_now(name).await?;
        self.remove_leftovers(&live).await
    }

    /// Removes generations that neither serve nor are being filled.
    async fn remove_leftovers(&self, live: &Live) -> CatalogResult<()> {
        let name = &live.row.name;
        let used: Vec<&str> = live.targets().map(|target| target.index.as_str()).collect();
        for index in self.generations(name).await?.iter().filter(|index| !used.contains(&index.as_str())) {
            match self.parts.index.remove(index).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                removed => removed?,
            }
        }
        Ok(())
    }
}

fn does_not_fit(id: &str, refusal: &Refusal) -> CatalogError {
    let path = refusal.field.as_ref().map_or("fields".to_owned(), |field| format!("fields.{field}"));
    CatalogError::definition(path, format!("the item {id:?} does not fit: {}", refusal.message))
}

fn clear_building(row: &mut entity::Model) {
    row.building = None;
    row.building_revision = None;
    row.building_model = None;
    row.building_cursor = None;
}

impl Collections {
    /// Whether the collection's definition and model are those that serve.
    pub async fn is_ready(&self, name: &str) -> CatalogResult<bool> {
        Ok(self.get(name).await?.state == CollectionState::Ready)
    }
}

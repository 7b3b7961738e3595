//! Writing: typed for every generation that needs it, what is unchanged left out, texts encoded, upserted in bulk.
//!
//! While a new generation is filled, writers write to it and to the one that serves, and note the ids they wrote, so
//! that the copy going on beside them never puts an older state over a newer one. What is flushed, is flushed in the
//! new generation first: whatever a crash leaves in the old one is in the new one too.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use catalejo_encoder::Lane;
use catalejo_index::Document;
use futures::{StreamExt, TryStreamExt};
use serde_json::{Map, Value as Json};

use super::prepare::Prepared;
use super::refusal::Refusal;
use crate::CatalogResult;
use crate::catalog::Core;
use crate::collections::{Gate, Live, number_of};

/// Texts in one call to the encoder.
const ENCODE_CALL: usize = 256;
/// Calls to the encoder at the same time, so that it never waits for the next one.
const CALLS_AT_ONCE: usize = 2;

/// What became of one raw item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    New,
    Changed,
    Unchanged,
    Refused(Refusal),
}

/// Raw items on their way into a collection.
pub(crate) struct Batch {
    pub(crate) collection: String,
    pub(crate) items: Vec<Map<String, Json>>,
    /// In the order of the items.
    pub(crate) outcomes: Vec<Outcome>,
    live: Arc<Live>,
    writes: Vec<Write>,
}

/// One document for one generation.
struct Write {
    /// Its generation's place among [`Live::targets`].
    target: usize,
    item: Prepared,
    vector: Option<Vec<f32>>,
}

impl Core {
    /// Looks up typed items and leaves out what every generation holds already. `typed` are the `items` under the
    /// wanted definition of `live`.
    pub(crate) async fn plan(
        &self,
        live: Arc<Live>,
        items: Vec<Map<String, Json>>,
        typed: Vec<Prepared>,
    ) -> CatalogResult<Batch> {
        let outcomes = vec![Outcome::Unchanged; items.len()];
        let mut batch =
            Batch { collection: live.row.name.clone(), items, outcomes, live, writes: Vec::new() };
        self.look_up(&mut batch, typed.into_iter().map(Some).collect()).await?;
        Ok(batch)
    }

    /// The generations changed: what was typed under the old definition is typed anew.
    async fn plan_again(&self, batch: &mut Batch, live: Arc<Live>) -> CatalogResult<()> {
        let mut typed = Vec::with_capacity(batch.items.len());
        batch.outcomes.clear();
        for item in &batch.items {
            let judged = live.wanted().prepare(item);
            batch.outcomes.push(match &judged {
                Ok(_) => Outcome::Unchanged,
                Err(refusal) => Outcome::Refused(refusal.clone()),
            });
            typed.push(judged.ok());
        }
        batch.live = live;
        self.look_up(batch, typed).await
    }

    async fn look_up(&self, batch: &mut Batch, mut typed: Vec<Option<Prepared>>) -> CatalogResult<()> {
        let live = batch.live.clone();
        batch.writes.clear();
        for (number, target) in live.targets().enumerate() {
            let mut planned: Vec<(usize, Prepared)> = Vec::with_capacity(typed.len());
            for (place, prepared) in typed.iter_mut().enumerate().filter(|(_, p)| p.is_some()) {
                let item = match number {
                    0 if live.building.is_none() => prepared.take(),
                    0 => prepared.clone(),
                    // What the old definition refuses is found once the new generation serves.
                    _ => target
                        .compiled
                        .prepare(&batch.items[place], target.fingerprint(), target.dimensions())
                        .ok(),
                };
                planned.extend(item.map(|item| (place, item)));
            }
            let ids: Vec<String> = planned.iter().map(|(_, item)| item.id.clone()).collect();
            let held = self.parts.index.hashes(&target.index, &ids).await?;
            for ((place, mut item), held) in planned.into_iter().zip(held) {
                if held == Some(item.hash) {
                    continue;
                }
                let serves = number == 0 && live.building.is_none() || number == 1;
                let outcome = &mut batch.outcomes[place];
                *outcome = match (serves, held) {
                    (true, None) => Outcome::New,
                    // A copy that is still to come says nothing about the item.
                    (false, None) if *outcome == Outcome::Unchanged => Outcome::Unchanged,
                    _ => Outcome::Changed,
                };
                if !target.encodes {
                    item.text = None;
                }
                let vector = item.own.take();
                batch.writes.push(Write { target: number, item, vector });
            }
        }
        Ok(())
    }

    /// Encodes the texts of a batch, equal ones once, sorted by length so that calls hold texts alike.
    pub(crate) async fn encode(&self, batch: &mut Batch, lane: Lane) -> CatalogResult<()> {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, write) in batch.writes.iter().enumerate() {
            if let (Some(text), None) = (&write.item.text, &write.vector) {
                places.entry(text).or_default().push(place);
            }
        }
        let mut texts: Vec<(&str, Vec<usize>)> = places.into_iter().collect();
        texts.sort_unstable_by(|a, b| (a.0.len(), a.0).cmp(&(b.0.len(), b.0)));
        let mut vectors: Vec<(usize, Vec<f32>)> = Vec::new();
        let calls: Vec<Vec<String>> = texts
            .chunks(ENCODE_CALL)
            .map(|call| call.iter().map(|(text, _)| (*text).to_owned()).collect())
            .collect();
        let mut calls = futures::stream::iter(calls)
            .map(|call| async move { self.parts.encoder.encode(&call, lane).await })
            .buffered(CALLS_AT_ONCE);
        let mut place = texts.iter();
        while let Some(embeddings) = calls.try_next().await? {
            for (vector, (_, places)) in embeddings.rows().zip(place.by_ref()) {
                vectors.extend(places.iter().map(|place| (*place, vector.to_vec())));
            }
        }
        drop(calls);
        for (place, vector) in vectors {
            batch.writes[place].vector = Some(vector);
        }
        Ok(())
    }

    /// Hands a batch to the index. If the generations changed since it was planned, it is planned and encoded anew.
    /// Answers the generations written to, for [`Core::flush`].
    pub(crate) async fn write(&self, batch: &mut Batch, lane: Lane) -> CatalogResult<Vec<String>> {
        let gate = self.gates.of(&batch.collection);
        loop {
            let writing = gate.writing.read().await;
            let live = self.live_now(&batch.collection).await?;
            if live.epoch() == batch.live.epoch() {
                let mut indexes: Vec<String> = live.targets().map(|target| target.index.clone()).collect();
                let written = self.hand_over(&live, std::mem::take(&mut batch.writes), &gate).await?;
                indexes.retain(|index| written.contains(index));
                return Ok(indexes);
            }
            drop(writing);
            self.plan_again(batch, live).await?;
            self.encode(batch, lane).await?;
        }
    }

    async fn hand_over(&self, live: &Live, writes: Vec<Write>, gate: &Gate) -> CatalogResult<Vec<String>> {
        if live.building.is_some() {
            gate.written().extend(writes.iter().map(|write| id_hash(&write.item.id)));
        }
        let mut by_target: Vec<Vec<Document>> = live.targets().map(|_| Vec::new()).collect();
        for Write { target, item, vector } in writes {
            by_target[target].push(Document { id: item.id, source: item.source, vector, hash: item.hash });
        }
        let mut written = Vec::new();
        for (target, documents) in live.targets().zip(by_target) {
            if !documents.is_empty() {
                self.parts.index.upsert(&target.index, documents).await?;
                written.push(target.index.clone());
            }
        }
        Ok(written)
    }

    /// Removes items from every generation.
    pub(crate) async fn remove(&self, collection: &str, ids: &[String]) -> CatalogResult<Vec<String>> {
        let gate = self.gates.of(collection);
        let _writing = gate.writing.read().await;
        let live = self.live_now(collection).await?;
        if live.building.is_some() {
            gate.written().extend(ids.iter().map(|id| id_hash(id)));
        }
        let mut written = Vec::new();
        for target in live.targets() {
            self.parts.index.delete(&target.index, ids).await?;
            written.push(target.index.clone());
        }
        Ok(written)
    }

    /// Makes writes to these generations durable and visible, the newest generation first. One that has been
    /// replaced meanwhile was flushed before that.
    pub(crate) async fn flush(&self, collection: &str, indexes: &[String]) -> CatalogResult<()> {
        let mut newest_first: Vec<&String> = indexes.iter().collect();
        newest_first.sort_by_key(|index| std::cmp::Reverse(number_of(collection, index)));
        for index in newest_first {
            match self.parts.index.flush(index).await {
                Err(error) if error.kind() == catalejo_port::ErrorKind::NotFound => {
                    self.live_now(collection).await?;
                }
                flushed => drop(flushed?),
            }
        }
        Ok(())
    }
}

/// A hash of an id for sets that only this process reads.
pub(crate) fn id_hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

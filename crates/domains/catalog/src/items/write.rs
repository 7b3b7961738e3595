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
use serde_json::{Map, Value as Json};

use super::prepare::Prepared;
use super::refusal::Refusal;
use crate::CatalogResult;
use crate::catalog::Core;
use crate::collections::{Gate, Live, number_of};

/// Texts in one call to the encoder.
const ENCODE_CALL: usize = 256;

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

impl Batch {
    /// How many texts are still to be encoded.
    pub(crate) fn texts(&self) -> usize {
        self.writes.iter().filter(|write| write.vector.is_none() && write.item.text.is_some()).count()
    }
}

impl Core {
    /// Types raw items and leaves out what every generation holds already.
    pub(crate) async fn plan(&self, collection: &str, items: Vec<Map<String, Json>>) -> CatalogResult<Batch> {
        let live = self.live(collection).await?;
        let mut batch = Batch {
            collection: collection.to_owned(),
            outcomes: Vec::new(),
            writes: Vec::new(),
            items,
            live,
        };
        self.plan_again(&mut batch).await?;
        Ok(batch)
    }

    async fn plan_again(&self, batch: &mut Batch) -> CatalogResult<()> {
        let live = batch.live.clone();
        let wanted = live.targets().next().expect("a collection has a generation that serves");
        let mut typed: Vec<Option<Prepared>> = Vec::with_capacity(batch.items.len());
        batch.outcomes.clear();
        batch.writes.clear();
        for item in &batch.items {
            match wanted.compiled.prepare(item, wanted.fingerprint(), wanted.dimensions()) {
                Ok(prepared) => {
                    typed.push(Some(prepared));
                    batch.outcomes.push(Outcome::Unchanged);
                }
                Err(refusal) => {
                    typed.push(None);
                    batch.outcomes.push(Outcome::Refused(refusal));
                }
            }
        }
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
        for call in texts.chunks(ENCODE_CALL) {
            let words: Vec<String> = call.iter().map(|(text, _)| (*text).to_owned()).collect();
            let embeddings = self.parts.encoder.encode(&words, lane).await?;
            for ((_, places), vector) in call.iter().zip(embeddings.rows()) {
                vectors.extend(places.iter().map(|place| (*place, vector.to_vec())));
            }
        }
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
            batch.live = live;
            self.plan_again(batch).await?;
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

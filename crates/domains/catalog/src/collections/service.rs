use std::sync::Arc;

use catalejo_runs::{NewRun, RunKind, RunQuery, RunState};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::live::{Live, Stamp, index_name};
use super::{Compiled, Definition, entity};
use crate::catalog::Core;
use crate::{CatalogError, CatalogResult};

/// Creates, changes, shows and deletes collections.
#[derive(Clone)]
pub struct Collections {
    pub(crate) core: Arc<Core>,
}

/// Whether a collection is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CollectionState {
    /// Its items are indexed by its definition and the present model.
    Ready,
    /// A new generation is due or being filled; the old one serves until then.
    Reindexing,
}

/// A collection as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Collection {
    /// Its name.
    pub name: String,
    /// Its definition.
    pub definition: Definition,
    /// Whether the binary brought it.
    pub built_in: bool,
    /// Whether it is as it should be.
    pub state: CollectionState,
    /// Items that can be found.
    pub items: u64,
    /// Raised by every commit that changed something; never falls.
    pub version: u64,
    /// The number of the generation that serves.
    pub generation: i32,
    /// What fills its vectors; absent when it has none.
    pub model: Option<Stamp>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its definition last changed.
    pub updated_at: DateTime<Utc>,
}

/// What [`Collections::put`] did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PutOutcome {
    /// The collection as it stands now.
    pub collection: Collection,
    /// Whether it is new.
    pub created: bool,
    /// The run that fills a new generation, when the change calls for one.
    pub run: Option<String>,
}

impl Collections {
    /// All collections, by name.
    pub async fn list(&self) -> CatalogResult<Vec<Collection>> {
        let rows = entity::Entity::find()
            .filter(entity::Column::Deleting.eq(false))
            .order_by_asc(entity::Column::Name)
            .limit(10_000)
            .all(self.core.parts.store.db())
            .await?;
        let mut collections = Vec::with_capacity(rows.len());
        for row in rows {
            collections.push(self.get(&row.name).await?);
        }
        Ok(collections)
    }

    /// One collection.
    pub async fn get(&self, name: &str) -> CatalogResult<Collection> {
        let live = self.core.live_now(name).await?;
        self.show(&live).await
    }

    /// Checks a definition against every rule and the present model without creating anything.
    pub fn validate(&self, definition: &Definition) -> CatalogResult<()> {
        let compiled = Compiled::new(definition.clone())?;
        Stamp::of(&compiled.definition, self.core.parts.encoder.model()).map(|_| ())
    }

    /// Creates the collection, or changes its definition. A change that concerns the index is a run of kind
    /// `reindex`: the old generation serves, and takes writes, until the new one is complete.
    pub async fn put(&self, definition: Definition) -> CatalogResult<PutOutcome> {
        self.put_as(definition, false).await
    }

    /// Creates the collection if no collection has its name; for those that the binary brings.
    pub async fn ensure(&self, definition: Definition) -> CatalogResult<Collection> {
        match self.get(&definition.name).await {
            Err(CatalogError::UnknownCollection(_)) => Ok(self.put_as(definition, true).await?.collection),
            known => known,
        }
    }

    /// Deletes the collection with all its items, files' records and rejections. Sources that fill it must go first.
    pub async fn delete(&self, name: &str) -> CatalogResult<()> {
        let core = &self.core;
        let gate = core.gates.of(name);
        let _changing = gate.changing.lock().await;
        let live = core.live_now(name).await?;
        if let Some(source) = crate::sources::filling(core, name).await? {
            let message = format!("the source {source:?} fills the collection {name:?}; delete it first");
            return Err(CatalogError::Conflict { message, run: None });
        }
        let _alone = gate.writing.write().await;
        let txn = core.parts.store.begin().await?;
        let row = entity::Model { deleting: true, ..live.row.clone() };
        entity::Entity::update(entity::ActiveModel::from(row).reset_all()).exec(&txn).await?;
        crate::ingest::forget_collection(&txn, name).await?;
        txn.commit().await?;
        core.live.forget(name);
        crate::fault::point("collection.deleting");
        core.finish_deletion(name).await
    }

    /// Queues a new generation, for example to repair one. Answers the run.
    pub async fn reindex(&self, name: &str) -> CatalogResult<String> {
        let core = &self.core;
        let gate = core.gates.of(name);
        let _changing = gate.changing.lock().await;
        let mut row = core.live_now(name).await?.row.clone();
        row.revision += 1;
        core.save_row(row).await?;
        core.queue_reindex(name).await
    }

    async fn put_as(&self, definition: Definition, built_in: bool) -> CatalogResult<PutOutcome> {
        let core = &self.core;
        let compiled = Compiled::new(definition)?;
        let stamp = Stamp::of(&compiled.definition, core.parts.encoder.model())?;
        let name = compiled.definition.name.clone();
        let gate = core.gates.of(&name);
        let changing = gate.changing.lock().await;
        let known = match core.live_now(&name).await {
            Err(CatalogError::UnknownCollection(_)) => None,
            known => Some(known?),
        };
        let Some(live) = known else {
            core.create_collection(&compiled, stamp, built_in).await?;
            return Ok(PutOutcome { collection: self.get(&name).await?, created: true, run: None });
        };
        let run = core.change_collection(&live, &compiled, stamp.as_ref()).await?;
        drop(changing);
        if let Some(run) = &run {
            core.reindex_if_empty(&name, run).await?;
        }
        Ok(PutOutcome { collection: self.get(&name).await?, created: false, run })
    }

    async fn show(&self, live: &Live) -> CatalogResult<Collection> {
        let row = &live.row;
        let info = self.core.parts.index.info(&row.name).await?;
        let definition: Definition = serde_json::from_str(&row.definition).map_err(|error| {
            catalejo_port::PortError::corrupt(format!("store: collection {}", row.name)).with_source(error)
        })?;
        let wanted = Stamp::of(&definition, self.core.parts.encoder.model()).ok().flatten();
        let ready =
            row.building.is_none() && row.revision == row.serving_revision && live.serving.stamp == wanted;
        Ok(Collection {
            name: row.name.clone(),
            definition,
            built_in: row.built_in,
            state: if ready { CollectionState::Ready } else { CollectionState::Reindexing },
            items: info.items,
            version: info.version,
            generation: row.generation,
            model: live.serving.stamp.clone(),
            created_at: DateTime::from_timestamp_millis(row.created_at).unwrap_or_default(),
            updated_at: DateTime::from_timestamp_millis(row.updated_at).unwrap_or_default(),
        })
    }
}

impl Core {
    async fn create_collection(
        &self,
        compiled: &Compiled,
        stamp: Option<Stamp>,
        built_in: bool,
    ) -> CatalogResult<()> {
        let name = &compiled.definition.name;
        self.finish_deletion(name).await?;
        let number = self.next_generation(name).await?;
        let index = index_name(name, number);
        let schema =
            compiled.schema(stamp.as_ref().map(|stamp| (stamp.fingerprint.as_str(), stamp.dimensions)));
        self.parts.index.create(&index, &schema).await?;
        self.parts.index.point(name, &index).await?;
        let now = Utc::now().timestamp_millis();
        let text = to_json(&compiled.definition)?;
        let row = entity::Model {
            name: name.clone(),
            definition: text.clone(),
            revision: 1,
            built_in,
            generation: number,
            serving_definition: text,
            serving_revision: 1,
            serving_model: stamp.as_ref().map(to_json).transpose()?,
            building: None,
            building_revision: None,
            building_model: None,
            building_cursor: None,
            deleting: false,
            created_at: now,
            updated_at: now,
        };
        let txn = self.parts.store.begin().await?;
        entity::Entity::insert(entity::ActiveModel::from(row).reset_all())
            .exec_without_returning(&txn)
            .await?;
        txn.commit().await?;
        self.live.forget(name);
        Ok(())
    }

    async fn change_collection(
        &self,
        live: &Live,
        compiled: &Compiled,
        stamp: Option<&Stamp>,
    ) -> CatalogResult<Option<String>> {
        let mut row = live.row.clone();
        let text = to_json(&compiled.definition)?;
        let wanted: Definition = serde_json::from_str(&row.definition).map_err(|error| {
            catalejo_port::PortError::corrupt(format!("store: collection {}", row.name)).with_source(error)
        })?;
        let differs = wanted.indexes_differently(&compiled.definition);
        if text != row.definition {
            row.updated_at = Utc::now().timestamp_millis();
        }
        row.definition.clone_from(&text);
        if differs {
            row.revision += 1;
        } else if row.revision == row.serving_revision {
            row.serving_definition = text;
        }
        let due = row.revision != row.serving_revision || live.serving.stamp.as_ref() != stamp;
        let name = row.name.clone();
        self.save_row(row).await?;
        if due { self.queue_reindex(&name).await.map(Some) } else { Ok(None) }
    }

    /// Removes what a deleted collection of this name has left, also after a crash in the middle of it.
    pub(crate) async fn finish_deletion(&self, name: &str) -> CatalogResult<()> {
        self.parts.index.unpoint(name).await?;
        for index in self.generations(name).await? {
            self.parts.index.remove(&index).await?;
        }
        let txn = self.parts.store.begin().await?;
        entity::Entity::delete_by_id(name).exec(&txn).await?;
        txn.commit().await?;
        Ok(())
    }

    /// Writes a collection's row; the caller holds the gate's `changing`.
    pub(crate) async fn save_row(&self, row: entity::Model) -> CatalogResult<()> {
        let name = row.name.clone();
        let txn = self.parts.store.begin().await?;
        entity::Entity::update(entity::ActiveModel::from(row).reset_all()).exec(&txn).await?;
        txn.commit().await?;
        self.live.forget(&name);
        Ok(())
    }

    /// The re-index run of the collection that is queued or running, or a new one.
    pub(crate) async fn queue_reindex(&self, name: &str) -> CatalogResult<String> {
        for state in [RunState::Queued, RunState::Running] {
            let query = RunQuery {
                state: Some(state),
                kind: Some(RunKind::Reindex),
                collection: Some(name.to_owned()),
                ..RunQuery::default()
            };
            if let Some(run) =
                self.runs.list(&query).await?.items.into_iter().find(|run| !run.cancel_requested)
            {
                return Ok(run.id);
            }
        }
        let run = self.runs.create(NewRun::new(RunKind::Reindex, name).collection(name)).await?;
        self.reindex_bell.notify_one();
        Ok(run.id)
    }

    /// The names of a collection's indexes, whichever generation.
    pub(crate) async fn generations(&self, name: &str) -> CatalogResult<Vec<String>> {
        let indexes = self.parts.index.list().await?;
        Ok(indexes
            .into_iter()
            .map(|info| info.name)
            .filter(|index| number_of(name, index).is_some())
            .collect())
    }

    /// A number that no index of the collection has.
    pub(crate) async fn next_generation(&self, name: &str) -> CatalogResult<i32> {
        let taken = self.generations(name).await?;
        Ok(taken.iter().filter_map(|index| number_of(name, index)).max().unwrap_or(0) + 1)
    }
}

/// The number in the name of a collection's index.
pub(crate) fn number_of(collection: &str, index: &str) -> Option<i32> {
    index.strip_prefix(collection)?.strip_prefix('-')?.parse().ok()
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> CatalogResult<String> {
    serde_json::to_string(value)
        .map_err(|error| catalejo_port::PortError::internal("cannot write JSON").with_source(error).into())
}

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use catalejo_encoder::ModelInfo;
use catalejo_port::PortError;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use tokio::sync::RwLock;

use super::entity;
use super::{Compiled, Definition};
use crate::catalog::Core;
use crate::items::Refusal;
use crate::items::prepare::Prepared;
use crate::{CatalogError, CatalogResult};

/// How long a collection's row is believed without a look, by readers.
const FRESH: Duration = Duration::from_secs(1);

/// What fills the vectors of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The model's name for people; `own` when rows bring their vectors.
    pub name: String,
    /// Equal fingerprints give equal vectors.
    pub fingerprint: String,
    /// Components of a vector.
    pub dimensions: usize,
}

impl Stamp {
    /// What fills the vectors of `definition` with this encoder's model; `None` when there are no vectors.
    pub(crate) fn of(definition: &Definition, model: &ModelInfo) -> CatalogResult<Option<Self>> {
        let Some(embed) = &definition.embed else { return Ok(None) };
        if embed.text.is_some() {
            if embed.dimensions.is_some_and(|wanted| wanted != model.dimensions) {
                let reason =
                    format!("the model {} makes vectors of {} components", model.name, model.dimensions);
                return Err(CatalogError::definition("embed.dimensions", reason));
            }
            return Ok(Some(Self {
                name: model.name.clone(),
                fingerprint: model.fingerprint.clone(),
                dimensions: model.dimensions,
            }));
        }
        let own = |dimensions| Self { name: "own".into(), fingerprint: "own".into(), dimensions };
        Ok(embed.dimensions.map(own))
    }
}

/// One generation of a collection, as writers need it.
#[derive(Debug)]
pub(crate) struct Target {
    /// The index's own name.
    pub(crate) index: String,
    pub(crate) compiled: Compiled,
    pub(crate) stamp: Option<Stamp>,
    /// Whether this process's encoder makes this generation's vectors.
    pub(crate) encodes: bool,
}

impl Target {
    pub(crate) fn fingerprint(&self) -> &str {
        self.stamp.as_ref().map_or("", |stamp| &stamp.fingerprint)
    }

    /// Types one raw item for this generation.
    pub(crate) fn prepare(&self, raw: &Map<String, Json>) -> Result<Prepared, Refusal> {
        self.compiled.prepare(raw, self.fingerprint(), self.dimensions())
    }

    pub(crate) fn dimensions(&self) -> Option<usize> {
        self.stamp.as_ref().map(|stamp| stamp.dimensions)
    }
}

/// A collection as it stands: the generation that serves and the one that is being filled.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) row: entity::Model,
    pub(crate) serving: Target,
    pub(crate) building: Option<Target>,
}

impl Live {
    /// Changes whenever writers have to look at their work anew.
    pub(crate) fn epoch(&self) -> (i32, Option<i32>) {
        (self.row.generation, self.row.building)
    }

    /// The generation with the wanted definition: the one that is being filled, or the one that serves.
    pub(crate) fn wanted(&self) -> &Target {
        self.building.as_ref().unwrap_or(&self.serving)
    }

    /// The generations to write to, the one with the wanted definition first.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.building.iter().chain([&self.serving])
    }
}

/// Collections as they stood a moment ago, for readers.
#[derive(Debug, Default)]
pub(crate) struct LiveCache(Mutex<HashMap<String, (Instant, Arc<Live>)>>);

impl LiveCache {
    fn map(&self) -> MutexGuard<'_, HashMap<String, (Instant, Arc<Live>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forget(&self, name: &str) {
        self.map().remove(name);
    }
}

/// What keeps writers and the re-indexing of one collection from losing each other's work, in this process.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Held shared by who writes, alone by who changes the generations or copies into a new one.
    pub(crate) writing: RwLock<()>,
    /// Held by who changes the collection's row.
    pub(crate) changing: tokio::sync::Mutex<()>,
    /// Hashes of the ids written since the new generation was begun: copies of them are out of date.
    pub(crate) written: Mutex<HashSet<u64>>,
}

impl Gate {
    pub(crate) fn written(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<HashMap<String, Arc<Gate>>>);

impl Gates {
    pub(crate) fn of(&self, collection: &str) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(collection.to_owned()).or_default().clone()
    }
}

impl Core {
    /// The collection as it stood at most a second ago.
    pub(crate) async fn live(&self, name: &str) -> CatalogResult<Arc<Live>> {
        let known = self.live.map().get(name).cloned();
        match known {
            Some((at, live)) if at.elapsed() < FRESH => Ok(live),
            _ => self.live_now(name).await,
        }
    }

    /// The collection as it stands now.
    pub(crate) async fn live_now(&self, name: &str) -> CatalogResult<Arc<Live>> {
        let row = entity::Entity::find_by_id(name).one(self.parts.store.db()).await?;
        let Some(row) = row.filter(|row| !row.deleting) else {
            self.live.forget(name);
            return Err(CatalogError::UnknownCollection(name.to_owned()));
        };
        let known = self.live.map().get(name).map(|(_, live)| live.clone());
        let live = match known {
            Some(live) if live.row == row => live,
            _ => Arc::new(self.read_row(row)?),
        };
        self.live.map().insert(name.to_owned(), (Instant::now(), live.clone()));
        Ok(live)
    }

    fn read_row(&self, row: entity::Model) -> CatalogResult<Live> {
        let serving =
            self.target(&row.name, row.generation, &row.serving_definition, row.serving_model.as_deref())?;
        let building = row
            .building
            .map(|number| self.target(&row.name, number, &row.definition, row.building_model.as_deref()))
            .transpose()?;
        Ok(Live { row, serving, building })
    }

    fn target(
        &self,
        name: &str,
        number: i32,
        definition: &str,
        stamp: Option<&str>,
    ) -> CatalogResult<Target> {
        let corrupt = |error| {
            PortError::corrupt(format!("store: collection {name}: cannot be read")).with_source(error)
        };
        let definition: Definition = serde_json::from_str(definition).map_err(corrupt)?;
        let stamp: Option<Stamp> = stamp.map(serde_json::from_str).transpose().map_err(corrupt)?;
        let compiled = Compiled::new(definition)?;
        let model = &self.parts.encoder.model().fingerprint;
        let encodes =
            compiled.template.is_some() && stamp.as_ref().is_some_and(|stamp| stamp.fingerprint == *model);
        Ok(Target { index: index_name(name, number), compiled, stamp, encodes })
    }
}

/// The name of a generation's index.
pub(crate) fn index_name(collection: &str, number: i32) -> String {
    format!("{collection}-{number}")
}

//! Which indexes and aliases there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalejo_port::{PortError, PortResult};

use super::alias::Aliases;
use super::collection::Collection;

/// All indexes, open, and the aliases.
#[derive(Debug, Default)]
pub(super) struct Registry {
    pub collections: BTreeMap<String, Arc<Collection>>,
    pub aliases: Aliases,
}

impl Registry {
    /// The index behind a name or alias, and what to add to its version.
    pub fn resolve(&self, name: &str) -> PortResult<(Arc<Collection>, u64)> {
        if let Some(collection) = self.collections.get(name) {
            return Ok((collection.clone(), 0));
        }
        let found = self.aliases.resolve(name);
        let found = found.and_then(|(index, offset)| Some((self.collections.get(index)?.clone(), offset)));
        found.ok_or_else(|| PortError::not_found(format!("there is no index or alias `{name}`")))
    }

    /// The version an alias shows now, or showed last.
    pub fn seen(&self, alias: &str) -> u64 {
        match self.resolve(alias) {
            Ok((collection, offset)) => collection.view.load().version + offset,
            Err(_) => self.aliases.last_seen(alias),
        }
    }
}

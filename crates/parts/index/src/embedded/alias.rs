//! Which alias points at which index, in one file that is replaced whole.

use std::collections::BTreeMap;
use std::path::Path;

use catalejo_port::{PortError, PortResult};
use serde::{Deserialize, Serialize};

use super::files::{damaged, read_json, write_json};

/// The format of the whole `index` folder.
const FORMAT: u32 = 1;

/// The file's name.
pub(super) const FILE: &str = "aliases.json";

/// All aliases that ever were.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Aliases {
    format: u32,
    aliases: BTreeMap<String, Alias>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Alias {
    /// `None` when it was removed; the rest is kept so that its version never falls.
    index: Option<String>,
    /// Added to the index's version.
    offset: u64,
}

impl Default for Aliases {
    fn default() -> Self {
        Self { format: FORMAT, aliases: BTreeMap::new() }
    }
}

impl Aliases {
    /// Reads the file of a folder; an empty folder has no aliases.
    pub fn read(folder: &Path) -> PortResult<Self> {
        let path = folder.join(FILE);
        let found: Option<Self> = read_json(&path)?;
        match found {
            Some(aliases) if aliases.format > FORMAT => Err(PortError::unsupported(format!(
                "{}: format {} is newer than this program, which knows {FORMAT}; use a newer one",
                path.display(),
                aliases.format
            ))),
            Some(aliases) if aliases.format == 0 => Err(damaged(&path, "it has no format")),
            Some(aliases) => Ok(aliases),
            None => Ok(Self::default()),
        }
    }

    /// Replaces the file of a folder.
    pub fn write(&self, folder: &Path) -> PortResult<()> {
        write_json(&folder.join(FILE), self)
    }

    /// The index behind an alias and what to add to its version.
    pub fn resolve(&self, alias: &str) -> Option<(&str, u64)> {
        let alias = self.aliases.get(alias)?;
        Some((alias.index.as_deref()?, alias.offset))
    }

    /// Aliases that point somewhere, with the index they point at.
    pub fn pointing(&self) -> impl Iterator<Item = (&str, &str)> {
        self.aliases.iter().filter_map(|(name, alias)| Some((name.as_str(), alias.index.as_deref()?)))
    }

    /// The aliases of an index.
    pub fn of(&self, index: &str) -> Vec<String> {
        self.pointing().filter(|(_, target)| *target == index).map(|(alias, _)| alias.to_owned()).collect()
    }

    /// Points an alias at an index. `seen` is the version it showed last, `version` that of the index: what it shows
    /// from now on is above the first.
    pub fn point(&mut self, alias: &str, index: &str, seen: u64, version: u64) -> Option<String> {
        let entry = self.aliases.entry(alias.to_owned()).or_default();
        if entry.index.as_deref() == Some(index) {
            return Some(index.to_owned());
        }
        entry.offset = if seen == 0 { 0 } else { (seen + 1).saturating_sub(version) };
        entry.index.replace(index.to_owned())
    }

    /// Takes an alias away, remembering the version it showed; answers whether it was there.
    pub fn unpoint(&mut self, alias: &str, seen: u64) -> bool {
        let Some(entry) = self.aliases.get_mut(alias) else { return false };
        entry.offset = entry.offset.max(seen);
        entry.index.take().is_some()
    }

    /// The version a removed alias showed last.
    pub fn last_seen(&self, alias: &str) -> u64 {
        self.aliases.get(alias).map_or(0, |alias| alias.offset)
    }
}

//! The embedded backend: documents, words, filters and facets in tantivy, vectors in segments of our own beside it.
//!
//! ```text
//! <folder>/aliases.json            which alias points where, and the format
//! <folder>/<index>/schema.json     what the index holds
//! <folder>/<index>/tantivy/        documents, words, columns; its commit names the files of vectors/
//! <folder>/<index>/vectors/        vector segments and the rows that are dead in them
//! ```
//! A commit writes and syncs the vectors first; then tantivy's own commit, whose payload names them, makes all of it
//! valid at once. Whatever no commit names is removed at the next start. So a crash leaves exactly the last commit.

mod alias;
mod collection;
mod commit;
mod document;
mod facets;
mod fields;
mod files;
mod filter_query;
mod folder;
mod fusion;
mod highlight;
mod merging;
mod passing;
mod registry;
mod resting;
mod scan;
mod search;
mod snapshot;
mod text;
mod verify;
mod view;
mod words;
mod writer;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use catalejo_port::{PortError, PortResult};
use parking_lot::RwLock;
use tokio::sync::{OwnedMutexGuard, Semaphore};

use self::alias::Aliases;
use self::collection::{Collection, index_names, remove_folder};
use self::registry::Registry;
use self::resting::attend;
use self::snapshot::Snapshot;
use self::writer::Writer;
use crate::{Answer, Document, Filter, Index, IndexInfo, Schema, Search};

pub use self::verify::{Counts, verify};

/// Reads, and writes, under way at once for each processor. More only wait on each other and hold memory.
const WORK_PER_PROCESSOR: usize = 2;

/// The index in a folder of this machine. The folder has one owner at a time; that is the caller's to ensure.
///
/// Vectors are kept normalised and come back so. When a write fails, for want of disk space say, what was not flushed is
/// lost; since those who wrote it may flush later, that index refuses all writes and flushes until it is opened again.
#[derive(Debug)]
pub struct EmbeddedIndex {
    root: PathBuf,
    registry: RwLock<Registry>,
    /// Held by whoever changes the registry.
    changing: tokio::sync::Mutex<()>,
    reads: Arc<Semaphore>,
    /// Apart from the reads, so that an ingest into many indexes does not hold up searches.
    writes: Arc<Semaphore>,
}

impl EmbeddedIndex {
    /// Opens the folder, creating it where it is missing, at the last commit of every index in it.
    pub fn open(root: &Path) -> PortResult<Self> {
        fs::create_dir_all(root).map_err(files::at(root))?;
        remove_leftovers(root)?;
        let aliases = Aliases::read(root)?;
        let open = |name: String| Ok((name.clone(), Arc::new(Collection::open(root, &name)?)));
        let collections = index_names(root)?.into_iter().map(open).collect::<PortResult<_>>()?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            root: root.to_owned(),
            registry: RwLock::new(Registry { collections, aliases }),
            changing: tokio::sync::Mutex::new(()),
            reads: Arc::new(Semaphore::new(processors * WORK_PER_PROCESSOR)),
            writes: Arc::new(Semaphore::new(processors * WORK_PER_PROCESSOR)),
        })
    }

    /// The index behind a name or alias, and what to add to its version.
    fn resolve(&self, name: &str) -> PortResult<(Arc<Collection>, u64)> {
        self.registry.read().resolve(name)
    }

    /// Reads on a thread of its own; a bounded number do at once.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> PortResult<T> + Send + 'static,
    ) -> PortResult<T> {
        blocking(&self.reads, work).await
    }

    /// Runs a change with the only writer of an index. Once begun it ends, even when nobody waits for it any more.
    async fn write<T: Send + 'static>(
        &self,
        home: Arc<Collection>,
        change: impl FnOnce(&mut Writer, &Arc<Collection>) -> PortResult<T> + Send + 'static,
    ) -> PortResult<T> {
        let mut writer: OwnedMutexGuard<Writer> = home.writer.clone().lock_owned().await;
        attend(&home);
        blocking(&self.writes, move || change(&mut writer, &home)).await
    }

    /// Changes the registry: in memory and, first, on disk.
    async fn change<T: Send + 'static>(
        &self,
        aliases: Aliases,
        then: impl FnOnce(&mut Registry) -> T,
    ) -> PortResult<T> {
        let (root, written) = (self.root.clone(), aliases.clone());
        blocking(&self.writes, move || written.write(&root)).await?;
        let mut registry = self.registry.write();
        registry.aliases = aliases;
        Ok(then(&mut registry))
    }
}

/// Runs heavy work on a thread of its own when its turn comes; once begun it ends.
async fn blocking<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> PortResult<T> + Send + 'static,
) -> PortResult<T> {
    let turn = turns.clone().acquire_owned().await;
    let turn = turn.map_err(|e| PortError::internal("the index is closed").with_source(e))?;
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.map_err(|e| PortError::internal("the index failed while working").with_source(e))?
}

impl Drop for EmbeddedIndex {
    fn drop(&mut self) {
        for collection in self.registry.get_mut().collections.values() {
            collection.closed.store(true, Ordering::Release);
        }
    }
}

/// Removes folders whose creation or removal a crash cut short, and a restored snapshot's list of files.
fn remove_leftovers(root: &Path) -> PortResult<()> {
    for entry in fs::read_dir(root).map_err(files::at(root))? {
        let entry = entry.map_err(files::at(root))?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(".new-") || name.starts_with(".old-")) {
            remove_folder(&entry.path())?;
        }
        // it describes a snapshot, which this no longer is
        if name == snapshot::MANIFEST {
            fs::remove_file(entry.path()).map_err(files::at(&entry.path()))?;
        }
    }
    Ok(())
}

fn check_name(name: &str) -> PortResult<()> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if (1..=80).contains(&name.len()) && name.chars().all(known) {
        return Ok(());
    }
    let shown: String = name.chars().take(100).collect();
    Err(PortError::invalid(format!("`{shown}` is no index name: 1 to 80 of a-z, 0-9, _ and -")))
}

fn info(name: &str, home: &Collection, aliases: Vec<String>, offset: u64) -> IndexInfo {
    let view = home.view.load();
    IndexInfo {
        name: name.to_owned(),
        aliases,
        schema: home.schema.clone(),
        items: view.len(),
        version: view.version + offset,
        bytes: Some(files::size(&home.folder)),
    }
}

#[async_trait]
impl Index for EmbeddedIndex {
    async fn create(&self, name: &str, schema: &Schema) -> PortResult<()> {
        check_name(name)?;
        fields::check_schema(schema)?;
        let _changing = self.changing.lock().await;
        {
            let registry = self.registry.read();
            if registry.aliases.resolve(name).is_some() {
                return Err(PortError::already_exists(format!("`{name}` is an alias already")));
            }
            match registry.collections.get(name) {
                Some(existing) if existing.schema == *schema => return Ok(()),
                Some(_) => {
                    let message = format!("the index `{name}` exists already, with another schema");
                    return Err(PortError::already_exists(message));
                }
                None => {}
            }
        }
        let (root, owned, schema) = (self.root.clone(), name.to_owned(), schema.clone());
        let created = blocking(&self.writes, move || Collection::create(&root, &owned, &schema)).await?;
        self.registry.write().collections.insert(name.to_owned(), Arc::new(created));
        Ok(())
    }

    async fn remove(&self, name: &str) -> PortResult<()> {
        let _changing = self.changing.lock().await;
        let home = {
            let mut registry = self.registry.write();
            if let Some(alias) = registry.aliases.of(name).first() {
                return Err(PortError::conflict(format!("the alias `{alias}` points at the index `{name}`")));
            }
            let Some(home) = registry.collections.remove(name) else { return Ok(()) };
            home
        };
        home.closed.store(true, Ordering::Release);
        let mut writer = home.writer.clone().lock_owned().await;
        let root = self.root.clone();
        blocking(&self.writes, move || {
            writer.close();
            let leaving = root.join(format!(".old-{}", home.name));
            remove_folder(&leaving)?;
            fs::rename(&home.folder, &leaving).map_err(files::at(&home.folder))?;
            files::sync_folder(&root)?;
            remove_folder(&leaving)
        })
        .await
    }

    async fn point(&self, alias: &str, name: &str) -> PortResult<Option<String>> {
        check_name(alias)?;
        let _changing = self.changing.lock().await;
        let (mut aliases, seen, target) = {
            let registry = self.registry.read();
            if registry.collections.contains_key(alias) {
                return Err(PortError::already_exists(format!("`{alias}` is an index already")));
            }
            let target = registry.collections.get(name).cloned();
            let target = target.ok_or_else(|| PortError::not_found(format!("there is no index `{name}`")))?;
            (registry.aliases.clone(), registry.seen(alias), target)
        };
        let before = aliases.point(alias, name, seen, target.view.load().version);
        self.change(aliases, |_| before).await
    }

    async fn unpoint(&self, alias: &str) -> PortResult<()> {
        let _changing = self.changing.lock().await;
        let (mut aliases, seen) = {
            let registry = self.registry.read();
            (registry.aliases.clone(), registry.seen(alias))
        };
        if aliases.unpoint(alias, seen) { self.change(aliases, |_| ()).await } else { Ok(()) }
    }

    async fn list(&self) -> PortResult<Vec<IndexInfo>> {
        let homes: Vec<(Arc<Collection>, Vec<String>)> = {
            let registry = self.registry.read();
            let aliases = &registry.aliases;
            registry.collections.values().map(|home| (home.clone(), aliases.of(&home.name))).collect()
        };
        self.read(move || {
            Ok(homes.into_iter().map(|(home, aliases)| info(&home.name, &home, aliases, 0)).collect())
        })
        .await
    }

    async fn info(&self, name: &str) -> PortResult<IndexInfo> {
        let (home, offset, aliases) = {
            let registry = self.registry.read();
            let (home, offset) = registry.resolve(name)?;
            let aliases = registry.aliases.of(&home.name);
            (home, offset, aliases)
        };
        self.read(move || Ok(info(&home.name, &home, aliases, offset))).await
    }

    async fn version(&self, name: &str) -> PortResult<u64> {
        let (home, offset) = self.resolve(name)?;
        Ok(home.view.load().version + offset)
    }

    async fn upsert(&self, name: &str, documents: Vec<Document>) -> PortResult<()> {
        let (home, _) = self.resolve(name)?;
        self.write(home, move |writer, home| writer.upsert(home, &documents)).await
    }

    async fn delete(&self, name: &str, ids: &[String]) -> PortResult<()> {
        let (home, _) = self.resolve(name)?;
        let ids = ids.to_vec();
        self.write(home, move |writer, home| writer.delete(home, &ids)).await
    }

    async fn flush(&self, name: &str) -> PortResult<u64> {
        let (home, offset) = self.resolve(name)?;
        // whoever waits here lets the writes pass that wait for the commit under way, and then shares theirs
        let _turn = home.next_commit.lock().await;
        let flush = |writer: &mut Writer, home: &Arc<Collection>| {
            let version = writer.flush(home)?;
            merging::consider(home);
            Ok(version)
        };
        Ok(self.write(home.clone(), flush).await? + offset)
    }

    async fn get(&self, name: &str, ids: &[String], vectors: bool) -> PortResult<Vec<Option<Document>>> {
        let view = self.resolve(name)?.0.view.load_full();
        let ids = ids.to_vec();
        self.read(move || view.get(&ids, vectors)).await
    }

    async fn hashes(&self, name: &str, ids: &[String]) -> PortResult<Vec<Option<u64>>> {
        let view = self.resolve(name)?.0.view.load_full();
        let ids = ids.to_vec();
        self.read(move || view.hashes(&ids)).await
    }

    async fn scan(
        &self,
        name: &str,
        after: Option<&str>,
        limit: usize,
        filter: Option<&Filter>,
        vectors: bool,
    ) -> PortResult<Vec<Document>> {
        let (home, _) = self.resolve(name)?;
        let (after, filter) = (after.map(str::to_owned), filter.cloned());
        self.read(move || home.scan(after.as_deref(), limit, filter.as_ref(), vectors)).await
    }

    async fn search(&self, name: &str, search: &Search) -> PortResult<Answer> {
        let (home, offset) = self.resolve(name)?;
        let search = search.clone();
        self.read(move || {
            let view = home.view.load_full();
            let (schema, passing) = (&home.schema, &home.passing);
            let mut answer = search::Searching { view: &view, schema, passing, search: &search }.answer()?;
            answer.version += offset;
            Ok(answer)
        })
        .await
    }

    async fn snapshot(&self, to: &Path) -> PortResult<()> {
        // indexes and aliases stay as they are meanwhile; documents may change
        let _changing = self.changing.lock().await;
        let (homes, aliases): (Vec<_>, _) = {
            let registry = self.registry.read();
            (registry.collections.values().cloned().collect(), registry.aliases.clone())
        };
        let to = to.to_owned();
        self.read(move || {
            let mut snapshot = Snapshot::start(&to)?;
            homes.iter().try_for_each(|home| snapshot.add(home))?;
            snapshot.finish(&aliases)
        })
        .await
    }

    async fn ping(&self) -> PortResult<()> {
        let root = self.root.clone();
        self.read(move || fs::read_dir(&root).map(drop).map_err(files::at(&root))).await
    }
}

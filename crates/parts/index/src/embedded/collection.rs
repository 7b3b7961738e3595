//! One index on disk: its folder, its present view, its writer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use catalejo_port::{PortError, PortResult};
use catalejo_vectors::SegmentView;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use tantivy::{Index as Engine, IndexReader, IndexSettings, ReloadPolicy, TantivyError};

use super::commit::Commit;
use super::fields::Fields;
use super::files::{at, damaged, engine, read_json, sync_folder, write_json};
use super::folder::Folder;
use super::passing::PassingCache;
use super::scan::in_order;
use super::text::tokenizers;
use super::view::View;
use super::writer::Writer;
use crate::{Document, Filter, Schema};

const SCHEMA: &str = "schema.json";
const ENGINE: &str = "tantivy";
const VECTORS: &str = "vectors";

/// The format of an index's folder: layout, tantivy's schema and the words' analyzer.
const FORMAT: u32 = 1;

/// The schema's file.
#[derive(Serialize, Deserialize)]
struct SchemaFile {
    format: u32,
    schema: Schema,
}

/// One index, open.
pub(super) struct Collection {
    pub name: String,
    pub folder: PathBuf,
    pub schema: Schema,
    pub fields: Fields,
    pub engine: Engine,
    reader: IndexReader,
    /// The last commit, as searches see it.
    pub view: ArcSwap<View>,
    pub writer: Arc<tokio::sync::Mutex<Writer>>,
    /// Held by the one whose commit is next, so that writes that wait come before it and share it.
    pub next_commit: tokio::sync::Mutex<()>,
    pub passing: PassingCache,
    /// Read while a snapshot copies files; to remove files takes the write side.
    pub copying: RwLock<()>,
    /// Whether a merge of vector segments is under way.
    pub merging: AtomicBool,
    /// Whether the writer was used since somebody last looked.
    pub used: AtomicBool,
    /// Whether somebody waits for the writer to be idle.
    pub attended: AtomicBool,
    /// Raised when the index is closed: merges stop.
    pub closed: Arc<AtomicBool>,
    names: AtomicU64,
    opened: u128,
}

impl std::fmt::Debug for Collection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collection")
            .field("name", &self.name)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Collection {
    /// Makes the folder of an empty index; it appears under its name only when complete.
    pub fn create(root: &Path, name: &str, schema: &Schema) -> PortResult<Self> {
        let growing = root.join(format!(".new-{name}"));
        let (folder, tantivy) = (root.join(name), growing.join(ENGINE));
        remove_folder(&growing)?;
        fs::create_dir_all(&tantivy).map_err(at(&tantivy))?;
        let vectors = growing.join(VECTORS);
        fs::create_dir(&vectors).map_err(at(&vectors))?;
        write_json(&growing.join(SCHEMA), &SchemaFile { format: FORMAT, schema: schema.clone() })?;
        let builder = Engine::builder().schema(Fields::build(schema).0).settings(IndexSettings::default());
        builder.tokenizers(tokenizers()).create_in_dir(&tantivy).map_err(engine(&growing))?;
        sync_folder(&tantivy)?;
        sync_folder(&growing)?;
        fs::rename(&growing, &folder).map_err(at(&folder))?;
        sync_folder(root)?;
        Self::open(root, name)
    }

    /// Opens the last commit and removes what a crash left beside it.
    pub fn open(root: &Path, name: &str) -> PortResult<Self> {
        let collection = Self::open_as_is(root, name)?;
        let commit = Commit::last(&collection.engine_folder(), &collection.engine)?;
        commit.remove_strangers(&collection.vectors_folder())?;
        Ok(collection)
    }

    /// Opens the last commit and leaves all files as they are.
    pub fn open_as_is(root: &Path, name: &str) -> PortResult<Self> {
        let folder = root.join(name);
        let schema = read_schema(&folder)?;
        let (engine_schema, fields) = Fields::build(&schema);
        let tantivy = folder.join(ENGINE);
        let opened = Folder::open(&tantivy).map_err(TantivyError::from).and_then(Engine::open);
        let mut index = opened.map_err(engine(&tantivy))?;
        if index.schema() != engine_schema {
            return Err(damaged(&tantivy.join("meta.json"), "its fields are not those of schema.json"));
        }
        index.set_tokenizers(tokenizers());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into();
        let reader: IndexReader = reader.map_err(engine(&tantivy))?;
        let commit = Commit::last(&tantivy, &index)?;
        let segments = commit.open(&folder.join(VECTORS))?;
        let view = View::open(&folder, &fields, reader.searcher(), segments.clone(), commit.version)?;
        Ok(Self {
            name: name.to_owned(),
            folder,
            schema,
            fields,
            engine: index,
            reader,
            view: ArcSwap::from_pointee(view),
            writer: Arc::new(tokio::sync::Mutex::new(Writer::new(commit, segments))),
            next_commit: tokio::sync::Mutex::new(()),
            passing: PassingCache::default(),
            copying: RwLock::new(()),
            merging: AtomicBool::new(false),
            used: AtomicBool::new(false),
            attended: AtomicBool::new(false),
            closed: Arc::new(AtomicBool::new(false)),
            names: AtomicU64::new(0),
            opened: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos()),
        })
    }

    /// The folder of tantivy's files.
    pub fn engine_folder(&self) -> PathBuf {
        engine_folder(&self.folder)
    }

    /// The folder of the vector segments and their dead rows.
    pub fn vectors_folder(&self) -> PathBuf {
        self.folder.join(VECTORS)
    }

    /// A file name that nobody had before, not even an instance of this index that is still closing.
    pub fn new_name(&self, extension: &str) -> String {
        format!("{:x}-{}.{extension}", self.opened, self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// Documents in the order of their ids, after one, that pass a filter.
    pub fn scan(
        &self,
        after: Option<&str>,
        limit: usize,
        filter: Option<&Filter>,
        vectors: bool,
    ) -> PortResult<Vec<Document>> {
        if let Some(filter) = filter {
            filter.check(&self.schema)?;
        }
        let view = self.view.load_full();
        let passing = filter.map(|filter| self.passing.get(&view, filter)).transpose()?;
        let mut page = Vec::new();
        if limit == 0 {
            return Ok(page);
        }
        in_order(&view, after, |id, at| {
            let passes = match &passing {
                Some(rows) => rows.contains(view.row(at)?),
                None => true,
            };
            if passes {
                page.push(view.document(id.to_owned(), at, vectors)?);
            }
            Ok(page.len() < limit)
        })?;
        Ok(page)
    }

    /// Shows the last commit to searches that start from now on.
    pub fn show(&self, vectors: Vec<SegmentView>, version: u64) -> PortResult<()> {
        self.reader.reload().map_err(engine(&self.folder))?;
        let view = View::open(&self.folder, &self.fields, self.reader.searcher(), vectors, version)?;
        self.view.store(Arc::new(view));
        Ok(())
    }
}

/// The folder of tantivy's files in that of an index.
pub(super) fn engine_folder(folder: &Path) -> PathBuf {
    folder.join(ENGINE)
}

/// Reads an index's schema.
fn read_schema(folder: &Path) -> PortResult<Schema> {
    let path = folder.join(SCHEMA);
    let found: Option<SchemaFile> = read_json(&path)?;
    let Some(file) = found else { return Err(damaged(&path, "it is missing")) };
    if file.format == FORMAT {
        return Ok(file.schema);
    }
    Err(PortError::unsupported(format!(
        "{}: format {} is not the one this program knows, {FORMAT}; use a program that fits or index again",
        path.display(),
        file.format
    )))
}

/// Removes a folder with all it holds; a missing one is no error.
pub(super) fn remove_folder(folder: &Path) -> PortResult<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(folder)(error)),
        _ => Ok(()),
    }
}

/// The names of the indexes in a folder, sorted; what begins with a point is not one.
pub(super) fn index_names(folder: &Path) -> PortResult<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        if let Some(name) = entry.file_name().to_str().filter(|name| !name.starts_with('.'))
            && entry.path().is_dir()
        {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

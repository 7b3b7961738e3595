//! Listing a folder tree in the order of its paths, with little memory and no surprises from links.

use std::collections::VecDeque;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path as FilePath, PathBuf};

use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, Result};

/// Objects read from the disk at once, off the asynchronous threads.
const PAGE: usize = 1024;

/// What a directory entry is to us.
pub(crate) enum Entry {
    Folder(Path),
    Object(ObjectMeta),
}

/// Walks the tree below `folder`, the object path of which is `prefix`.
struct Walk {
    root: PathBuf,
    /// For each open folder its remaining names, in reverse order.
    open: Vec<Vec<(String, Path, PathBuf)>>,
}

/// The objects below `prefix` in the tree at `root`, which must be a canonical path.
pub(crate) fn objects(root: PathBuf, prefix: Path) -> BoxStream<'static, Result<ObjectMeta>> {
    let first = (folder_of(&root, &prefix), prefix);
    let walk = Walk { root, open: Vec::new() };
    let state = (walk, Some(first), VecDeque::new());
    stream::try_unfold(state, |(mut walk, mut first, mut page)| async move {
        if page.is_empty() {
            (walk, page) = tokio::task::spawn_blocking(move || {
                if let Some((folder, prefix)) = first.take() {
                    walk.enter(&folder, &prefix)?;
                }
                for _ in 0..PAGE {
                    match walk.next_object()? {
                        Some(meta) => page.push_back(meta),
                        None => break,
                    }
                }
                Ok::<_, Error>((walk, page))
            })
            .await??;
            first = None;
        }
        Ok(page.pop_front().map(|meta| (meta, (walk, first, page))))
    })
    .boxed()
}

/// The entries of one folder.
pub(crate) fn entries(root: &FilePath, prefix: &Path) -> Result<Vec<Entry>> {
    let names = names(&folder_of(root, prefix), prefix)?;
    names.into_iter().rev().filter_map(|(_, path, file)| entry(root, path, &file).transpose()).collect()
}

/// Where the object `path` lies. Segments of a path hold no `/`, `.` or `..`.
pub(crate) fn folder_of(root: &FilePath, path: &Path) -> PathBuf {
    let mut folder = root.to_owned();
    folder.extend(path.as_ref().split('/').filter(|segment| !segment.is_empty()));
    folder
}

impl Walk {
    fn enter(&mut self, folder: &FilePath, prefix: &Path) -> Result<()> {
        self.open.push(names(folder, prefix)?);
        Ok(())
    }

    fn next_object(&mut self) -> Result<Option<ObjectMeta>> {
        while let Some(names) = self.open.last_mut() {
            let Some((_, path, file)) = names.pop() else {
                self.open.pop();
                continue;
            };
            match entry(&self.root, path, &file)? {
                Some(Entry::Object(meta)) => return Ok(Some(meta)),
                Some(Entry::Folder(path)) => self.enter(&file, &path)?,
                None => {}
            }
        }
        Ok(None)
    }
}

/// The visible names in `folder` from last to first. A folder counts as `name/`, which makes the walk's order
/// that of the whole paths. A missing folder is an empty one.
fn names(folder: &FilePath, prefix: &Path) -> Result<Vec<(String, Path, PathBuf)>> {
    let listed = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        listed => listed.map_err(|error| failed(folder, error))?,
    };
    let mut names = Vec::new();
    for entry in listed {
        let entry = entry.map_err(|error| failed(folder, error))?;
        if let Some(name) = visible_name(&entry) {
            let Ok(path) = Path::parse(format!("{prefix}/{name}")) else { continue };
            let sort_key =
                if entry.file_type().is_ok_and(|t| t.is_dir()) { format!("{name}/") } else { name };
            names.push((sort_key, path, entry.path()));
        }
    }
    names.sort_unstable_by(|a, b| b.0.cmp(&a.0));
    Ok(names)
}

fn visible_name(entry: &DirEntry) -> Option<String> {
    let Ok(name) = entry.file_name().into_string() else {
        tracing::warn!(file = %entry.path().display(), "skipped: its name is not UTF-8");
        return None;
    };
    let unfinished =
        name.rsplit_once('#').is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    (!name.starts_with('.') && !unfinished).then_some(name)
}

fn entry(root: &FilePath, path: Path, file: &FilePath) -> Result<Option<Entry>> {
    let metadata = match fs::symlink_metadata(file) {
        // It vanished since its folder was read.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata.map_err(|error| failed(file, error))?,
    };
    if metadata.is_dir() {
        return Ok(Some(Entry::Folder(path)));
    }
    if metadata.is_symlink() {
        let target = fs::canonicalize(file).ok().filter(|target| target.starts_with(root));
        let Some(metadata) = target.and_then(|target| fs::metadata(target).ok()).filter(Metadata::is_file)
        else {
            tracing::warn!(file = %file.display(), "skipped: a symbolic link, but not to a file inside the folder");
            return Ok(None);
        };
        return Ok(Some(Entry::Object(meta_of(path, &metadata))));
    }
    Ok(metadata.is_file().then(|| Entry::Object(meta_of(path, &metadata))))
}

/// Size, time and tag of a file. The tag holds the inode's change time in nanoseconds: unlike the modification time
/// no tool can set it back, so that even an edit in place that keeps size and date is seen. Two edits within
/// one tick of the kernel's clock (1 to 10 ms) may share it.
pub(crate) fn meta_of(location: Path, metadata: &Metadata) -> ObjectMeta {
    let changed = i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
    let (inode, size) = (metadata.ino(), metadata.len());
    ObjectMeta {
        location,
        last_modified: metadata.modified().map(Into::into).unwrap_or_default(),
        size,
        e_tag: Some(format!("\"{inode:x}-{changed:x}-{size:x}\"")),
        version: None,
    }
}

pub(crate) fn failed(file: &FilePath, error: io::Error) -> Error {
    let path = file.display().to_string();
    match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound { path, source: error.into() },
        io::ErrorKind::PermissionDenied => Error::PermissionDenied { path, source: error.into() },
        _ => Error::Generic { store: "file", source: error.into() },
    }
}

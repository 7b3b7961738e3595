//! Walking, hashing and copying folders.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::manifest::FileEntry;

/// Every file under `root` but `except`, by its path with `/`, with size and hash.
pub fn hash_all(root: &Path, except: &str) -> io::Result<BTreeMap<String, FileEntry>> {
    let mut found = BTreeMap::new();
    walk(root, String::new(), &mut |name, path| {
        if name != except {
            found.insert(name.to_owned(), hash(path)?);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Copies everything under `from`, empty folders too, to the same place under `to`; files that are there already stay.
pub fn copy_missing(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_missing(&entry.path(), &target)?;
        } else if !target.exists() {
            fs::copy(entry.path(), &target)?;
            File::open(&target)?.sync_all()?;
        }
    }
    Ok(())
}

fn hash(path: &Path) -> io::Result<FileEntry> {
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(FileEntry { bytes, blake3: hasher.finalize().to_hex().to_string() });
        }
        bytes += read as u64;
        hasher.update(&buffer[..read]);
    }
}

fn walk(
    folder: &Path,
    prefix: String,
    found: &mut dyn FnMut(&str, &Path) -> io::Result<()>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), format!("{name}/"), found)?;
        } else {
            found(&name, &entry.path())?;
        }
    }
    Ok(())
}

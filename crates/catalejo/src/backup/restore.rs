use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use catalejo_port::{PortError, PortResult};

use super::create::blocking;
use super::manifest::Manifest;
use super::verify::{compare_files, refuse};
use super::{BLOBS, INDEX, MODEL, files};

const ASIDE: &str = "restore.new";
/// What a restore replaces, and nothing else: the model folder and the owner's files stay.
const PLACES: [&str; 5] = ["store", "broker", INDEX, BLOBS, MODEL];

/// Puts the backup in `folder` into the data folder, whose owner the caller is. A data folder that holds something is
/// replaced only with `force`. The backup is checked and copied before anything is replaced.
pub async fn restore(folder: &Path, data: &Path, force: bool) -> PortResult<Manifest> {
    let manifest = Manifest::read(folder)?;
    if !force && PLACES.iter().any(|place| data.join(place).exists()) {
        let message =
            format!("{} holds data already; --force replaces it, another --data keeps it", data.display());
        return Err(PortError::already_exists(message));
    }
    refuse(&compare_files(folder, &manifest).await?)?;
    let (from, data) = (folder.to_owned(), data.to_owned());
    blocking(folder, move || replace(&from, &data)).await?;
    Ok(manifest)
}

fn replace(from: &Path, data: &Path) -> io::Result<()> {
    let aside = data.join(ASIDE);
    remove(&aside)?;
    files::copy_missing(from, &aside)?;
    for place in PLACES {
        let (new, old): (PathBuf, PathBuf) = (aside.join(place), data.join(place));
        remove(&old)?;
        if new.exists() {
            fs::rename(&new, &old)?;
        }
    }
    remove(&aside)
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

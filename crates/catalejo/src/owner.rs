//! The data folder and its one owner.
//!
//! The owner holds an operating system lock, so that a dead owner never blocks a living one, and publishes where it
//! answers, so that commands speak to it instead of failing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// The format of the data folder that this binary writes.
pub const FORMAT: u32 = 1 + UPGRADES.len() as u32;

/// What turns format `n + 1` into format `n + 2`, in order.
const UPGRADES: [fn(&Path) -> io::Result<()>; 0] = [];

const LOCK: &str = "owner.lock";
const CARD: &str = "owner.json";
const FORMAT_FILE: &str = "format";
const CARD_PATIENCE: Duration = Duration::from_secs(15);

/// Where a running owner answers, and the token that makes it obey.
#[derive(Clone, Serialize, Deserialize)]
pub struct Card {
    /// The owner's process.
    pub pid: u32,
    /// Its local API, plain HTTP on loopback.
    pub address: SocketAddr,
    /// Counts as the administrator's key on that API.
    pub token: String,
}

/// What opening the data folder found.
pub enum Opened {
    /// Nobody owned it; now this process does.
    Free(Owner),
    /// Somebody does, and answers there.
    Owned(Card),
}

/// This process's ownership; ends when dropped.
pub struct Owner {
    folder: PathBuf,
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// The system refuses.
    #[error("data folder {folder}: {cause}; check that it exists, is writable and not full")]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Written by a later release.
    #[error(
        "data folder {folder} has format {found}, and this binary knows formats up to {FORMAT}; \
         use the release that wrote it, or a later one"
    )]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Full of something else.
    #[error("{folder} is not empty and not a data folder of Catalejo; name another folder with --data")]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// The lock is held and the holder does not say where it answers.
    #[error(
        "data folder {folder} is being used by another process that does not answer; wait for it or end it"
    )]
    Silent {
        /// The folder.
        folder: PathBuf,
    },
}

/// Opens, and if need be creates or upgrades, the data folder.
pub fn open(folder: &Path) -> Result<Opened, OwnerError> {
    let failed = |cause| OwnerError::Io { folder: folder.to_owned(), cause };
    fs::create_dir_all(folder).map_err(failed)?;
    if is_foreign(folder).map_err(failed)? {
        return Err(OwnerError::Foreign { folder: folder.to_owned() });
    }
    let waits_until = Instant::now() + CARD_PATIENCE;
    loop {
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(LOCK))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => return take(folder, lock).map(Opened::Free),
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
            Err(TryLockError::WouldBlock) => {}
        }
        if let Some(card) = read_card(folder) {
            return Ok(Opened::Owned(card));
        }
        if Instant::now() > waits_until {
            return Err(OwnerError::Silent { folder: folder.to_owned() });
        }
        // the owner is starting or ending; neither has an event to wait for
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn take(folder: &Path, lock: File) -> Result<Owner, OwnerError> {
    let failed = |cause| OwnerError::Io { folder: folder.to_owned(), cause };
    remove_card(folder);
    let found = match fs::read_to_string(folder.join(FORMAT_FILE)) {
        Ok(text) => {
            text.trim().parse().map_err(|_| failed(io::Error::other("the file `format` is damaged")))?
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => FORMAT,
        Err(error) => return Err(failed(error)),
    };
    if found > FORMAT {
        return Err(OwnerError::Newer { folder: folder.to_owned(), found });
    }
    for upgrade in UPGRADES.iter().skip(found.saturating_sub(1) as usize) {
        upgrade(folder).map_err(failed)?;
    }
    write_whole(&folder.join(FORMAT_FILE), format!("{FORMAT}\n").as_bytes()).map_err(failed)?;
    Ok(Owner { folder: folder.to_owned(), _lock: lock })
}

impl Owner {
    /// The folder that is owned.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Tells the commands of this machine's user where to speak to.
    pub fn publish(&self, card: &Card) -> Result<(), OwnerError> {
        let text = serde_json::to_vec(card).expect("a card is plain JSON");
        write_whole(&self.folder.join(CARD), &text)
            .map_err(|cause| OwnerError::Io { folder: self.folder.clone(), cause })
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        remove_card(&self.folder);
    }
}

fn is_foreign(folder: &Path) -> io::Result<bool> {
    let known = [LOCK, FORMAT_FILE, CARD, "models"];
    if folder.join(FORMAT_FILE).exists() || folder.join(LOCK).exists() {
        return Ok(false);
    }
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if !known.contains(&name.as_ref()) && !name.starts_with('.') {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_card(folder: &Path) -> Option<Card> {
    serde_json::from_slice(&fs::read(folder.join(CARD)).ok()?).ok()
}

fn remove_card(folder: &Path) {
    // it may never have been written, and a stale one is overwritten by the next owner
    let _ = fs::remove_file(folder.join(CARD));
}

/// Replaces a file whole, readable by its user alone.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Card {
        Card { pid: 7, address: SocketAddr::from(([127, 0, 0, 1], 9)), token: "t".into() }
    }

    #[test]
    fn one_owner_at_a_time_and_the_second_learns_where_it_answers() {
        let folder = tempfile::tempdir().unwrap();
        let Opened::Free(owner) = open(folder.path()).unwrap() else { panic!("a new folder is free") };
        owner.publish(&card()).unwrap();
        let Opened::Owned(seen) = open(folder.path()).unwrap() else { panic!("it is owned") };
        assert_eq!((seen.address, seen.token), (card().address, card().token));
        drop(owner);
        assert!(matches!(open(folder.path()).unwrap(), Opened::Free(_)));
    }

    #[test]
    fn a_card_without_a_lock_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path()).unwrap());
        fs::write(folder.path().join(CARD), serde_json::to_vec(&card()).unwrap()).unwrap();
        assert!(matches!(open(folder.path()).unwrap(), Opened::Free(_)));
        assert!(!folder.path().join(CARD).exists());
    }

    #[cfg(unix)]
    #[test]
    fn the_card_is_for_its_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let Opened::Free(owner) = open(folder.path()).unwrap() else { panic!("a new folder is free") };
        owner.publish(&card()).unwrap();
        assert_eq!(fs::metadata(folder.path().join(CARD)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_newer_format_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FORMAT_FILE), "99\n").unwrap();
        assert!(matches!(open(folder.path()), Err(OwnerError::Newer { found: 99, .. })));
        assert_eq!(fs::read_to_string(folder.path().join(FORMAT_FILE)).unwrap(), "99\n");
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "x").unwrap();
        assert!(matches!(open(folder.path()), Err(OwnerError::Foreign { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

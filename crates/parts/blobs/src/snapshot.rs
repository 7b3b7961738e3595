//! A copy of all objects in a folder, and the proof that it is whole.

use catalejo_port::{PortError, PortResult};
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::{Blobs, Path};

/// What a set of objects holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many objects there are.
    pub objects: u64,
    /// Their size together.
    pub bytes: u64,
    /// Hash over all paths and contents, independent of their order, in hexadecimal digits.
    pub hash: String,
}

/// Sums up objects; adding their hashes makes the sum independent of their order.
#[derive(Default)]
struct Sum {
    objects: u64,
    bytes: u64,
    parts: [u64; 4],
}

impl Sum {
    fn add(&mut self, path: &Path, bytes: u64, content: &blake3::Hash) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(content.as_bytes()).update(path.as_ref().as_bytes());
        for (part, bytes) in self.parts.iter_mut().zip(hasher.finalize().as_bytes().chunks_exact(8)) {
            let bytes = bytes.try_into().expect("the chunks are 8 bytes long");
            *part = part.wrapping_add(u64::from_le_bytes(bytes));
        }
        self.objects += 1;
        self.bytes += bytes;
    }

    fn summary(self) -> Summary {
        let hash = self.parts.map(|part| format!("{part:016x}")).concat();
        Summary { objects: self.objects, bytes: self.bytes, hash }
    }
}

pub(crate) async fn summary(blobs: &Blobs) -> PortResult<Summary> {
    each_object(blobs, None).await
}

pub(crate) async fn snapshot(blobs: &Blobs, folder: &std::path::Path) -> PortResult<Summary> {
    if folder.exists() {
        return Err(PortError::already_exists(format!(
            "blobs: the snapshot `{}` exists already",
            folder.display()
        )));
    }
    let text =
        folder.to_str().ok_or_else(|| PortError::invalid("blobs: the snapshot's path is not UTF-8"))?;
    // A name with a `?` or `%` must not be read as part of the URL.
    let url = format!("file:{}", text.replace('%', "%25").replace('?', "%3F")).parse()?;
    let copy = Blobs::open(&url, folder).await?;
    each_object(blobs, Some(&copy)).await
}

async fn each_object(blobs: &Blobs, copy: Option<&Blobs>) -> PortResult<Summary> {
    let mut sum = Sum::default();
    let mut listed = blobs.list(None);
    while let Some(meta) = listed.try_next().await? {
        let path = meta.location;
        let stream = match blobs.get_stream(&path).await {
            Ok((_, stream)) => stream,
            // It was removed since it was listed.
            Err(error) if error.kind() == catalejo_port::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let (mut hasher, mut bytes) = (blake3::Hasher::new(), 0);
        let mut stream = stream.inspect_ok(|piece| {
            hasher.update(piece);
            bytes += piece.len() as u64;
        });
        match copy {
            Some(copy) => copy.put_stream(&path, stream).await?,
            None => while stream.next().await.transpose()?.is_some() {},
        }
        sum.add(&path, bytes, &hasher.finalize());
    }
    Ok(sum.summary())
}

//! What tells two models apart.

use std::fs;
use std::path::{Path, PathBuf};

use catalejo_port::PortResult;

use crate::config::{ModuleKind, broken};
use crate::model::layout;
use crate::weights::Weights;

/// A hash of every file that decides a vector: equal fingerprints, equal vectors.
pub(crate) fn fingerprint(root: &Path) -> PortResult<String> {
    let (transformer, modules) = layout(root)?;
    let mut files = vec![root.join("modules.json"), root.join("config_sentence_transformers.json")];
    for file in ["config.json", "tokenizer.json", "tokenizer_config.json", "sentence_bert_config.json"] {
        files.push(transformer.join(file));
    }
    files.extend(Weights::files(&transformer)?);
    for (kind, folder) in &modules {
        match kind {
            ModuleKind::Pooling => files.push(folder.join("config.json")),
            ModuleKind::Dense => {
                files.push(folder.join("config.json"));
                files.extend(Weights::files(folder)?);
            }
            ModuleKind::Transformer | ModuleKind::Normalize => {}
        }
    }
    let mut hasher = blake3::Hasher::new();
    for file in files {
        add(&mut hasher, root, file)?;
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// Adds a file's name within the model and its content; a file that is not there adds nothing.
fn add(hasher: &mut blake3::Hasher, root: &Path, path: PathBuf) -> PortResult<()> {
    let unreadable = |error| broken(&path, "cannot be read").with_source(error);
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
    let size = file.metadata().map_err(unreadable)?.len();
    hasher.update(name.as_bytes());
    hasher.update(&[0]);
    hasher.update(&size.to_le_bytes());
    hasher.update_reader(file).map_err(unreadable)?;
    Ok(())
}

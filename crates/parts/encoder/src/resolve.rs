//! From a URL to an encoder.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use catalejo_port::{BackendUrl, PortError, PortResult, unknown_scheme};

use crate::download::{HUB, download};
use crate::http::RemoteEncoder;
use crate::{Encoder, LocalEncoder, LocalOptions, Metered};

const PART: &str = "encoder";

/// Opens the encoder that `url` names, counted by [`Metered`].
///
/// - `local:PATH`: a model folder in the hub's layout. A bare name is a folder in `models_dir`.
///   `?model=NAME` downloads the model when the folder is missing (with an empty path into `models_dir`),
///   from `hub=URL`; `threads=` and `queue_tokens=` are those of [`LocalOptions`].
/// - `http://HOST:PORT`, `https://…`: another Catalejo in the encoder role. `timeout_secs=` limits a request,
///   `key=` is sent as a bearer token.
///
/// # Errors
/// An unknown scheme or option lists the known ones; a missing or broken file of a model is named; a server that
/// does not answer is `Unreachable`.
pub async fn open(url: &BackendUrl, models_dir: &Path) -> PortResult<Arc<dyn Encoder>> {
    match url.scheme() {
        "local" => Ok(Arc::new(Metered::new(open_local(url, models_dir).await?))),
        "http" | "https" => {
            url.known_options(PART, &["timeout_secs", "key"])?;
            Ok(Arc::new(Metered::new(RemoteEncoder::open(url).await?)))
        }
        _ => Err(unknown_scheme(PART, url, &["local", "http", "https"], &[])),
    }
}

async fn open_local(url: &BackendUrl, models_dir: &Path) -> PortResult<LocalEncoder> {
    url.known_options(PART, &["model", "hub", "threads", "queue_tokens"])?;
    let default = LocalOptions::default();
    let options = LocalOptions {
        threads: positive(url, "threads")?.unwrap_or(default.threads),
        queue_tokens: positive(url, "queue_tokens")?.unwrap_or(default.queue_tokens),
    };
    let model = url.option("model");
    let folder = folder(url.path(), model, models_dir)?;
    if let Some(model) = model.filter(|_| !folder.exists()) {
        download(url.option("hub").unwrap_or(HUB), model, &folder).await?;
    }
    let name = model.map_or_else(|| name_of(&folder), str::to_owned);
    tokio::task::spawn_blocking(move || LocalEncoder::open(&folder, &name, options))
        .await
        .map_err(|error| PortError::internal("reading the model panicked").with_source(error))?
}

fn positive(url: &BackendUrl, option: &str) -> PortResult<Option<usize>> {
    match url.option_as::<usize>(option)? {
        Some(0) => {
            Err(PortError::invalid(format!("option `{option}` of the `local:` URL must be at least 1")))
        }
        other => Ok(other),
    }
}

/// Where the model lies, or is to lie.
fn folder(path: &str, model: Option<&str>, models_dir: &Path) -> PortResult<PathBuf> {
    let bare = |name: &str| {
        let mut parts = Path::new(name).components();
        matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) && !name.ends_with('/')
    };
    match (path, model) {
        ("", None) => Err(PortError::invalid(
            "encoder: `local:` needs a model folder, `local:PATH`, or `local:?model=NAME`",
        )),
        ("", Some(model)) => match model.rsplit('/').next().filter(|name| bare(name)) {
            Some(name) => Ok(models_dir.join(name)),
            None => Err(PortError::invalid("encoder: option `model` must be a name such as `owner/model`")),
        },
        (path, _) if bare(path) => Ok(models_dir.join(path)),
        (path, _) => Ok(PathBuf::from(path)),
    }
}

fn name_of(folder: &Path) -> String {
    folder
        .file_name()
        .map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> BackendUrl {
        BackendUrl::parse(text).unwrap()
    }

    #[test]
    fn a_bare_name_lies_in_the_models_folder() {
        let models = Path::new("/data/models");
        let folder = |path, model| folder(path, model, models).unwrap();
        assert_eq!(folder("mini", None), models.join("mini"));
        assert_eq!(folder("", Some("owner/mini")), models.join("mini"));
        assert_eq!(folder("mini", Some("owner/other")), models.join("mini"));
        assert_eq!(folder("./mini", None), Path::new("./mini"));
        assert_eq!(folder("/mini", None), Path::new("/mini"));
        assert_eq!(folder("a/mini", None), Path::new("a/mini"));
    }

    #[tokio::test]
    async fn what_is_unknown_lists_what_is_known() {
        let models = tempfile::tempdir().unwrap();
        for (text, wanted) in [
            ("tei+http://host", "known are `local`, `http`, `https`"),
            ("local:mini?cores=2", "known are `model`, `hub`, `threads`, `queue_tokens`"),
            ("http://host?threads=2", "known are `timeout_secs`, `key`"),
            ("local:mini?threads=0", "`threads` of the `local:` URL must be at least 1"),
            ("local:mini?threads=many", "a whole number"),
            ("local:", "needs a model folder"),
            ("local:?model=..", "must be a name"),
            ("local:mini", "there is no model folder"),
        ] {
            let error = open(&url(text), models.path()).await.unwrap_err();
            assert!(error.to_string().contains(wanted), "{text}: {error}");
        }
    }
}

//! Asking the parts how they stand, and what to do about an answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use catalejo_api::{PartReport, Parts};
use catalejo_encoder::Encoder;
use catalejo_port::{ErrorKind, PortError, PortResult, with_timeout};

use super::{Wired, describe, report};

/// A part that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks after the parts of a running service.
pub struct Health(pub Wired);

#[async_trait]
impl Parts for Health {
    async fn check(&self) -> Vec<PartReport> {
        let Wired { store, index, broker, cache, blobs, encoder, urls, .. } = &self.0;
        let (store, index, broker, cache, blobs) = tokio::join!(
            ask("store", store.ping()),
            ask("index", index.ping()),
            ask("broker", broker.ping()),
            ask("cache", cache.ping()),
            ask("blobs", blobs.ping()),
        );
        let encoder = match encoder {
            Ok(encoder) => match ask("encoder", encoder.ping()).await {
                Ok(()) => PartReport {
                    message: describe(&**encoder),
                    ..report("encoder", &urls.encoder, true, Ok(&()))
                },
                Err(error) => report::<()>("encoder", &urls.encoder, true, Err(&error)),
            },
            Err(reason) => report::<()>("encoder", &urls.encoder, true, Err(reason)),
        };
        vec![
            report("store", &urls.store, false, store.as_ref()),
            report("index", &urls.index, false, index.as_ref()),
            report("broker", &urls.broker, false, broker.as_ref()),
            report("cache", &urls.cache, true, cache.as_ref()),
            report("blobs", &urls.blobs, false, blobs.as_ref()),
            encoder,
        ]
    }
}

async fn ask(part: &'static str, ping: impl Future<Output = PortResult<()>> + Send) -> PortResult<()> {
    with_timeout(part, PATIENCE, ping).await
}

/// What to do about a part that does not answer.
pub fn next_step(part: &str, error: &PortError) -> String {
    let setting = format!("`{part}` in catalejo.toml or CATALEJO_{}", part.to_uppercase());
    match (part, error.kind()) {
        ("encoder", ErrorKind::NotFound) => {
            "fetch the model with `scripts/fetch-model.sh`, or name a model folder or server in `encoder`"
                .into()
        }
        (_, ErrorKind::Unreachable | ErrorKind::Timeout) => {
            format!("start what it names, or correct {setting}")
        }
        (_, ErrorKind::Unauthorized) => format!("correct user name and password in {setting}"),
        (_, ErrorKind::Corrupt) => "put a backup back with `catalejo restore DIR`".into(),
        (_, ErrorKind::Busy) => "try again in a moment".into(),
        _ => format!("correct {setting}"),
    }
}

/// Looks after the encoder of a process that has nothing else.
pub struct EncoderHealth(pub Arc<dyn Encoder>);

#[async_trait]
impl Parts for EncoderHealth {
    async fn check(&self) -> Vec<PartReport> {
        let asked = ask("encoder", self.0.ping()).await;
        let mut report = report("encoder", "", false, asked.as_ref());
        if report.ok {
            report.message = describe(&*self.0);
        }
        vec![report]
    }
}

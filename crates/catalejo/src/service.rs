//! A service: parts, catalogue, HTTP and background work of some roles, in this process.

use std::sync::Arc;
use std::time::Duration;

use catalejo_accounts::{Accounts, OidcOptions};
use catalejo_api::{AppState, Base, Desk, DeskBase, Faces, Guard, Limits, Parts, Rates};
use catalejo_catalog::{Catalog, CatalogResult, Definition};
use catalejo_encoder::Encoder;
use catalejo_port::Secret;
use catalejo_runs::Runs;
use catalejo_social::Social;
use catalejo_telemetry::Metrics;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backup::Backup;
use crate::client::{Client, random_hex};
use crate::config::Config;
use crate::error::Failure;
use crate::owner::{Card, Owner};
use crate::roles::{self, Roles};
use crate::server::{Bind, Server};
use crate::wiring::{self, AbsentEncoder, EncoderHealth, Health, Opening, Wired};

/// How often it is written down when sessions and keys were used.
const TIDY: Duration = Duration::from_secs(60);

/// The collections that every installation begins with.
const BUILT_IN: &[&str] = &[include_str!("../../../collections/songs.toml")];

/// A service that answers. It ends with [`Service::stop`].
pub struct Service {
    /// What people open.
    pub url: String,
    local: String,
    token: Secret,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    patience: Duration,
    people: Option<Social>,
    _owner: Option<Owner>,
}

impl Service {
    /// Opens what the roles need, answers HTTP and begins the background work, until `shutdown` fires.
    pub async fn start(
        config: &Config,
        roles: Roles,
        owner: Option<Owner>,
        bind: Bind,
        shutdown: CancellationToken,
    ) -> Result<Self, Failure> {
        // bound first: a taken port is the commonest mistake and the quickest to tell
        let server = Server::bind(config, bind).await?;
        let token = Secret::new(random_hex() + &random_hex());
        let tasks = TaskTracker::new();
        let setting = Setting { config, roles, bind, token: &token, shutdown: &shutdown };
        let faces = match roles.keep_data() {
            true => setting.catalogue(&tasks).await?,
            false => setting.encoder_alone().await?,
        };
        let people = faces.desk.as_ref().map(|desk| desk.social.clone());
        let (url, address) = (server.url.clone(), server.local_address);
        server.answer(catalejo_api::router(faces), &tasks, &shutdown);
        if let Some(owner) = &owner {
            owner.publish(&Card { pid: std::process::id(), address, token: token.expose().to_owned() })?;
        }
        tasks.close();
        let patience = config.shutdown_timeout();
        let local = format!("http://{address}");
        Ok(Self { url, local, token, tasks, shutdown, patience, people, _owner: owner })
    }

    /// A client with the owner's rights.
    pub fn client(&self) -> Client {
        Client::new(self.local.clone(), Some(self.token.clone()))
    }

    /// Where the first administrator registers; `None` when there is one.
    pub async fn setup_link(&self) -> Result<Option<String>, Failure> {
        let Some(people) = &self.people else { return Ok(None) };
        let token = people.accounts().setup_token().await.map_err(failed)?;
        Ok(token.map(|token| format!("{}/setup?token={}", self.url, token.expose())))
    }

    /// Brings the people of a demo; answers how many are new.
    pub async fn seed_demo(&self, file: &str) -> Result<u64, Failure> {
        let Some(people) = &self.people else { return Ok(0) };
        Ok(people.seed_demo(file).await.map_err(failed)?.people)
    }

    /// Takes no more requests, finishes those under way, hands back deliveries, and ends.
    pub async fn stop(self) {
        self.shutdown.cancel();
        if tokio::time::timeout(self.patience, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                seconds = self.patience.as_secs(),
                "some work did not end in time; it will be taken up again"
            );
        }
    }
}

/// What a service is made from.
struct Setting<'a> {
    config: &'a Config,
    roles: Roles,
    bind: Bind,
    /// Of the data folder's owner.
    token: &'a Secret,
    shutdown: &'a CancellationToken,
}

impl Setting<'_> {
    async fn catalogue(self, tasks: &TaskTracker) -> Result<Faces, Failure> {
        let Self { config, roles, .. } = self;
        let wired = Opening::new(config).await.wired()?;
        let accounts = self.accounts(&wired).await?;
        let runs = Runs::open(wired.store.clone()).await.map_err(failed)?;
        let catalog = open_catalog(config, &wired, runs.clone()).await?;
        for text in BUILT_IN {
            let definition = Definition::from_toml(text).map_err(failed)?;
            catalog.collections().ensure(definition).await.map_err(failed)?;
        }
        let options = catalejo_social::Options::default();
        let social = Social::open(wired.store.clone(), wired.index.clone(), accounts.clone(), options)
            .await
            .map_err(failed)?;
        self.begin_work(&catalog, &wired, tasks);
        if roles.api {
            self.keep_people(&social, tasks);
        }
        let cache_type = wired.urls.cache.scheme().to_owned();
        let encoder = wired.encoder.as_ref().ok().cloned();
        let backups = Arc::new(Backup { wired: wired.clone(), data: config.data.clone() });
        let app = self.app(Some(accounts.clone()), encoder, Arc::new(Health(wired)))?;
        catalejo_telemetry::seed::register_cache(&cache_type);
        let desk =
            Desk::new(DeskBase { app: app.clone(), catalog, runs, accounts, social, backups, cache_type });
        Ok(Faces { app, desk: roles.api.then_some(desk), encoder: roles.encoder })
    }

    /// The accounts; refuses to be reachable from elsewhere while nobody governs.
    async fn accounts(&self, wired: &Wired) -> Result<Accounts, Failure> {
        let config = self.config;
        let oidc = config.oidc_issuer.clone().zip(config.oidc_audience.clone());
        let options = catalejo_accounts::Options {
            registration_open: config.registration_open,
            oidc: oidc.map(|(issuer, audience)| OidcOptions {
                issuer,
                audience,
                admin_claim: config.oidc_admin_claim.clone(),
                name_claim: config.oidc_name_claim.clone(),
            }),
            ..catalejo_accounts::Options::default()
        };
        let accounts = Accounts::open(wired.store.clone(), options).await.map_err(failed)?;
        if self.bind == Bind::Configured {
            config.check_listen(accounts.has_admin().await.map_err(failed)?)?;
        }
        Ok(accounts)
    }

    async fn encoder_alone(self) -> Result<Faces, Failure> {
        if self.bind == Bind::Configured {
            self.config.check_listen(false)?;
        }
        let encoder = wiring::encoder_alone(self.config).await?;
        let health = Arc::new(EncoderHealth(encoder.clone()));
        Ok(Faces { app: self.app(None, Some(encoder), health)?, desk: None, encoder: true })
    }

    fn app(
        self,
        accounts: Option<Accounts>,
        encoder: Option<Arc<dyn Encoder>>,
        parts: Arc<dyn Parts>,
    ) -> Result<AppState, Failure> {
        let metrics = Metrics::install().map_err(failed)?;
        let config = self.config;
        let rates = Rates { writes: config.writes_per_minute, logins: config.logins_per_minute };
        let admin_key = config.admin_key.as_ref().map(Secret::expose);
        let mib = |mib: u64| mib.saturating_mul(1 << 20);
        let limits = Limits {
            body: usize::try_from(mib(config.body_limit_mib)).unwrap_or(usize::MAX),
            upload: mib(config.upload_limit_mib),
            page: config.page_limit_items,
            request_timeout: config.request_timeout(),
            crawl_interval: Duration::from_secs(config.crawl_interval_secs),
            source_roots: config.source_roots.clone(),
            address_header: config.address_header().and_then(Result::ok),
        };
        Ok(AppState::new(Base {
            guard: Guard::new(admin_key, Some(self.token.expose()), accounts, rates),
            limits,
            secure: config.tls_cert_file.is_some(),
            encoder,
            parts,
            metrics: Arc::new(move || metrics.render()),
            shutdown: self.shutdown.clone(),
        }))
    }

    /// Prompts are brought to the index, and uses of sessions and keys written down.
    fn keep_people(&self, social: &Social, tasks: &TaskTracker) {
        let (social, shutdown) = (social.clone(), self.shutdown.clone());
        let (accounts, stop) = (social.accounts().clone(), self.shutdown.clone());
        tasks.spawn(async move { social.keep_indexed(shutdown).await });
        tasks.spawn(async move {
            loop {
                let last = stop.run_until_cancelled(tokio::time::sleep(TIDY)).await.is_none();
                if let Err(error) = accounts.tidy().await {
                    tracing::warn!(%error, "cannot write down when sessions and keys were used");
                }
                if last {
                    return;
                }
            }
        });
    }

    /// Crawling, ingesting and re-indexing, as far as the roles go and a model is there.
    fn begin_work(&self, catalog: &Catalog, wired: &Wired, tasks: &TaskTracker) {
        let Roles { crawler, ingest, .. } = self.roles;
        if crawler {
            let (catalog, shutdown) = (catalog.clone(), self.shutdown.clone());
            tasks.spawn(async move { ended("crawler", catalog.run_crawler(shutdown).await) });
        }
        match &wired.encoder {
            Ok(_) if ingest => {
                let (catalog, shutdown) = (catalog.clone(), self.shutdown.clone());
                tasks.spawn(async move { ended("ingest", catalog.run_ingest(shutdown).await) });
            }
            Err(reason) if ingest => {
                tracing::warn!(%reason, "ingest waits: there is no embedding model; `catalejo check` says what to do");
            }
            _ => {}
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}

fn ended(role: &str, result: CatalogResult<()>) {
    match result {
        Ok(()) => tracing::debug!(role, "ended"),
        Err(error) => tracing::error!(role, %error, "a role cannot go on"),
    }
}

async fn open_catalog(config: &Config, wired: &Wired, runs: Runs) -> Result<Catalog, Failure> {
    let encoder: Arc<dyn Encoder> = match &wired.encoder {
        Ok(encoder) => {
            if let Err(error) = wiring::remember(&config.data, encoder.model()) {
                tracing::warn!(%error, "cannot note which model is installed");
            }
            encoder.clone()
        }
        Err(reason) => Arc::new(AbsentEncoder::new(&config.data, reason.clone())),
    };
    let parts = catalejo_catalog::Parts {
        store: wired.store.clone(),
        index: wired.index.clone(),
        broker: wired.broker.clone(),
        cache: wired.cache.clone(),
        blobs: wired.blobs.clone(),
        encoder,
    };
    let options = catalejo_catalog::Options {
        max_attempts: config.ingest_attempts,
        ingest_workers: config.ingest_workers,
        allow_private_urls: config.allow_private_urls,
        cache_ttl: Duration::from_secs(config.cache_ttl_secs),
        sole_process: roles::is_embedded(&config.store),
        ..catalejo_catalog::Options::default()
    };
    Catalog::open(parts, runs, options).await.map_err(failed)
}

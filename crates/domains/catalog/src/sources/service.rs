use std::sync::Arc;

use catalejo_blobs::Blobs;
use catalejo_port::{BackendUrl, PortError};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::{Pattern, Schedule, entity};
use crate::catalog::Core;
use crate::ingest::Format;
use crate::{CatalogError, CatalogResult};

/// Objects looked at by [`Sources::test`].
const TEST_OBJECTS: u64 = 10_000;

/// Creates, changes, tests and deletes sources.
#[derive(Clone)]
pub struct Sources {
    pub(crate) core: Arc<Core>,
}

/// What a source is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// `[a-z][a-z0-9_-]{0,62}`.
    pub name: String,
    /// `file:DIR` or `s3://BUCKET/PREFIX`.
    pub url: String,
    /// A glob over the path below the URL: `**` crosses folders.
    #[serde(default = "everything")]
    pub pattern: String,
    /// `auto` (by extension), `csv`, `jsonl` or `parquet`.
    #[serde(default)]
    pub format: Format,
    /// The collection it fills.
    pub collection: String,
    /// A cron line in UTC, `every 5m`, or `manual`.
    #[serde(default = "often")]
    pub schedule: String,
    /// Whether the schedule counts.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn everything() -> String {
    "**".to_owned()
}

fn often() -> String {
    Schedule::DEFAULT.to_owned()
}

fn yes() -> bool {
    true
}

/// A source as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// What it is made of; passwords in the URL are starred out.
    #[serde(flatten)]
    pub source: NewSource,
    /// When the schedule asks for the next crawl.
    pub next_crawl_at: Option<DateTime<Utc>>,
    /// The run of its last crawl.
    pub crawl_run: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What [`Sources::test`] saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SourceTest {
    /// Objects seen, at most 10,000.
    pub objects: u64,
    /// Those of them whose path matches the pattern.
    pub matching: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// The first few that match.
    pub examples: Vec<String>,
    /// Whether there is more than was looked at.
    pub more: bool,
}

impl Sources {
    /// All sources, by name.
    pub async fn list(&self) -> CatalogResult<Vec<Source>> {
        let rows =
            entity::Entity::find().order_by_asc(entity::Column::Name).all(self.core.parts.store.db()).await?;
        Ok(rows.into_iter().map(show).collect())
    }

    /// One source.
    pub async fn get(&self, name: &str) -> CatalogResult<Source> {
        self.core.source(name).await.map(show)
    }

    /// Creates or changes a source; answers it and whether it is new. An enabled one with a schedule is first crawled
    /// at once. What it listed before is kept, so that only what is new or
    /// changed is read again, unless the URL, the collection or the format changed.
    pub async fn put(&self, new: NewSource) -> CatalogResult<(Source, bool)> {
        let schedule = check(&new)?;
        let core = &self.core;
        core.live_now(&new.collection).await?;
        let now = Utc::now().timestamp_millis();
        let known = entity::Entity::find_by_id(&new.name).one(core.parts.store.db()).await?;
        let created = known.is_none();
        let same_schedule =
            known.as_ref().filter(|row| row.schedule == new.schedule && row.enabled == new.enabled);
        let next_crawl_at = match (same_schedule, &schedule) {
            (Some(row), _) => row.next_crawl_at,
            (None, Schedule::Manual) => None,
            (None, _) => Some(now),
        };
        // Files of another place, collection or format are other files: they are read from the start.
        let elsewhere = known.as_ref().is_some_and(|row| {
            (&row.url, &row.collection, row.format.as_str())
                != (&new.url, &new.collection, new.format.as_str())
        });
        let row = entity::Model {
            url: new.url,
            pattern: new.pattern,
            format: new.format.as_str().to_owned(),
            collection: new.collection,
            schedule: new.schedule,
            enabled: new.enabled,
            next_crawl_at,
            crawl_run: known.as_ref().and_then(|row| row.crawl_run.clone()),
            created_at: known.map_or(now, |row| row.created_at),
            updated_at: now,
            name: new.name,
        };
        let txn = core.parts.store.begin().await?;
        let model = entity::ActiveModel::from(row.clone()).reset_all();
        if created {
            entity::Entity::insert(model).exec_without_returning(&txn).await?;
        } else {
            entity::Entity::update(model).exec(&txn).await?;
        }
        if elsewhere {
            crate::ingest::forget_source(&txn, &row.name).await?;
        }
        txn.commit().await?;
        core.crawl_bell.notify_one();
        Ok((show(row), created))
    }

    /// Deletes a source and what is known of its files; items that came from it stay.
    pub async fn delete(&self, name: &str) -> CatalogResult<()> {
        self.core.source(name).await?;
        let txn = self.core.parts.store.begin().await?;
        entity::Entity::delete_by_id(name).exec(&txn).await?;
        crate::ingest::forget_source(&txn, name).await?;
        txn.commit().await?;
        Ok(())
    }

    /// Whether the source can be listed, and what is there.
    pub async fn test(&self, new: &NewSource) -> CatalogResult<SourceTest> {
        check(new)?;
        let pattern =
            Pattern::new(&new.pattern).map_err(|reason| CatalogError::request("pattern", reason))?;
        let blobs = open_url(&new.url).await?;
        let mut objects = blobs.list(None);
        let mut test = SourceTest::default();
        while let Some(object) = objects.next().await {
            let object = object?;
            if test.objects == TEST_OBJECTS {
                test.more = true;
                break;
            }
            test.objects += 1;
            if pattern.matches(object.location.as_ref()) {
                test.matching += 1;
                test.bytes += object.size;
                if test.examples.len() < 5 {
                    test.examples.push(object.location.to_string());
                }
            }
        }
        Ok(test)
    }

    /// Tests a source that exists, by name; its URL is used with its password.
    pub async fn test_known(&self, name: &str) -> CatalogResult<SourceTest> {
        let row = self.core.source(name).await?;
        self.test(&to_new(row)).await
    }

    /// Queues a crawl of the source; answers the run. While one is queued or running, that one is the answer's
    /// [`CatalogError::Conflict`]. With `again`, files that have not changed are read again too.
    pub async fn crawl(&self, name: &str, again: bool) -> CatalogResult<String> {
        let row = self.core.source(name).await?;
        let run = self.core.queue_crawl(&row, again).await?;
        self.core.crawl_bell.notify_one();
        Ok(run)
    }
}

impl Core {
    pub(crate) async fn source(&self, name: &str) -> CatalogResult<entity::Model> {
        entity::Entity::find_by_id(name)
            .one(self.parts.store.db())
            .await?
            .ok_or_else(|| CatalogError::UnknownSource(name.to_owned()))
    }
}

/// A source that fills the collection.
pub(crate) async fn filling(core: &Core, collection: &str) -> CatalogResult<Option<String>> {
    let row = entity::Entity::find()
        .filter(entity::Column::Collection.eq(collection))
        .one(core.parts.store.db())
        .await?;
    Ok(row.map(|row| row.name))
}

fn check(new: &NewSource) -> CatalogResult<Schedule> {
    let mut chars = new.name.chars();
    let good = chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && new.name.len() <= 63
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
    if !good {
        return Err(CatalogError::request(
            "name",
            "a letter from a to z, then a-z, 0-9, _ and -, at most 63",
        ));
    }
    let url = parse_url(&new.url)?;
    if !url.is(&["file", "s3"]) {
        return Err(CatalogError::request("url", "a source is `file:DIR` or `s3://BUCKET/PREFIX`"));
    }
    if new.pattern.len() > 250 {
        return Err(CatalogError::request("pattern", "at most 250 bytes"));
    }
    Pattern::new(&new.pattern).map_err(|reason| CatalogError::request("pattern", reason))?;
    Schedule::parse(&new.schedule).map_err(|reason| CatalogError::request("schedule", reason))
}

fn parse_url(url: &str) -> CatalogResult<BackendUrl> {
    url.parse().map_err(|error: catalejo_port::UrlError| CatalogError::request("url", error.to_string()))
}

async fn open_url(url: &str) -> CatalogResult<Blobs> {
    Ok(Blobs::open_source(&parse_url(url)?).await?)
}

/// Opens the place of a file.
pub(crate) async fn open_location(core: &Core, location: &str) -> CatalogResult<Blobs> {
    if location == crate::ingest::UPLOADS {
        return Ok(core.parts.blobs.clone());
    }
    let url: BackendUrl =
        location.parse().map_err(|_| PortError::corrupt("store: the address of a file cannot be read"))?;
    Ok(Blobs::open_source(&url).await?)
}

fn to_new(row: entity::Model) -> NewSource {
    NewSource {
        format: row.format.parse().unwrap_or_default(),
        name: row.name,
        url: row.url,
        pattern: row.pattern,
        collection: row.collection,
        schedule: row.schedule,
        enabled: row.enabled,
    }
}

fn show(row: entity::Model) -> Source {
    let instant = |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let (next_crawl_at, crawl_run) = (row.next_crawl_at, row.crawl_run.clone());
    let (created_at, updated_at) = (instant(row.created_at), instant(row.updated_at));
    let mut source = to_new(row);
    // Printing redacts; a URL that cannot be read any more is not shown at all.
    source.url = source.url.parse::<BackendUrl>().map_or_else(|_| "***".to_owned(), |url| url.to_string());
    let next_crawl_at = next_crawl_at.filter(|_| source.enabled).map(instant);
    Source { source, next_crawl_at, crawl_run, created_at, updated_at }
}

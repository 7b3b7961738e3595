//! The hidden index in which prompts are found by their words.
//!
//! Each change of a prompt leaves a row in `prompt_changes` within its own transaction. The row goes when the
//! index was flushed with the prompt as it stands; whatever was interrupted is done again, which changes nothing twice.

use std::collections::HashSet;
use std::time::Duration;

use catalejo_index::{Document, FieldSpec, FieldType, Schema};
use catalejo_store::store_error;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Map, json};
use tokio_util::sync::CancellationToken;

use crate::entity::{change, prompt};
use crate::relations::{Sight, sees};
use crate::social::Core;
use crate::{Social, SocialResult};

/// Collections' names begin with a letter, so none of their indexes has this name. The number counts the
/// schema's changes.
pub(crate) const INDEX: &str = "_prompts-1";

/// Changes brought to the index with one flush.
const BATCH: u64 = 500;
/// How often changes are looked for that no bell told of: those of other processes and interrupted ones.
const PERIOD: Duration = Duration::from_secs(2);

pub(crate) mod field {
    pub(crate) const TEXT: &str = "text";
    pub(crate) const AUTHOR: &str = "author";
    pub(crate) const COLLECTION: &str = "collection";
    pub(crate) const COPY: &str = "copy";
}

fn schema() -> Schema {
    let spec = |name: &str, kind, searchable| FieldSpec {
        name: name.to_owned(),
        kind,
        searchable,
        filterable: !searchable,
        facetable: false,
    };
    let fields = vec![
        spec(field::TEXT, FieldType::Text, true),
        spec(field::AUTHOR, FieldType::Integer, false),
        spec(field::COLLECTION, FieldType::Keyword, false),
        spec(field::COPY, FieldType::Boolean, false),
    ];
    Schema { fields, vector: None }
}

/// Makes the index. One that cannot be right, by the number of its prompts (a new schema, a restored backup), is filled
/// anew.
pub(crate) async fn prepare(core: &Core) -> SocialResult<()> {
    core.index.create(INDEX, &schema()).await?;
    let indexed = core.index.info(INDEX).await?.items;
    let db = core.store.db();
    let visible = sees(None, &Expr::col(("prompts", "author_id")), Sight::Open);
    let expected = prompt::Entity::find().filter(visible).count(db).await?;
    let waiting = change::Entity::find().count(db).await?;
    if indexed.abs_diff(expected) <= waiting {
        return Ok(());
    }
    tracing::info!(indexed, expected, waiting, "filling the index of prompts anew");
    core.index.remove(INDEX).await?;
    core.index.create(INDEX, &schema()).await?;
    let txn = core.store.begin().await?;
    change::Entity::delete_many().exec(&txn).await?;
    changed_where(&txn, Expr::col("id").gt(0)).await?;
    txn.commit().await.map_err(store_error)?;
    Ok(())
}

/// Notes that prompts changed, came or went.
pub(crate) async fn changed(txn: &DatabaseTransaction, ids: &[i64]) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    let rows = ids.iter().map(|id| change::ActiveModel { prompt_id: Set(*id), ..Default::default() });
    change::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

/// The same for all prompts that `which`, a condition on their columns, names.
pub(crate) async fn changed_where(txn: &DatabaseTransaction, which: Expr) -> Result<(), DbErr> {
    let ids = Query::select().column("id").from("prompts").and_where(which).to_owned();
    let mut insert = Query::insert().into_table("prompt_changes").columns(["prompt_id"]).to_owned();
    insert.select_from(ids).map_err(|error| DbErr::Custom(error.to_string()))?;
    txn.execute(&insert).await?;
    Ok(())
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: i64,
    text: String,
    author_id: i64,
    collection: String,
    edited_at: Option<i64>,
    original_id: Option<i64>,
}

impl Social {
    /// Brings changes to the index until `shutdown`: those made here at once, others within seconds. Run it in one
    /// process.
    pub async fn keep_indexed(&self, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.index_changes().await {
                tracing::warn!(%error, "prompts wait for the index");
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.core.bell.notified() => {}
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    /// Brings all changes to the index that were committed before the call; answers how many.
    pub async fn index_changes(&self) -> SocialResult<usize> {
        let core = &self.core;
        let _alone = core.indexing.lock().await;
        let mut done = 0;
        loop {
            let batch = change::Entity::find()
                .order_by_asc(change::Column::Seq)
                .limit(BATCH)
                .all(core.store.db())
                .await?;
            if batch.is_empty() {
                return Ok(done);
            }
            let ids: HashSet<i64> = batch.iter().map(|row| row.prompt_id).collect();
            core.bring(ids).await?;
            let seen = batch.iter().map(|row| row.seq);
            let txn = core.store.begin().await?;
            // By their own keys: a change that was committed meanwhile stays for the next batch.
            change::Entity::delete_many().filter(change::Column::Seq.is_in(seen)).exec(&txn).await?;
            txn.commit().await.map_err(store_error)?;
            done += batch.len();
        }
    }
}

impl Core {
    /// Makes the index hold these prompts as they stand, or not at all where they are gone or their author is suspended.
    async fn bring(&self, mut ids: HashSet<i64>) -> SocialResult<()> {
        let select = Query::select()
            .columns(
                ["id", "text", "author_id", "collection", "edited_at", "original_id"]
                    .map(|column| ("p", column)),
            )
            .from_as("prompts", "p")
            .and_where(Expr::col(("p", "id")).is_in(ids.iter().copied()))
            .and_where(sees(None, &Expr::col(("p", "author_id")), Sight::Open))
            .to_owned();
        let db = self.store.db();
        let rows = Row::find_by_statement(db.get_database_backend().build(&select)).all(db).await?;
        for row in &rows {
            ids.remove(&row.id);
        }
        let gone: Vec<String> = ids.iter().map(i64::to_string).collect();
        self.index.upsert(INDEX, rows.into_iter().map(to_document).collect()).await?;
        self.index.delete(INDEX, &gone).await?;
        self.index.flush(INDEX).await?;
        Ok(())
    }
}

fn to_document(row: Row) -> Document {
    let mut source = Map::new();
    source.insert(field::TEXT.into(), json!(row.text));
    source.insert(field::AUTHOR.into(), json!(row.author_id));
    source.insert(field::COLLECTION.into(), json!(row.collection));
    source.insert(field::COPY.into(), json!(row.original_id.is_some() && row.edited_at.is_none()));
    Document { id: row.id.to_string(), source, vector: None, hash: 0 }
}

use catalejo_accounts::UserId;
use catalejo_store::store_error;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel};

use crate::entity::prompt;
use crate::prompt::{checked_collection, checked_filter, checked_text, text_key};
use crate::removal::remove_prompts;
use crate::social::{check_active, now_ms};
use crate::{NewPrompt, Prompt, Social, SocialError, SocialResult, index, view};

impl Social {
    /// Publishes a prompt under the user's name.
    pub async fn publish(&self, author: UserId, new: NewPrompt) -> SocialResult<Prompt> {
        let collection = match &new.collection {
            Some(name) => checked_collection(name)?,
            None => self.core.options.default_collection.clone(),
        };
        let filter = new.filter.as_deref().map(checked_filter).transpose()?.flatten();
        let text = checked_text(&new.text)?;
        let row = fresh(author, text, collection, new.mode.as_str().to_owned(), filter);
        let txn = self.core.store.begin().await?;
        check_active(&txn, author).await?;
        let id = insert(&txn, row).await?;
        txn.commit().await.map_err(store_error)?;
        self.core.bell.notify_one();
        self.prompt(id, Some(author)).await
    }

    /// Changes the text of one's own prompt. Its likes stay.
    pub async fn edit(&self, author: UserId, id: i64, text: &str) -> SocialResult<Prompt> {
        let text = checked_text(text)?;
        let txn = self.core.store.begin().await?;
        check_active(&txn, author).await?;
        let row = own(&txn, author, id).await?;
        if row.text != text {
            let mut row = row.into_active_model();
            row.text_key = Set(text_key(&text));
            row.text = Set(text);
            row.edited_at = Set(Some(now_ms()));
            row.update(&txn).await?;
            index::changed(&txn, &[id]).await?;
        }
        txn.commit().await.map_err(store_error)?;
        self.core.bell.notify_one();
        self.prompt(id, Some(author)).await
    }

    /// Deletes one's own prompt with its likes; republications stay.
    pub async fn delete(&self, author: UserId, id: i64) -> SocialResult<()> {
        let txn = self.core.store.begin().await?;
        own(&txn, author, id).await?;
        remove_prompts(&txn, &[id]).await?;
        txn.commit().await.map_err(store_error)?;
        self.core.bell.notify_one();
        Ok(())
    }

    /// One prompt as `viewer` sees it.
    pub async fn prompt(&self, id: i64, viewer: Option<UserId>) -> SocialResult<Prompt> {
        let found = view::load(self.core.store.db(), &[id], viewer).await?;
        found.into_iter().next().ok_or(SocialError::UnknownPrompt(id))
    }
}

async fn own(txn: &DatabaseTransaction, author: UserId, id: i64) -> SocialResult<prompt::Model> {
    // A prompt that the user does not see is none to them, not one that is somebody else's.
    let row = prompt::Entity::find_by_id(id).one(txn).await?.ok_or(SocialError::UnknownPrompt(id))?;
    if row.author_id == author {
        return Ok(row);
    }
    match view::load(txn, &[id], Some(author)).await?.is_empty() {
        true => Err(SocialError::UnknownPrompt(id)),
        false => Err(SocialError::NotYours(id)),
    }
}

pub(crate) fn fresh(
    author_id: UserId,
    text: String,
    collection: String,
    mode: String,
    filter: Option<String>,
) -> prompt::ActiveModel {
    prompt::ActiveModel {
        author_id: Set(author_id),
        text_key: Set(text_key(&text)),
        text: Set(text),
        collection: Set(collection),
        mode: Set(mode),
        filter: Set(filter),
        likes: Set(0),
        created_at: Set(now_ms()),
        edited_at: Set(None),
        original_id: Set(None),
        ..Default::default()
    }
}

/// Writes a new prompt and notes it for the index; its id.
pub(crate) async fn insert(txn: &DatabaseTransaction, row: prompt::ActiveModel) -> SocialResult<i64> {
    let id = prompt::Entity::insert(row).exec(txn).await?.last_insert_id;
    index::changed(txn, &[id]).await?;
    Ok(id)
}

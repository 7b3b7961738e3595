//! Demo people: a few accounts with prompts, likes and follows, so that a first run shows a network and not a desert.

use std::collections::HashMap;

use catalejo_accounts::{AccountError, NewUser, Role, UserId};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use crate::entity::{audit, prompt};
use crate::moderation::log;
use crate::{Mode, Moderator, NewPrompt, Social, SocialError, SocialResult};

/// The word of the log that says that the demo was removed, and so is not to come back by itself.
const REMOVED: &str = "remove_demo";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Demo {
    people: Vec<DemoPerson>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoPerson {
    name: String,
    #[serde(default)]
    prompts: Vec<DemoPrompt>,
    /// Keys of prompts.
    #[serde(default)]
    likes: Vec<String>,
    /// Names of people.
    #[serde(default)]
    follows: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoPrompt {
    key: String,
    text: String,
    #[serde(default)]
    collection: Option<String>,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    filter: Option<String>,
}

/// What [`Social::seed_demo`] wrote: nothing where it was there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DemoSummary {
    /// New accounts.
    pub people: u64,
    /// New prompts, republications not counted.
    pub prompts: u64,
    /// New likes.
    pub likes: u64,
    /// New follows.
    pub follows: u64,
}

impl Social {
    /// Brings the people that `file`, TOML as in `demo/people.toml`, describes. What is there stays, what is missing
    /// (an earlier call was interrupted) is written. Nothing happens once the demo was removed, and somebody who has a
    /// demo person's name by right is left alone.
    pub async fn seed_demo(&self, file: &str) -> SocialResult<DemoSummary> {
        let demo: Demo =
            toml::from_str(file).map_err(|error| SocialError::request("demo", error.to_string()))?;
        let mut summary = DemoSummary::default();
        if self.demo_was_removed().await? {
            return Ok(summary);
        }
        let mut ids = HashMap::new();
        for person in &demo.people {
            if let Some((id, new)) = self.demo_account(&person.name).await? {
                summary.people += u64::from(new);
                ids.insert(person.name.as_str(), id);
            }
        }
        let mut keys = HashMap::new();
        for (person, prompt) in
            demo.people.iter().flat_map(|person| person.prompts.iter().map(move |prompt| (person, prompt)))
        {
            let Some(author) = ids.get(person.name.as_str()) else { continue };
            let (id, new) = self.demo_prompt(*author, prompt).await?;
            summary.prompts += u64::from(new);
            keys.insert(prompt.key.as_str(), id);
        }
        for person in &demo.people {
            let Some(user) = ids.get(person.name.as_str()) else { continue };
            for name in person.follows.iter().filter(|name| ids.contains_key(name.as_str())) {
                summary.follows += u64::from(self.follow(*user, name).await?.1);
            }
            for id in person.likes.iter().filter_map(|key| keys.get(key.as_str())) {
                summary.likes += u64::from(self.like(*user, *id).await?.new);
            }
        }
        Ok(summary)
    }

    /// Removes all demo people with everything they did, for good; answers how many.
    pub async fn remove_demo(&self, moderator: &Moderator) -> SocialResult<u64> {
        // First the log: an interrupted removal must not be undone by the next start.
        if !self.demo_was_removed().await? {
            let txn = self.core.store.begin().await?;
            log(&txn, moderator, REMOVED, "demo people".to_owned(), "").await?;
            txn.commit().await?;
        }
        let removed = self.core.accounts.remove_demo().await?;
        self.core.bell.notify_one();
        Ok(removed)
    }

    async fn demo_was_removed(&self) -> SocialResult<bool> {
        let removals = audit::Entity::find()
            .filter(audit::Column::Action.eq(REMOVED))
            .count(self.core.store.db())
            .await?;
        Ok(removals > 0)
    }

    /// The demo account of this name and whether it is new; none when the name is somebody else's.
    async fn demo_account(&self, name: &str) -> SocialResult<Option<(UserId, bool)>> {
        match self.core.accounts.by_name(name).await {
            Ok(user) => return Ok((user.demo && user.name == name).then_some((user.id, false))),
            Err(AccountError::UnknownUser(_)) => {}
            Err(error) => return Err(error.into()),
        }
        // Without a password nobody can log in to it.
        let new = NewUser { name: name.to_owned(), password: None, role: Role::Member, demo: true };
        match self.core.accounts.create_user(new).await {
            Ok(user) => Ok(Some((user.id, true))),
            Err(AccountError::NameTaken(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn demo_prompt(&self, author: UserId, demo: &DemoPrompt) -> SocialResult<(i64, bool)> {
        let known = prompt::Entity::find()
            .filter(prompt::Column::AuthorId.eq(author))
            .filter(prompt::Column::OriginalId.is_null())
            .filter(prompt::Column::Text.eq(demo.text.as_str()))
            .one(self.core.store.db())
            .await?;
        if let Some(known) = known {
            return Ok((known.id, false));
        }
        let new = NewPrompt {
            text: demo.text.clone(),
            collection: demo.collection.clone(),
            mode: demo.mode,
            filter: demo.filter.clone(),
        };
        Ok((self.publish(author, new).await?.id, true))
    }
}

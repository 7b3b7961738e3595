//! The social network around prompts: publishing, liking, following, the feed, muting, blocking and moderation.
//!
//! A *prompt* is a search that somebody found good and published, with the collection, mode and filter it was asked
//! with. Decisions that callers build on:
//!
//! - **A like counts once.** It is republished under the liker's name with a link to the first prompt of the chain, once
//!   for each liker and original. One's own prompts may be liked too. Taking a like back removes the
//!   republication unless somebody liked it or its text was changed; then it is the liker's own and stays.
//! - **A deleted prompt** takes its likes along; republications stay without a link. What a moderator removes takes
//!   unedited republications along, for they hold the same text.
//! - **A block** works both ways: neither sees, finds, follows or likes the other. **A mute** keeps somebody out of the
//!   muter's feed, lists and searches; asking for that person's own prompts still shows them.
//! - **A suspended author** is seen by nobody.
//! - **Ids ascend in time**, so the order of ids is the order of publication.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod circles;
mod cursor;
mod demo;
mod entity;
mod error;
mod feed;
mod follows;
mod index;
mod likes;
mod lists;
mod migrations;
mod moderation;
mod people;
mod prompt;
mod publish;
mod relations;
mod removal;
mod search;
mod social;
mod view;

pub use demo::DemoSummary;
pub use error::{SocialError, SocialResult};
pub use feed::FeedSort;
pub use likes::{Liked, Unliked};
pub use lists::{PromptQuery, Sort};
pub use moderation::{AuditEntry, Moderator, Report, ReportAction, ReportState, ReportedPrompt};
pub use people::{Person, Relation};
pub use prompt::{Mode, NewPrompt, Original, Page, Prompt};
pub use social::{Options, Social};

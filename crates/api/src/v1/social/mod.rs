//! The social network around prompts.

pub mod moderation;
pub mod people;
pub mod prompts;

use catalejo_accounts::Identity;
use catalejo_social::{Moderator, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Desk, List};
use crate::cursor;
use crate::problem::Result;

/// Entries of a page at most, and when nothing is said.
const MOST: usize = 100;
const USUAL: usize = 20;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The `next_cursor` of the page before; left out for the first page.
    cursor: Option<String>,
    /// Entries of this page, up to 100; 20 when left out.
    limit: Option<usize>,
}

/// A checked number of entries.
fn limit(wanted: Option<usize>, desk: &Desk) -> Result<usize> {
    cursor::limit(Some(wanted.unwrap_or(USUAL)), MOST.min(desk.limits.page.max(1)))
}

/// A page as it is answered.
fn list<T, V: From<T>>(page: Page<T>) -> List<V> {
    List { items: page.items.into_iter().map(V::from).collect(), next_cursor: page.next_cursor }
}

/// Who decides, as the log names them.
pub fn moderator(identity: &Identity) -> Moderator {
    Moderator { name: identity.user().map_or_else(|| "owner".to_owned(), |user| user.name.clone()) }
}

/// The routes of prompts, people and moderation.
pub fn routes(desk: Desk) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(prompts::list, prompts::create))
        .routes(routes!(prompts::show, prompts::change, prompts::remove))
        .routes(routes!(prompts::like, prompts::unlike))
        .routes(routes!(prompts::report))
        .routes(routes!(prompts::feed))
        .routes(routes!(people::list))
        .routes(routes!(people::show))
        .routes(routes!(people::prompts))
        .routes(routes!(people::followers))
        .routes(routes!(people::following))
        .routes(routes!(people::follow, people::unfollow))
        .routes(routes!(people::mute, people::unmute))
        .routes(routes!(people::block, people::unblock))
        .routes(routes!(people::report))
        .routes(routes!(moderation::reports))
        .routes(routes!(moderation::resolve))
        .routes(routes!(moderation::audit))
        .with_state(desk)
}

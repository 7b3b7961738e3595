//! What each command does. All but `up`, `serve`, `check` and those on backups speak HTTP to a service and nothing else.

pub mod backups;
pub mod check;
pub mod collections;
pub mod crawl;
pub mod dead_letters;
pub mod follow;
pub mod ingest;
pub mod keys;
pub mod rejections;
pub mod runs;
pub mod search;
pub mod sources;
pub mod up;
pub mod users;

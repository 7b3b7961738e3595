//! The catalog: collections as data, items, sources, crawling, ingest and search.
//!
//! [`Catalog`] is opened over a set of [`Parts`]; its services ([`Collections`], [`Items`], [`Searcher`], [`Sources`],
//! [`Imports`], [`Rejections`], [`DeadLetters`]) are handed out by it and cheap to clone. Background work runs in two roles,
//! [`Catalog::run_crawler`] and [`Catalog::run_ingest`], in this process or in others.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod catalog;
mod collections;
mod crawl;
mod error;
pub mod fault;
mod ingest;
mod items;
mod looking;
mod migrations;
mod page;
mod search;
mod sources;

pub use catalejo_runs::Page;
pub use catalog::{Catalog, Options, Parts};
pub use collections::{
    Collection, CollectionState, Collections, Definition, Embed, Field, Fields, PutOutcome, Stamp,
};
pub use error::{CatalogError, CatalogResult};
pub use ingest::{DeadLetter, DeadLetters, Format, Imports, ReadAs, Rejection, RejectionQuery, Rejections};
pub use items::{Item, ItemQuery, Items, Refusal, RefusalCode, RefusedItem, UpsertReport};
pub use search::{
    AskAnswer, AskHit, FacetAsk, FacetCounts, FacetValue, Mode, SearchAnswer, SearchHit, SearchRequest,
    SearchTotal, Searcher, SignalWord, SimilarRequest, Why,
};
pub use sources::{NewSource, Source, SourceTest, Sources};

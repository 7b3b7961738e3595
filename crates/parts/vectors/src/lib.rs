//! Nearest neighbours by cosine over immutable, memory-mapped segments of vectors.
//!
//! A caller gives every vector a *row id*: a `u64` that only rises and is never used twice. Rows are written into
//! *segments* ([`SegmentWriter`], [`write_segment`]), opened ([`Segment::open`]), wrapped with their deleted rows into
//! [`SegmentView`]s and searched together ([`search`]). Segments never change; deleting makes a new view, and
//! [`merge`] rewrites several segments into one without their dead rows, when [`MergePolicy`] says so.
//!
//! Vectors are normalised on entry; a zero vector stays zero and its similarity to everything is 0.
//!
//! # Durability
//! A segment file exists under its name only when it is complete and on disk; whatever else lies in the folder
//! (`*.tmp`) is left over from a crash and may be removed.
//!
//! # Inside
//! A segment's rows are divided by k-means into lists of about 250 (`kmeans`); below 2,500 rows there is one. Each row
//! has a 1-bit code of its rotated residual from the list's centroid (`rotation`, `codes`: RaBitQ). A search takes the
//! lists of all segments in the order in which they promise near rows, scans their codes, compares the rows whose
//! error bound allows it with the query and ends when no list can hold a nearer row (`probe`). How much a list may
//! promise is learnt from the segment itself when it is sealed (`calibrate`). Where few rows pass a filter, all of
//! them are compared.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod build;
mod calibrate;
mod centroids;
mod codes;
mod error;
mod filter;
mod format;
mod kernels;
mod kmeans;
mod merge;
mod policy;
mod probe;
mod rotation;
mod search;
mod segment;
mod top;
mod view;
mod writer;

pub use error::{Result, VectorError};
pub use filter::RowFilter;
pub use kernels::kernels;
pub use merge::merge;
pub use policy::{MergePolicy, SegmentSize};
pub use search::{SearchParams, search};
pub use segment::{Segment, SegmentMeta};
pub use top::Neighbour;
pub use view::SegmentView;
pub use writer::{SegmentWriter, write_segment};

/// Most components of a vector.
pub const MAX_DIMENSIONS: usize = 4096;

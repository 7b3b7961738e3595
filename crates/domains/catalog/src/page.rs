//! Cursors: opaque to those who hold them, an id to us.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{CatalogError, CatalogResult};

pub(crate) fn to_cursor(id: &str) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

pub(crate) fn from_cursor(cursor: &str) -> CatalogResult<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CatalogError::InvalidCursor)?;
    String::from_utf8(bytes).map_err(|_| CatalogError::InvalidCursor)
}

/// The size of a page: `wanted`, 50 when zero, at most `most`.
pub(crate) fn page_size(wanted: usize, most: usize) -> usize {
    if wanted == 0 { 50.min(most) } else { wanted.min(most) }
}

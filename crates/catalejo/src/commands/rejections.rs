//! `catalejo rejections`.

use crate::client::{Client, segment};
use crate::error::Failure;
use crate::output::Output;

/// Lists refused rows.
pub async fn run(
    client: &Client,
    output: Output,
    collection: &str,
    run: Option<&str>,
) -> Result<(), Failure> {
    let filter = run.map(|id| format!("?run_id={}", segment(id))).unwrap_or_default();
    let items = client
        .list(&format!("/v1/collections/{}/rejections{filter}", segment(collection)), usize::MAX)
        .await?;
    let columns =
        [("FILE", "/file"), ("LINE", "/line"), ("ID", "/id"), ("CODE", "/code"), ("REASON", "/reason")];
    output.table(&items, &columns, "no row was refused");
    Ok(())
}

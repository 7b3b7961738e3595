//! `catalejo keys`.

use serde_json::json;

use crate::cli::Keys;
use crate::client::{Client, segment};
use crate::error::Failure;
use crate::output::{Output, cell};

/// Lists, makes or ends API keys.
pub async fn run(client: &Client, output: Output, command: Keys) -> Result<(), Failure> {
    match command {
        Keys::List => {
            let items = client.list("/v1/keys", usize::MAX).await?;
            let columns = [
                ("ID", "/id"),
                ("NAME", "/name"),
                ("KEY", "/prefix"),
                ("SCOPES", "/scopes"),
                ("COLLECTIONS", "/collections"),
                ("EXPIRES", "/expires_at"),
                ("LAST USED", "/last_used_at"),
            ];
            output.table(&items, &columns, "no keys yet; `catalejo keys create --scope ingest` makes one");
        }
        Keys::Create { scope, name, collection, days } => {
            let mut body = json!({ "name": name, "scopes": scope });
            if !collection.is_empty() {
                body["collections"] = collection.into();
            }
            if let Some(days) = days {
                body["expires_in_days"] = days.into();
            }
            let made = client.post("/v1/keys", &body).await?;
            // nothing but the key, so that a script can take it
            output.show(&made, |made| cell(made.get("key")));
        }
        Keys::Revoke { id } => {
            client.delete(&format!("/v1/keys/{}", segment(&id))).await?;
            output.show(&json!({ "revoked": id }), |_| format!("{id} opens nothing any more"));
        }
    }
    Ok(())
}

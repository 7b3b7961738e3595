//! `catalejo sources`.

use serde_json::{Value, json};

use crate::cli::Sources;
use crate::client::{Client, segment};
use crate::error::Failure;
use crate::output::{Output, cell};

/// Lists, adds, removes or tries sources.
pub async fn run(client: &Client, output: Output, command: Sources) -> Result<(), Failure> {
    match command {
        Sources::List => {
            let items = client.list("/v1/sources", usize::MAX).await?;
            let columns = [
                ("NAME", "/name"),
                ("COLLECTION", "/collection"),
                ("URL", "/url"),
                ("PATTERN", "/pattern"),
                ("SCHEDULE", "/schedule"),
            ];
            output.table(&items, &columns, "no sources yet; `catalejo sources add NAME URL` adds one");
        }
        Sources::Add { name, url, collection, pattern, format, schedule } => {
            let body = json!({
                "url": absolute(&url), "collection": collection, "pattern": pattern, "format": format, "schedule": schedule,
            });
            let source =
                client.put(&path(&name), "application/json", without_nulls(body).to_string()).await?;
            output.show(&source, |_| {
                format!("{name} is a source of {collection}; `catalejo crawl {name}` reads it now")
            });
        }
        Sources::Remove { name } => {
            client.delete(&path(&name)).await?;
            output.show(&json!({ "removed": name }), |_| format!("{name} is forgotten; its items stay"));
        }
        Sources::Test { name } => {
            let found = client.post(&format!("{}/test", path(&name)), &Value::Null).await?;
            output.show(&found, describe);
        }
    }
    Ok(())
}

fn path(name: &str) -> String {
    format!("/v1/sources/{}", segment(name))
}

/// A relative folder means one under the folder of the command, not of the service.
pub fn absolute(url: &str) -> String {
    let Some(folder) = url.strip_prefix("file:").filter(|path| !path.starts_with('/')) else {
        return url.to_owned();
    };
    let (folder, options) =
        folder.split_once('?').map_or((folder, String::new()), |(a, b)| (a, format!("?{b}")));
    match std::path::absolute(folder) {
        Ok(path) => format!("file:{}{options}", path.display()),
        Err(_) => url.to_owned(),
    }
}

fn without_nulls(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

fn describe(found: &Value) -> String {
    let more = if found["more"] == true { " or more" } else { "" };
    let count = |name: &str| cell(found.get(name));
    let examples =
        found["examples"].as_array().into_iter().flatten().map(|path| format!("\n  {}", cell(Some(path))));
    format!(
        "{} files match, of {} objects{more}; {} bytes{}",
        count("matching"),
        count("objects"),
        count("bytes"),
        examples.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_folders_are_those_of_the_command() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(absolute("file:demo?x=1"), format!("file:{}/demo?x=1", here.display()));
        assert_eq!(absolute("file:/srv/bucket"), "file:/srv/bucket");
        assert_eq!(absolute("s3://bucket/prefix"), "s3://bucket/prefix");
    }
}

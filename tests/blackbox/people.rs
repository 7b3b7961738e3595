//! Accounts and the social network, by the seed's own client and by the command line.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::{Server, catalejo, output, root, text};

/// Runs a command with a line on its standard input.
fn told(command: &mut Command, line: &str) -> Output {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_client_written_for_the_seed_passes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::spawn(
        &data,
        catalejo(&data)
            .args(["--listen", "127.0.0.1:0", "--set", "logins_per_minute=100", "up", "--demo"])
            .arg(root().join("demo/spotify")),
    );
    server.wait_for("the demo's ingest", |s| {
        let songs = s.try_get("/v1/collections/songs")?;
        (songs["items"].as_u64()? >= 200).then_some(())
    });
    let client =
        output(Command::new("python3").arg(root().join("tests/blackbox/seed_client.py")).arg(&server.base));
    let said = text(&client.stdout);
    println!("{said}");
    assert!(client.status.success(), "{said}{}", text(&client.stderr));
    assert!(said.contains("21 routes") && said.contains(" 0 failed"), "{said}");
}

#[test]
fn accounts_and_keys_are_made_beside_a_running_service_and_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let add = |name: &str, more: &[&str]| {
        told(catalejo(&data).args(["users", "add", name]).args(more), "a-long-password")
    };
    let public = || output(catalejo(&data).args(["--listen", "0.0.0.0:0", "check"]));
    let refused = public();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stdout).contains("neither an administrator nor an admin_key"),
        "{}",
        text(&refused.stdout)
    );

    let made = add("root", &["--admin"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(public().status.success(), "{}", text(&public().stdout));

    let server = Server::spawn(&data, catalejo(&data).args(["--listen", "0.0.0.0:0", "up"]));
    assert!(
        !std::fs::read_to_string(&server.log).unwrap().contains("setup?token"),
        "there is an administrator"
    );
    assert_eq!(server.post("/v1/sources", &json!({})).0, 401);
    assert!(add("ana", &[]).status.success());
    assert!(!add("ANA", &[]).status.success(), "the name is taken");
    let list = output(catalejo(&data).args(["users", "list", "--json"]));
    let users: Value = serde_json::from_slice(&list.stdout).unwrap();
    let roles: Vec<_> =
        users.as_array().unwrap().iter().map(|user| (user["name"].as_str(), user["role"].as_str())).collect();
    assert_eq!(roles, [(Some("root"), Some("admin")), (Some("ana"), Some("member"))]);

    let created = output(catalejo(&data).args(["keys", "create", "--scope", "admin"]));
    let key = text(&created.stdout).trim().to_owned();
    assert!(key.starts_with("ctk_") && !key.contains(char::is_whitespace), "just the key: {key:?}");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let status = |key: &str| {
        let request = http.get(format!("{}/v1/runs", server.base)).bearer_auth(key);
        runtime.block_on(async { request.send().await.unwrap().status().as_u16() })
    };
    assert_eq!(status(&key), 200);
    let listed = output(catalejo(&data).args(["keys", "list", "--json"]));
    let keys: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let id = keys[0]["id"].as_str().unwrap();
    assert!(output(catalejo(&data).args(["keys", "revoke", id])).status.success());
    assert_eq!(status(&key), 401, "revoked in the running service at once");
}

#[test]
fn the_first_start_prints_a_link_that_makes_the_first_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::up(&data);
    let link = server.wait_for("the link", |s| {
        let log = std::fs::read_to_string(&s.log).ok()?;
        let token = log.split("/setup?token=").nth(1)?.split_whitespace().next()?;
        Some(token.to_owned())
    });
    let body = json!({ "name": "root", "password": "a-long-password", "setup_token": link });
    let (status, made) = server.post("/v1/users", &body);
    assert_eq!((status, &made["user"]["role"]), (201, &json!("admin")), "{made}");
    assert_eq!(server.post("/v1/users", &body).0, 403, "it works once");
    assert_eq!(server.post("/v1/sources", &json!({})).0, 401, "on loopback too");
}

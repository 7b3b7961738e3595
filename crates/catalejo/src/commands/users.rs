//! `catalejo users`.

use std::io::{BufRead, IsTerminal};

use serde_json::{Value, json};

use crate::cli::Users;
use crate::client::{Client, segment};
use crate::error::Failure;
use crate::output::{Output, cell};

/// Lists, makes, changes or removes accounts.
pub async fn run(client: &Client, output: Output, command: Users) -> Result<(), Failure> {
    let change = async |name: &str, change: Value| client.patch(&path(name), &change).await;
    match command {
        Users::List => {
            let items = client.list("/v1/users", usize::MAX).await?;
            let columns = [
                ("NAME", "/name"),
                ("ROLE", "/role"),
                ("SUSPENDED", "/suspended"),
                ("DEMO", "/demo"),
                ("CREATED", "/created_at"),
            ];
            output.table(
                &items,
                &columns,
                "no accounts yet; `catalejo users add NAME --admin` makes the first",
            );
        }
        Users::Add { name, admin } => {
            let role = if admin { "admin" } else { "member" };
            let body = json!({ "name": name, "password": new_password()?, "role": role });
            let made = client.post("/v1/users", &body).await?;
            output.show(&made["user"], |user| format!("{} is {role} now", cell(user.get("name"))));
        }
        Users::Role { name, role } => {
            let user = change(&name, json!({ "role": role })).await?;
            output.show(&user, |_| format!("{name} is {role} now"));
        }
        Users::Password { name } => {
            let user = change(&name, json!({ "password": new_password()? })).await?;
            output.show(&user, |_| format!("{name} has a new password, and is logged in nowhere"));
        }
        Users::Suspend { name } => {
            let user = change(&name, json!({ "suspended": true })).await?;
            output.show(&user, |_| format!("{name} is kept out"));
        }
        Users::Reinstate { name } => {
            let user = change(&name, json!({ "suspended": false })).await?;
            output.show(&user, |_| format!("{name} may come in again"));
        }
        Users::Remove { name } => {
            client.delete(&path(&name)).await?;
            output.show(&json!({ "removed": name }), |_| format!("{name} is removed"));
        }
        Users::RemoveDemo => {
            let removed = client.delete("/v1/demo-people").await?;
            output.show(&removed, |removed| format!("{} demo people removed", cell(removed.get("removed"))));
        }
    }
    Ok(())
}

fn path(name: &str) -> String {
    format!("/v1/users/{}", segment(name))
}

/// Asked for twice at a terminal, else the first line of standard input.
fn new_password() -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("cannot read the password: {error}"));
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let terminal = console::Term::stderr();
    let ask = |words: &str| {
        terminal.write_str(words)?;
        terminal.read_secure_line()
    };
    let password = ask("Password: ").map_err(failed)?;
    match password == ask("Once more: ").map_err(failed)? {
        true => Ok(password),
        false => Err(Failure::Failed("the two passwords differ".into())),
    }
}

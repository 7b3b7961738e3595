//! Commands without a running service: they bring up what they need and end with their work done.

use serde_json::{Value, json};

use crate::support::{catalejo, output, text};

fn definition(kind: &str) -> String {
    format!(
        "name = \"points\"\nid = \"id\"\n[embed]\ndimensions = 3\n[fields]\nname = {{ type = \"text\" }}\nsize = {{ type = \"{kind}\" }}\n"
    )
}

#[test]
fn a_changed_definition_is_indexed_before_the_command_ends() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = |words: &[&str]| -> Value {
        let done = output(catalejo(&data).current_dir(folder.path()).args(words).arg("--json"));
        assert!(done.status.success(), "{words:?}: {}{}", text(&done.stdout), text(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    };
    std::fs::write(folder.path().join("points.toml"), definition("keyword")).unwrap();
    std::fs::write(
        folder.path().join("points.jsonl"),
        "{\"id\":\"1\",\"name\":\"a\",\"size\":\"7\",\"clip\":[1,0,0]}\n",
    )
    .unwrap();
    run(&["collections", "add", "points.toml"]);
    let summary = run(&["ingest", "points.jsonl", "--collection", "points", "--vector-field", "clip"]);
    assert_eq!((&summary["new"], &summary["refused"]), (&json!(1), &json!(0)), "{summary}");

    std::fs::write(folder.path().join("points.toml"), definition("integer")).unwrap();
    run(&["collections", "add", "points.toml"]);
    let collection = run(&["collections", "show", "points"]);
    assert_eq!((&collection["state"], &collection["items"]), (&json!("ready"), &json!(1)), "{collection}");
    assert_eq!(collection["definition"]["fields"]["size"]["type"], "integer");
    let found = run(&["search", "a", "--collection", "points", "--mode", "text", "--filter", "size > 6"]);
    assert_eq!(found["hits"][0]["item"]["size"], 7, "{found}");
}

#[test]
fn a_file_that_was_given_up_is_listed_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::write(folder.path().join("poison.csv"), "name\nno id\n").unwrap();
    let run = |words: &[&str]| output(catalejo(&data).current_dir(folder.path()).args(words));
    let failed = run(&["ingest", "poison.csv"]);
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed.stderr));
    let list = run(&["dead-letters", "list", "--json"]);
    let letters: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert!(letters[0]["path"].as_str().unwrap().ends_with("poison.csv"), "{letters}");
    let id = letters[0]["id"].as_str().unwrap();
    let replayed = run(&["dead-letters", "replay", id]);
    assert_eq!(replayed.status.code(), Some(1), "it fails again, and the command says so");
    assert!(text(&replayed.stderr).contains("no column"), "{}", text(&replayed.stderr));
    let list: Value = serde_json::from_slice(&run(&["dead-letters", "list", "--json"]).stdout).unwrap();
    let id = list[0]["id"].as_str().unwrap();
    assert!(run(&["dead-letters", "forget", id]).status.success());
    assert_eq!(text(&run(&["dead-letters", "list"]).stdout).trim(), "no file was given up");
}

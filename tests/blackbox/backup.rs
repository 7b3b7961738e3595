//! Backup while running, loss of the data folder, restore; damage is found and named.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Server, catalejo, output, text};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            files(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

fn flip_a_byte(file: &Path) {
    let mut file = fs::OpenOptions::new().read(true).write(true).open(file).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    file.seek(SeekFrom::Start(middle)).unwrap();
    let mut byte = [0];
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[!byte[0]]).unwrap();
}

fn answers(server: &Server) -> Value {
    let search = |body: Value| {
        let mut answer = server.search("songs", &body);
        answer["took_ms"] = Value::Null;
        answer
    };
    json!([
        search(json!({"query": "harbour", "limit": 5})),
        search(json!({"query": "song about the sea", "mode": "vector", "limit": 5})),
        search(json!({"query": "night", "mode": "text", "filter": "danceability > 0.3", "limit": 5})),
        server.get("/v1/collections/songs")["items"],
    ])
}

#[test]
fn what_was_backed_up_while_running_is_restored_with_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let kept = folder.path().join("kept");
    let server = Server::up(&data);
    let songs: Vec<Value> = (0..60)
        .map(|n| json!({"id": format!("s{n:02}"), "name": format!("harbour {n}"), "artists": "A", "danceability": 0.4,
                        "lyrics": format!("night number {n} over the sea")}))
        .collect();
    let (status, answer) = server.post("/v1/collections/songs/items", &json!({"items": songs}));
    assert!((200..300).contains(&status), "{answer}");
    let before = answers(&server);

    let backup = output(catalejo(&data).arg("backup").arg(&kept));
    assert!(backup.status.success(), "{}{}", text(&backup.stdout), text(&backup.stderr));
    server.kill_9();
    fs::remove_dir_all(&data).unwrap();

    let verified = output(catalejo(&data).args(["backup", "verify"]).arg(&kept));
    assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
    let restored = output(catalejo(&data).arg("restore").arg(&kept));
    assert!(restored.status.success(), "{}{}", text(&restored.stdout), text(&restored.stderr));
    let again = output(catalejo(&data).arg("restore").arg(&kept));
    assert_eq!(again.status.code(), Some(1), "a folder with data is not overwritten");
    let server = Server::up(&data);
    assert_eq!(answers(&server), before);
}

#[test]
fn a_damaged_backup_is_found_and_the_damaged_file_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let kept = folder.path().join("kept");
    let server = Server::up(&data);
    let item = json!({"id": "one", "name": "harbour", "artists": "A", "lyrics": "night"});
    server.post("/v1/collections/songs/items", &json!({"items": [item]}));
    assert!(output(catalejo(&data).arg("backup").arg(&kept)).status.success());
    drop(server);

    let mut all = Vec::new();
    files(&kept, &mut all);
    let largest = all.iter().max_by_key(|f| fs::metadata(f).unwrap().len()).unwrap();
    let relative = largest.strip_prefix(&kept).unwrap().to_str().unwrap().to_owned();
    flip_a_byte(largest);
    let verified = output(catalejo(&data).args(["backup", "verify"]).arg(&kept));
    let said = format!("{}{}", text(&verified.stdout), text(&verified.stderr));
    assert_eq!(verified.status.code(), Some(1), "{said}");
    assert!(said.contains(&relative), "does not name {relative}: {said}");

    fs::remove_file(largest).unwrap();
    let verified = output(catalejo(&data).args(["backup", "verify"]).arg(&kept));
    let said = format!("{}{}", text(&verified.stdout), text(&verified.stderr));
    assert_eq!(verified.status.code(), Some(1), "{said}");
    assert!(said.contains(&relative), "does not name the missing {relative}: {said}");
}

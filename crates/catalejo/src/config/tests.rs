use std::collections::BTreeSet;

use super::*;

const EXAMPLE: &str = include_str!("../../../../catalejo.toml.example");

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalejo.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn from_file(text: &str) -> Result<Config, ConfigError> {
    let (_folder, path) = file(text);
    load(&Layers { file: Some(path), ..Layers::default() })
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let (_folder, path) = file("ingest_workers = 2\ningest_attempts = 2\npage_limit_items = 2\n");
    let layers = Layers {
        file: Some(path),
        env: pairs(&[("CATALEJO_INGEST_WORKERS", "3"), ("CATALEJO_INGEST_ATTEMPTS", "3"), ("HOME", "/")]),
        flags: pairs(&[("ingest_workers", "4")]),
    };
    let config = load(&layers).unwrap();
    assert_eq!(config.ingest_workers, 4, "flag");
    assert_eq!(config.ingest_attempts, 3, "environment");
    assert_eq!(config.page_limit_items, 2, "file");
    assert_eq!(config.crawl_interval_secs, 300, "default");
}

#[test]
fn a_wrong_key_names_file_line_and_nearest_key() {
    let message = from_file("# comment\ndata = \"x\"\nstroe = \"sqlite:\"\n").unwrap_err().to_string();
    assert!(
        message.ends_with("catalejo.toml, line 3: unknown key `stroe`; did you mean `store`?"),
        "{message}"
    );
}

#[test]
fn a_wrong_value_names_file_and_line() {
    let message = from_file("\nlisten = \"nowhere\"\n").unwrap_err().to_string();
    assert!(message.contains("catalejo.toml, line 2: "), "{message}");
}

#[test]
fn a_wrong_variable_is_named() {
    let layers = Layers { env: pairs(&[("CATALEJO_INGEST_WORKER", "3")]), ..Layers::default() };
    let message = load(&layers).unwrap_err().to_string();
    assert_eq!(
        message,
        "environment variable CATALEJO_INGEST_WORKER: unknown key `ingest_worker`; did you mean `ingest_workers`?"
    );
}

#[test]
fn a_missing_named_file_is_an_error() {
    let layers = Layers { file: Some("/nonexistent/catalejo.toml".into()), ..Layers::default() };
    assert!(matches!(load(&layers), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn lists_numbers_truths_and_digits_as_text_are_read() {
    let layers = Layers {
        flags: pairs(&[
            ("source_roots", "/a, /b"),
            ("allow_private_urls", "true"),
            ("admin_key", "12345678901234567"),
        ]),
        ..Layers::default()
    };
    let config = load(&layers).unwrap();
    assert_eq!(config.source_roots, ["/a", "/b"].map(PathBuf::from));
    assert!(config.allow_private_urls);
    assert_eq!(config.admin_key.unwrap().expose(), "12345678901234567");
}

#[test]
fn a_public_address_needs_a_key_or_an_administrator() {
    let public = |key: Option<&str>| {
        let mut flags = pairs(&[("listen", "0.0.0.0:8080")]);
        flags.extend(key.map(|key| ("admin_key".to_owned(), key.to_owned())));
        load(&Layers { flags, ..Layers::default() })
    };
    let bare = public(None).unwrap();
    assert!(bare.check_listen(false).unwrap_err().to_string().contains("CATALEJO_ADMIN_KEY"));
    assert!(bare.check_listen(true).is_ok());
    assert!(public(Some("short")).unwrap_err().to_string().contains("shorter than 16"));
    assert!(public(Some("a-key-of-many-characters")).unwrap().check_listen(false).is_ok());
    assert!(Config::default().check_listen(false).is_ok());
}

#[test]
fn neither_errors_nor_debug_print_a_secret() {
    let config = from_file("admin_key = \"correct-horse-battery\"\n").unwrap();
    assert!(!format!("{config:?}").contains("correct-horse"));
    let message = from_file("admin_key = \"correct-horse-battery\"\nx = 1\n").unwrap_err().to_string();
    assert!(!message.contains("correct-horse"), "{message}");
}

#[test]
fn the_example_parses_and_names_every_key() {
    let live: String = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_setting(rest)).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect();
    from_file(&live).unwrap();
    let named: BTreeSet<String> = toml::from_str::<toml::Table>(&live).unwrap().keys().cloned().collect();
    let known: BTreeSet<String> = Config::KEYS.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(named, known);
    from_file(EXAMPLE).unwrap();
}

fn is_setting(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(key, _)| Config::KEYS.contains(&key))
}

#[test]
fn keys_lists_exactly_the_fields() {
    let error = toml::from_str::<Config>("zzzz = 1").unwrap_err();
    let fields = error.message().split('`').skip(3).step_by(2).collect::<Vec<_>>();
    assert_eq!(fields, Config::KEYS);
}

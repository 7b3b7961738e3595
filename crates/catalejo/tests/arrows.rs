//! Keeps the house in shape: which crate may depend on which, how long a file may grow, and which words
//! never enter the repository.
//!
//! The arrows point one way, `catalejo → api → domains → parts`. A part knows parts only; a domain knows parts and
//! the two domains made to be shared; telemetry knows nobody.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Domains that other domains may use: long pieces of work, and a user's identity.
const SHARED_DOMAINS: [&str; 2] = ["runs", "accounts"];

/// A file longer than this has a seam that somebody has not found yet.
const MAX_LINES: usize = 500;

/// Where a crate lives decides what it may know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    Binary,
    Api,
    Domain(String),
    Part(String),
    Telemetry,
}

impl Room {
    /// The room of a crate's folder, `None` for what is not under `crates/` (benches, black-box tests).
    fn of(folder: &Path) -> Option<Self> {
        let names: Vec<&str> = folder.iter().filter_map(|name| name.to_str()).collect();
        let from = names.iter().rposition(|name| *name == "crates")?;
        match names[from + 1..] {
            ["catalejo"] => Some(Self::Binary),
            ["api"] => Some(Self::Api),
            ["telemetry"] => Some(Self::Telemetry),
            ["domains", name] => Some(Self::Domain(name.to_owned())),
            ["parts", name] => Some(Self::Part(name.to_owned())),
            _ => panic!("a crate in an unknown place: {}", folder.display()),
        }
    }

    fn may_know(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Binary) | (Self::Telemetry, _) => false,
            (Self::Binary, _) => true,
            (_, Self::Api) => false,
            (Self::Api, _) => true,
            (Self::Domain(_), Self::Domain(name)) => SHARED_DOMAINS.contains(&name.as_str()),
            (Self::Domain(_), _) => true,
            (Self::Part(_), other) => matches!(other, Self::Part(_)),
        }
    }
}

/// Who knows whom, by room.
type Graph = BTreeMap<Room, Vec<Room>>;

fn wrong_arrows(graph: &Graph) -> Vec<String> {
    let arrows = graph.iter().flat_map(|(from, known)| known.iter().map(move |to| (from, to)));
    arrows.filter(|(from, to)| !from.may_know(to)).map(|(from, to)| format!("{from:?} → {to:?}")).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The workspace as cargo sees it, dependencies for tests included.
fn workspace() -> Graph {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));

    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let room =
        |package: &Value| Room::of(Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap());
    packages.iter().filter_map(|package| Some((room(package)?, known_to(package)))).collect()
}

fn known_to(package: &Value) -> Vec<Room> {
    let dependencies = package["dependencies"].as_array().unwrap();
    let folders = dependencies.iter().filter_map(|dependency| dependency["path"].as_str());
    folders
        .map(|folder| Room::of(Path::new(folder)).expect("a crate of the house knows no outsider"))
        .collect()
}

#[test]
fn arrows_point_one_way() {
    let graph = workspace();
    assert!(graph.len() >= 10, "cargo metadata lists the house: {:?}", graph.keys());
    assert!(graph[&Room::Binary].contains(&Room::Api), "arrows are read");
    assert_eq!(wrong_arrows(&graph), Vec::<String>::new());
}

#[test]
fn wrong_arrows_are_seen() {
    let part = |name: &str| Room::Part(name.to_owned());
    let domain = |name: &str| Room::Domain(name.to_owned());
    let right = Graph::from([
        (Room::Binary, vec![Room::Api, domain("catalog"), part("port"), Room::Telemetry]),
        (Room::Api, vec![domain("catalog"), part("port"), Room::Telemetry]),
        (domain("catalog"), vec![domain("runs"), domain("accounts"), part("index")]),
        (part("index"), vec![part("port"), part("vectors")]),
    ]);
    assert_eq!(wrong_arrows(&right), Vec::<String>::new());

    let wrong = [
        (part("index"), domain("catalog")),
        (part("index"), Room::Telemetry),
        (domain("catalog"), domain("social")),
        (domain("runs"), Room::Api),
        (Room::Api, Room::Binary),
        (Room::Telemetry, part("port")),
    ];
    for (from, to) in wrong {
        let graph = Graph::from([(from.clone(), vec![to.clone()])]);
        assert_eq!(wrong_arrows(&graph), [format!("{from:?} → {to:?}")]);
    }
}

/// Every text file of the repository; build outputs, hidden folders and data folders are left out.
fn texts() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.file_name().and_then(|name| name.to_str()).unwrap_or_default() {
                "Cargo.lock" | "package-lock.json" => {}
                _ if path.is_dir() => folders.extend(is_ours(&path).then_some(path)),
                _ => found.extend(fs::read_to_string(&path).ok().map(|text| (path, text))),
            }
        }
    }
    found
}

fn is_ours(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let hidden = name.starts_with('.') && name != ".ci";
    !hidden
        && !["node_modules", "dist", "artifacts", "target", "catalejo-data"].contains(&name)
        && !folder.join("CACHEDIR.TAG").exists()
}

#[test]
fn no_source_file_is_too_long() {
    let is_source = |path: &Path| {
        // a dictionary of the page is one list, which has no seam
        let dictionary = path.parent().is_some_and(|folder| folder.ends_with("web/src/i18n"));
        let ends = ["rs", "py", "sh", "ts", "tsx"];
        !dictionary && path.extension().is_some_and(|end| ends.iter().any(|e| end == *e))
    };
    let sources: Vec<_> = texts().into_iter().filter(|(path, _)| is_source(path)).collect();
    assert!(sources.len() >= 10, "the sources are found");
    let long: Vec<String> = sources
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn no_file_names_a_registry_host() {
    // In two pieces, so that this file passes its own test.
    let hosts = [
        ["crates", ".io"],
        ["pypi", ".org"],
        ["python", "hosted"],
        ["registry.", "npmjs"],
        ["deb.", "debian"],
        ["proxy.", "golang"],
        ["maven", ".org"],
    ];
    let texts = texts();
    let named = hosts.iter().map(|pieces| pieces.concat()).flat_map(|host| {
        let files = texts.iter().filter(move |(_, text)| text.contains(&host));
        files.map(|(path, _)| path.display().to_string()).collect::<Vec<_>>()
    });
    assert_eq!(named.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn links_between_documents_lead_somewhere() {
    let is_document = |path: &Path| path.extension().is_some_and(|end| end == "md");
    let documents: Vec<_> = texts().into_iter().filter(|(path, _)| is_document(path)).collect();
    let mut links = 0;
    let mut broken = Vec::new();
    for (path, text) in &documents {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            if target.is_empty() || target.contains(':') {
                continue;
            }
            links += 1;
            if !path.parent().unwrap().join(target).exists() {
                broken.push(format!("{} → {target}", path.display()));
            }
        }
    }
    assert!(links >= 20, "the links are found");
    assert_eq!(broken, Vec::<String>::new());
}

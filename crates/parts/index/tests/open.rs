//! Opening by URL.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use catalejo_index::open;
use catalejo_port::{BackendUrl, ErrorKind};

#[tokio::test]
async fn the_data_folder_or_a_path_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let default = BackendUrl::parse("embedded:").unwrap();
    open(&default, folder.path()).await.unwrap().ping().await.unwrap();
    assert!(folder.path().join("index").is_dir());
    let elsewhere = BackendUrl::parse(&format!("embedded:{}/else/where", folder.path().display())).unwrap();
    open(&elsewhere, Path::new("/nowhere")).await.unwrap().ping().await.unwrap();
    assert!(folder.path().join("else/where").is_dir());
}

#[tokio::test]
async fn unknown_schemes_and_options_list_the_known() {
    let refused =
        async |url: &str| open(&BackendUrl::parse(url).unwrap(), Path::new("/nowhere")).await.unwrap_err();
    let scheme = refused("solr://host").await;
    assert_eq!(scheme.kind(), ErrorKind::Invalid);
    assert!(scheme.to_string().contains("embedded"), "{scheme}");
    let option = refused("embedded:?speed=high").await;
    assert_eq!(option.kind(), ErrorKind::Invalid);
    assert!(option.to_string().contains("speed"), "{option}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let url = BackendUrl::parse(&format!("embedded:{}/index", file.path().display())).unwrap();
    let error = open(&url, Path::new("/nowhere")).await.unwrap_err();
    assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
}

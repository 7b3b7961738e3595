#![allow(clippy::unwrap_used, clippy::panic)]
//! The contract suite on folders, and what is particular to them.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path as FilePath;

use bytes::Bytes;
use catalejo_blobs::{Blobs, path, suite};
use catalejo_port::ErrorKind;
use futures::TryStreamExt;

async fn open(folder: &FilePath) -> Blobs {
    Blobs::open(&format!("file:{}", folder.display()).parse().unwrap(), FilePath::new("unused"))
        .await
        .unwrap()
}

async fn source(file: &FilePath) -> Blobs {
    Blobs::open_source(&format!("file:{}", file.display()).parse().unwrap()).await.unwrap()
}

async fn listed(blobs: &Blobs) -> Vec<String> {
    blobs.list(None).map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_keep_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let next = std::sync::atomic::AtomicU32::new(0);
    suite::all(async || {
        let name = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        open(&folder.path().join("not there yet").join(name)).await
    })
    .await;
}

#[tokio::test]
async fn the_default_folder_is_in_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&"file:".parse().unwrap(), folder.path()).await.unwrap();
    blobs.put(&path("a/b.txt").unwrap(), "x".into()).await.unwrap();
    assert_eq!(fs::read(folder.path().join("blobs/a/b.txt")).unwrap(), b"x");
}

#[tokio::test]
async fn links_do_not_lead_outside() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "hunter2").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("real/deep")).unwrap();
    fs::write(root.join("real/a.csv"), "inside").unwrap();
    symlink(outside.path().join("secret"), root.join("secret")).unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink("../../etc/passwd", root.join("passwd")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("real/a.csv", root.join("link.csv")).unwrap();
    symlink("..", root.join("real/deep/loop")).unwrap();
    let blobs = open(root).await;
    assert_eq!(listed(&blobs).await, ["link.csv", "real/a.csv"]);
    assert_eq!(blobs.get(&path("link.csv").unwrap()).await.unwrap(), "inside");
    for way_out in ["secret", "out/secret", "passwd"] {
        let way_out = path(way_out).unwrap();
        assert_eq!(blobs.get(&way_out).await.unwrap_err().kind(), ErrorKind::Unauthorized);
        assert_eq!(blobs.get_range(&way_out, 0..2).await.unwrap_err().kind(), ErrorKind::Unauthorized);
        assert_eq!(blobs.head(&way_out).await.unwrap_err().kind(), ErrorKind::Unauthorized);
        assert!(blobs.delete(&way_out).await.is_err());
    }
    let planted = path("out/new/planted").unwrap();
    assert_eq!(blobs.put(&planted, "x".into()).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert!(blobs.writer(&planted).await.is_err());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn odd_and_unfinished_files_do_not_end_a_listing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["b.csv", "a.csv", "a", ".hidden", "c.csv#1", "d#x.csv", "tab\tname"] {
        fs::write(root.join(name), "x").unwrap();
    }
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"latin\xe9.csv")), "x").unwrap();
    fs::create_dir_all(root.join(".git/objects")).unwrap();
    fs::write(root.join(".git/objects/x.csv"), "x").unwrap();
    fs::remove_file(root.join("a")).unwrap();
    fs::create_dir(root.join("a")).unwrap();
    fs::write(root.join("a/z.csv"), "x").unwrap();
    // In the order of whole paths, as an object store lists them: `.` comes before `/`.
    assert_eq!(listed(&open(root).await).await, ["a.csv", "a/z.csv", "b.csv", "d#x.csv"]);
}

#[tokio::test]
async fn an_edit_in_place_that_keeps_size_and_date_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.csv");
    fs::write(&file, "aaaa").unwrap();
    let blobs = source(folder.path()).await;
    let before = blobs.head(&path("x.csv").unwrap()).await.unwrap();
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    // Edits within one tick of the kernel's clock are the stated limit, so edit until the clock has moved.
    let begun = std::time::Instant::now();
    loop {
        fs::write(&file, "bbbb").unwrap();
        fs::File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
        let after = blobs.head(&path("x.csv").unwrap()).await.unwrap();
        assert_eq!((after.size, after.last_modified), (before.size, before.last_modified));
        if after.e_tag != before.e_tag {
            break;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "the edit is not seen");
    }
}

#[tokio::test]
async fn a_source_may_be_a_single_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("songs 1.csv");
    fs::write(&file, "id,name\n").unwrap();
    fs::write(folder.path().join("other.csv"), "x").unwrap();
    let blobs = source(&file).await;
    assert_eq!(listed(&blobs).await, ["songs 1.csv"]);
    assert_eq!(blobs.get(&path("songs 1.csv").unwrap()).await.unwrap(), "id,name\n");
    assert_eq!(blobs.get(&path("other.csv").unwrap()).await.unwrap_err().kind(), ErrorKind::NotFound);
    blobs.ping().await.unwrap();
    let linked = tempfile::tempdir().unwrap();
    symlink(&file, linked.path().join("link.csv")).unwrap();
    assert_eq!(listed(&source(&linked.path().join("link.csv")).await).await, ["link.csv"]);
    fs::remove_file(&file).unwrap();
    assert_eq!(blobs.ping().await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_source_is_only_read_and_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "x").unwrap();
    let blobs = source(folder.path()).await;
    let a = path("a").unwrap();
    assert_eq!(blobs.put(&a, Bytes::new()).await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(blobs.delete(&a).await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(blobs.writer(&a).await.is_err());
    assert_eq!(blobs.get(&a).await.unwrap(), "x");

    let missing = folder.path().join("mising");
    let error =
        Blobs::open_source(&format!("file:{}", missing.display()).parse().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().starts_with("source: there is no folder or file `"), "{error}");
    assert!(!missing.exists());
    assert!(Blobs::open_source(&"file:".parse().unwrap()).await.is_err());
}

#[tokio::test]
async fn an_interrupted_upload_leaves_nothing_visible() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path()).await;
    // What a killed process leaves behind.
    fs::write(folder.path().join("x.bin#1"), "half").unwrap();
    assert_eq!(listed(&blobs).await, [""; 0]);
    blobs.put(&path("x.bin").unwrap(), "whole".into()).await.unwrap();
    assert_eq!(listed(&blobs).await, ["x.bin"]);
    assert_eq!(blobs.get(&path("x.bin").unwrap()).await.unwrap(), "whole");
}

//! The contract as tests over [`Blobs`], for every backend. Each part takes an empty place to write to.

use std::collections::BTreeMap;

use bytes::Bytes;
use catalejo_port::{ErrorKind, PortError};
use futures::{StreamExt, TryStreamExt};

use crate::{Blobs, Path, path};

/// More than one part of a server's multipart upload.
const LARGE: usize = 12 << 20;

/// Runs the whole suite, each part in an empty place of its own.
pub async fn all<F: AsyncFn() -> Blobs>(open: F) {
    keeps_replaces_and_deletes(&open().await).await;
    takes_names_of_any_script(&open().await).await;
    a_change_of_content_changes_the_tag(&open().await).await;
    a_writer_shows_nothing_before_its_end(&open().await).await;
    a_failed_stream_leaves_what_was_there(&open().await).await;
    reads_ranges(&open().await).await;
    lists_everything_below_a_prefix(&open().await).await;
    concurrent_writers_leave_one_whole_object(&open().await).await;
    a_snapshot_holds_the_same(&open().await).await;
}

fn p(text: &str) -> Path {
    path(text).unwrap()
}

async fn put(blobs: &Blobs, path: &str, content: impl Into<Bytes>) {
    blobs.put(&p(path), content.into()).await.unwrap();
}

async fn listed(blobs: &Blobs, prefix: Option<&str>) -> Vec<String> {
    let prefix = prefix.map(p);
    let metas = blobs.list(prefix.as_ref()).try_collect::<Vec<_>>().await.unwrap();
    let mut paths: Vec<_> = metas.into_iter().map(|meta| meta.location.to_string()).collect();
    paths.sort();
    paths
}

/// Bytes without a pattern that a shifted or repeated part would hide in.
fn noise(len: usize) -> Bytes {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes.into()
}

/// The life of an object; a missing one is not found, and its deletion no error.
pub async fn keeps_replaces_and_deletes(blobs: &Blobs) {
    blobs.ping().await.unwrap();
    let path = p("folder/one.csv");
    assert_eq!(blobs.get(&path).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(blobs.head(&path).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(blobs.get_stream(&path).await.is_err_and(|error| error.kind() == ErrorKind::NotFound));
    blobs.delete(&path).await.unwrap();
    put(blobs, "folder/one.csv", "first").await;
    put(blobs, "folder/two.csv", "").await;
    put(blobs, "folder/one.csv", "second!").await;
    assert_eq!(blobs.get(&path).await.unwrap(), "second!");
    assert_eq!(blobs.get(&p("folder/two.csv")).await.unwrap(), "");
    let head = blobs.head(&path).await.unwrap();
    assert_eq!((head.location, head.size), (path.clone(), 7));
    let (meta, stream) = blobs.get_stream(&path).await.unwrap();
    assert_eq!(meta.e_tag, head.e_tag);
    assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap().concat(), b"second!");
    blobs.delete(&path).await.unwrap();
    assert_eq!(listed(blobs, None).await, ["folder/two.csv"]);
}

/// Names with blanks, accents and signs that mean something to URLs are only names.
pub async fn takes_names_of_any_script(blobs: &Blobs) {
    let names = [
        "canción 🎵.csv",
        "a b/c+d&e=f.csv",
        "100%25.csv",
        "año/*?/[x].csv",
        "a'\"b;$(x).csv",
        "曲/歌詞.jsonl",
    ];
    for name in names {
        put(blobs, name, name).await;
    }
    for name in names {
        assert_eq!(blobs.get(&p(name)).await.unwrap(), name);
    }
    let mut expected = names;
    expected.sort_unstable();
    assert_eq!(listed(blobs, None).await, expected);
    for wrong in ["../x", "a/../b", "./a", "a//b", "a\0b", "a\nb"] {
        assert_eq!(path(wrong).unwrap_err().kind(), ErrorKind::Invalid, "{wrong:?}");
    }
}

/// The tag of a listing, of `head` and of a read agree, stay while nothing changes, and change with the content,
/// also when its size does not.
pub async fn a_change_of_content_changes_the_tag(blobs: &Blobs) {
    let path = p("x.csv");
    let mut tags = Vec::new();
    for content in ["aaaa", "bbbb", "cccc", "aaaa "] {
        put(blobs, "x.csv", content).await;
        let head = blobs.head(&path).await.unwrap();
        assert_eq!(blobs.head(&path).await.unwrap().e_tag, head.e_tag);
        let listed = blobs.list(None).try_next().await.unwrap().unwrap();
        assert_eq!((&listed.e_tag, listed.size), (&head.e_tag, head.size));
        tags.push(head.e_tag.unwrap());
    }
    tags.dedup();
    assert_eq!(tags.len(), 4, "{tags:?}");
}

/// An object being written is seen by nobody; given up it never was; finished it is whole.
pub async fn a_writer_shows_nothing_before_its_end(blobs: &Blobs) {
    let (path, content) = (p("large.bin"), noise(LARGE));
    put(blobs, "large.bin", "before").await;
    for abort in [true, false] {
        let mut writer = blobs.writer(&path).await.unwrap();
        writer.write(content.clone()).await.unwrap();
        assert_eq!(blobs.get(&path).await.unwrap(), "before");
        assert_eq!(listed(blobs, None).await, ["large.bin"]);
        if abort {
            writer.abort().await.unwrap();
        } else {
            drop(writer);
        }
    }
    assert_eq!(blobs.get(&path).await.unwrap(), "before");
    let mut writer = blobs.writer(&path).await.unwrap();
    for piece in content.chunks(1_000_003) {
        writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    writer.finish().await.unwrap();
    assert!(blobs.get(&path).await.unwrap() == content);
    let (meta, stream) = blobs.get_stream(&path).await.unwrap();
    let pieces: Vec<_> = stream.try_collect().await.unwrap();
    assert!(pieces.len() > 1 && pieces.concat() == content);
    assert_eq!(meta.size, LARGE as u64);
    blobs.writer(&p("empty")).await.unwrap().finish().await.unwrap();
    assert_eq!(blobs.get(&p("empty")).await.unwrap(), "");
}

/// A stream that breaks off does not leave half an object.
pub async fn a_failed_stream_leaves_what_was_there(blobs: &Blobs) {
    let path = p("x");
    put(blobs, "x", "before").await;
    let broken = futures::stream::iter([Ok(noise(LARGE)), Err(PortError::timeout("too slow"))]);
    assert_eq!(blobs.put_stream(&path, broken).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(blobs.get(&path).await.unwrap(), "before");
    let whole = futures::stream::iter(["a", "", "bc"].map(|piece| Ok(Bytes::from(piece))));
    blobs.put_stream(&path, whole).await.unwrap();
    assert_eq!(blobs.get(&path).await.unwrap(), "abc");
    assert_eq!(listed(blobs, None).await, ["x"]);
}

/// Ranges end where the object ends; one that begins behind the end is an error.
pub async fn reads_ranges(blobs: &Blobs) {
    put(blobs, "x", "0123456789").await;
    let path = p("x");
    assert_eq!(blobs.get_range(&path, 2..5).await.unwrap(), "234");
    assert_eq!(blobs.get_range(&path, 0..10).await.unwrap(), "0123456789");
    assert_eq!(blobs.get_range(&path, 8..20).await.unwrap(), "89");
    assert!(blobs.get_range(&path, 10..20).await.is_err());
}

/// A listing is complete, over more than one page, and a prefix is a folder, not the beginning of a name.
pub async fn lists_everything_below_a_prefix(blobs: &Blobs) {
    assert_eq!(listed(blobs, None).await, [""; 0]);
    assert_eq!(listed(blobs, Some("a")).await, [""; 0]);
    let puts = (0..1100).map(|n| async move { put(blobs, &format!("many/{n:04}.csv"), "x").await });
    futures::stream::iter(puts).buffer_unordered(16).collect::<Vec<_>>().await;
    for path in ["a/b/c.csv", "a/b/d/e.csv", "a/bc.csv", "a/b.csv", "ab.csv"] {
        put(blobs, path, "x").await;
    }
    assert_eq!(listed(blobs, Some("a/b")).await, ["a/b/c.csv", "a/b/d/e.csv"]);
    assert_eq!(listed(blobs, Some("a")).await, ["a/b.csv", "a/b/c.csv", "a/b/d/e.csv", "a/bc.csv"]);
    assert_eq!(listed(blobs, Some("many")).await.len(), 1100);
    assert_eq!(listed(blobs, None).await.len(), 1105);
}

/// Writers of one path do not mix.
pub async fn concurrent_writers_leave_one_whole_object(blobs: &Blobs) {
    let path = p("x");
    put(blobs, "x", vec![0; 100_000]).await;
    let writers = (1..=16_u8).map(|n| {
        let path = &path;
        async move {
            blobs.put(path, vec![n; 100_000].into()).await.unwrap();
            let read = blobs.get(path).await.unwrap();
            assert!(read.len() == 100_000 && read.iter().all(|byte| *byte == read[0]));
        }
    });
    futures::future::join_all(writers).await;
    assert_eq!(listed(blobs, None).await, ["x"]);
}

/// A snapshot holds every object as it was, and its summary says so.
pub async fn a_snapshot_holds_the_same(blobs: &Blobs) {
    let contents: BTreeMap<_, _> =
        [("a/1.csv", Bytes::from("one")), ("b ñ%.bin", noise(LARGE)), ("c", Bytes::new())].into();
    for (path, content) in &contents {
        blobs.put(&p(path), content.clone()).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy 100% ?");
    let summary = blobs.snapshot(&copy).await.unwrap();
    assert_eq!((summary.objects, summary.bytes), (3, 3 + LARGE as u64));
    assert_eq!(blobs.snapshot(&copy).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let url = format!("file:{}", copy.display()).replace('%', "%25").replace('?', "%3F").parse().unwrap();
    let opened = Blobs::open_source(&url).await.unwrap();
    assert_eq!(opened.summary().await.unwrap(), summary);
    assert_eq!(blobs.summary().await.unwrap(), summary);
    for (path, content) in &contents {
        assert!(opened.get(&p(path)).await.unwrap() == content);
    }
    blobs.put(&p("c"), "changed".into()).await.unwrap();
    assert_ne!(blobs.summary().await.unwrap(), summary);
}

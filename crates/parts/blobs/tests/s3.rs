#![allow(clippy::unwrap_used, clippy::panic)]
//! How S3 URLs are read and how its failures are told apart. The contract suite runs on a real server elsewhere.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path as FilePath;

use catalejo_blobs::Blobs;
use catalejo_port::{ErrorKind, PortResult};

async fn open(url: &str) -> PortResult<Blobs> {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    Blobs::open(&url.parse().unwrap(), FilePath::new("unused")).await
}

#[tokio::test]
async fn a_client_is_made_without_asking_the_server() {
    open("s3://AKIA:hunter2@bucket/pre/fix?region=eu-west-1").await.unwrap();
    let blobs = open("s3://AKIA:hunter2@bucket?endpoint=https://minio:9000&virtual_host=true").await.unwrap();
    assert!(!format!("{blobs:?}").contains("hunter2"));
}

#[tokio::test]
async fn wrong_urls_say_what_is_wrong() {
    for (url, message) in [
        (
            "s3://b?regoin=x",
            "blobs: `s3:` has no option `regoin`; known are `region`, `endpoint`, `allow_http`, `virtual_host`, `anonymous`",
        ),
        ("s3://b?allow_http=yes", "option `allow_http` of the `s3:` URL must be `true` or `false`"),
        ("s3:b/x", "blobs: `s3:` lacks its bucket: `s3://bucket/prefix`"),
        ("s3://b:9000/x", "blobs: after `s3://` stands the bucket; a server is named by `?endpoint=`"),
        ("s3://AKIA@b/x", "blobs: `s3:` needs both, the access key and its secret, or neither"),
        ("gs://b/x", "blobs: unknown scheme `gs:`; known are `file`, `s3`"),
        ("file://host/x", "blobs: `file:` has no host; write `file:PATH` or `file:///PATH`"),
    ] {
        let error = open(url).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Invalid, message));
    }
}

/// Answers every request with `status` until the test ends.
fn server(status: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            drop(stream.read(&mut request));
            drop(stream.write_all(
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes(),
            ));
        }
    });
    port
}

#[tokio::test]
async fn failures_are_told_apart() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for (port, kind) in [
        (server("403 Forbidden"), ErrorKind::Unauthorized),
        (server("401 Unauthorized"), ErrorKind::Unauthorized),
        (server("404 Not Found"), ErrorKind::NotFound),
        (server("500 Internal Server Error"), ErrorKind::Unreachable),
        (closed, ErrorKind::Unreachable),
    ] {
        let url =
            format!("s3://key:hunter2@bucket/p?endpoint=http://127.0.0.1:{port}&allow_http=true&region=x");
        let error = open(&url).await.unwrap().ping().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }
}

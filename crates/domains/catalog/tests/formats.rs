//! The formats, vectors that rows bring, uploads and URLs.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field};
use bytes::Bytes;
use catalejo_catalog::{CatalogError, Definition, Format, Mode, Options, ReadAs, SearchRequest};
use catalejo_port::PortError;
use catalejo_runs::RunState;
use parquet::arrow::ArrowWriter;
use support::{House, encoder, folder, points, quick, write};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn parquet() -> Vec<u8> {
    let n = 2500_i64;
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values((0..n).map(|n| format!("q{n}"))));
    let sizes: ArrayRef = Arc::new(Int64Array::from_iter_values(0..n));
    let values = Float32Array::from_iter_values((0..n).flat_map(|n| [1.0, n as f32, 2.0, 3.0]));
    let item = Arc::new(Field::new("item", DataType::Float32, true));
    let vectors: ArrayRef = Arc::new(FixedSizeListArray::new(item, 4, Arc::new(values), None));
    let batch = RecordBatch::try_from_iter([("id", ids), ("size", sizes), ("vector", vectors)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

async fn nearest(house: &House, vector: [f32; 4]) -> String {
    let request = SearchRequest {
        mode: Mode::Vector,
        vector: Some(vector.to_vec()),
        limit: 1,
        exact: true,
        ..SearchRequest::default()
    };
    house.catalog.search().search("points", request).await.unwrap().hits[0].id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_json_lines_and_tab_separated() {
    let data = folder();
    let house = House::open(data.path()).await.ingest();
    house.catalog.collections().put(points()).await.unwrap();

    let run = house.import("points", &write(data.path(), "in/a.parquet", parquet())).await;
    assert_eq!((run.state, run.counts.get("new")), (RunState::Succeeded, 2500), "{run:?}");
    assert_eq!(nearest(&house, [1.0, 77.0, 2.0, 3.0]).await, "q77");
    assert_eq!(house.catalog.items().get("points", "q9").await.unwrap().item["size"], 9);

    let lines = "{\"id\": 1, \"name\": \"uno\", \"vector\": [0, 0, 0, 1], \"more\": {\"kept\": true}}\n{\"id\": 2, \"vector\": [1, 2]}\n{\"id\": 3, \"vector\": \"no\"}\n";
    let run = house.import("points", &write(data.path(), "in/b.jsonl", lines)).await;
    assert_eq!((run.counts.get("new"), run.counts.get("refused")), (1, 2), "{run:?}");
    assert_eq!(house.rejections("points").await, ["2:wrong_vector", "3:wrong_vector"]);
    assert_eq!(house.catalog.items().get("points", "1").await.unwrap().item["more"]["kept"], true);
    assert_eq!(nearest(&house, [0.0, 0.0, 0.0, 1.0]).await, "1");

    let run = house.import("points", &write(data.path(), "in/c.tsv", "id\tname\nt1\ta, b\n")).await;
    assert_eq!(run.counts.get("new"), 1);
    assert_eq!(house.catalog.items().get("points", "t1").await.unwrap().item["name"], "a, b");

    let run = house.import("points", &write(data.path(), "in/d.parquet", "no parquet")).await;
    assert_eq!(run.state, RunState::Failed);
    assert!(run.error.unwrap().contains("Parquet"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_kept_until_they_are_done() {
    let data = folder();
    let house = House::open(data.path()).await;
    house.catalog.collections().put(points()).await.unwrap();
    let imports = house.catalog.imports();
    let pieces = ["id,na", "me\n1,one\n", "2,two\n"].map(|piece| Ok(Bytes::from(piece)));
    let run =
        imports.upload("points", "../../x y.csv", Format::Auto, futures::stream::iter(pieces)).await.unwrap();

    let broken = [Ok(Bytes::from("id\n1")), Err(PortError::invalid("the client went away"))];
    imports.upload("points", "y.csv", Format::Auto, futures::stream::iter(broken)).await.unwrap_err();
    let none = futures::stream::iter(Vec::<Result<Bytes, PortError>>::new());
    let unknown = imports.upload("points", "file.xyz", Format::Auto, none).await.unwrap_err();
    assert!(matches!(unknown, CatalogError::InvalidRequest { .. }), "{unknown}");
    house.close().await;

    // Only the next process works on it.
    let house = House::open(data.path()).await.ingest();
    let run = house.finished(&run).await;
    assert_eq!((run.state, run.counts.get("new")), (RunState::Succeeded, 2));
    assert_eq!(house.items("points").await, 2);
    let left: Vec<_> = futures::StreamExt::collect(house.catalog.parts().blobs.list(None)).await;
    assert!(left.is_empty(), "{left:?}");
    house.close().await;
}

/// Answers one request with these bytes.
async fn serve(answer: String) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_are_fetched_only_from_where_they_may() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let data = folder();
    let body = "id,name\n1,one\n";
    let file =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let server = serve(file).await;
    let options = Options { allow_private_urls: true, max_url_bytes: 1000, ..quick() };
    let house = House::open_with(data.path(), encoder("bert").await, options).await.ingest();
    house.catalog.collections().put(points()).await.unwrap();
    let imports = house.catalog.imports();
    let run =
        imports.url("points", &format!("http://{server}/a/b.csv?x=1"), Format::Auto, false).await.unwrap();
    assert_eq!(house.finished(&run).await.counts.get("new"), 1);

    let large =
        serve(format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nid\n{}", "x\n".repeat(1000))).await;
    let run = imports.url("points", &format!("http://{large}/b.csv"), Format::Auto, false).await.unwrap();
    let run = house.finished(&run).await;
    assert!(run.error.unwrap().contains("larger than 1000 bytes"));
    for local in [format!("file:{}", data.path().display()), "s3://bucket/x.csv".into()] {
        assert!(imports.url("points", &local, Format::Csv, false).await.is_err(), "{local}");
    }
    house.close().await;

    let data = folder();
    let house = House::open(data.path()).await.ingest();
    house.catalog.collections().put(points()).await.unwrap();
    let imports = house.catalog.imports();
    let literal =
        imports.url("points", &format!("http://{server}/b.csv"), Format::Auto, false).await.unwrap_err();
    assert!(literal.to_string().contains("not a public address"), "{literal}");
    // A name is looked up by the worker, which refuses its address without a second attempt.
    let named = format!("http://localhost:{}/b.csv", server.port());
    let run = imports.url("points", &named, Format::Auto, false).await.unwrap();
    let run = house.finished(&run).await;
    assert_eq!((run.state, run.attempts), (RunState::Failed, 1), "{run:?}");
    assert!(run.error.unwrap().contains("no public address"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_import_goes_on_when_it_is_retried() {
    let data = folder();
    let house = House::open(data.path()).await.ingest();
    house.catalog.collections().put(points()).await.unwrap();
    let rows = 30_000;
    let mut text = "id,name,vector\n".to_owned();
    for n in 0..rows {
        text.push_str(&format!("p{n},Point {n},\"[1,{n},2,3]\"\n"));
    }
    let path = write(data.path(), "in/points.csv", text);
    let run = house.catalog.imports().file("points", &path, Format::Auto).await.unwrap();
    let mut events = Box::pin(house.catalog.runs().watch(&run).await.unwrap());
    while let Some(catalejo_runs::RunEvent::Update(run)) = futures::StreamExt::next(&mut events).await {
        if run.counts.get("read") > 0 {
            house.catalog.runs().cancel(&run.id).await.unwrap();
            break;
        }
    }
    let cancelled = house.finished(&run).await;
    assert_eq!(cancelled.state, RunState::Cancelled);
    let read = cancelled.counts.get("read");
    assert!(read > 0 && read < rows, "{cancelled:?}");
    assert_eq!(house.items("points").await, read, "what was counted is there");

    house.catalog.retry(&run).await.unwrap();
    let done = house.finished(&run).await;
    assert_eq!((done.state, done.counts.get("new"), done.attempts), (RunState::Succeeded, rows, 2));
    assert_eq!(house.items("points").await, rows);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_may_name_the_column_of_its_vectors() {
    let data = folder();
    let house = House::open(data.path()).await.ingest();
    house.catalog.collections().put(points()).await.unwrap();
    let csv = "id,name,clip,other\n1,one,\"[1,0,0,0]\",x\n2,two,\"[0,1]\",x\n";
    let path = write(data.path(), "points.csv", csv);
    let read_as = ReadAs { format: Format::Csv, vector_field: Some("clip".into()) };
    let run = house.catalog.imports().file("points", &path, read_as.clone()).await.unwrap();
    let run = house.finished(&run).await;
    assert_eq!((run.counts.get("new"), run.counts.get("refused")), (1, 1), "{run:?}");
    assert_eq!(house.rejections("points").await, ["3:wrong_vector"]);
    let item = house.catalog.items().get("points", "1").await.unwrap().item;
    assert!(!item.contains_key("clip") && item["other"] == "x", "the vector is no field: {item:?}");
    let near = SearchRequest { vector: Some(vec![1.0, 0.0, 0.0, 0.0]), ..SearchRequest::default() };
    let hits = house.catalog.search().search("points", near).await.unwrap().hits;
    assert!((hits[0].score - 1.0).abs() < 1e-3, "{hits:?}");

    let words = "name = \"words\"\nid = \"id\"\n[fields]\nname = { type = \"text\" }\n";
    house.catalog.collections().put(Definition::from_toml(words).unwrap()).await.unwrap();
    let refused = house.catalog.imports().file("words", &path, read_as).await.unwrap_err();
    assert!(refused.to_string().starts_with("vector_field:"), "{refused}");
    house.close().await;
}

//! Recall and latency of vector search through the index port, against the port's own exact search.
//!
//! Two kinds of data: clustered, which is easy, and hard, with overlapping centres and a power-law spectrum. Queries
//! are of the same kind as the rows and are not among them.

#[path = "../../../crates/parts/vectors/tests/common/mod.rs"]
mod data;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalejo_index::{Document, FieldSpec, FieldType, Filter, Index, Schema, Search, VectorSpec};
use clap::Parser;
use serde_json::{Map, json};

/// Prints recall@10 and latencies beside those of the exact search.
#[derive(Debug, Parser)]
struct Arguments {
    /// Documents in the index.
    #[arg(long, default_value_t = 100_000)]
    rows: usize,
    /// Components of a vector.
    #[arg(long, default_value_t = 384)]
    dimensions: usize,
    /// Queries asked.
    #[arg(long, default_value_t = 300)]
    queries: usize,
}

const K: usize = 10;
const BATCH: usize = 2000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let Arguments { rows, dimensions, queries } = arguments;
    let clusters = (rows / 100).max(1);
    println!("\n## vector search through the index port, {rows} x {dimensions}, k = {K}, one asker");
    println!("{:<26} {:>8} {:>9} {:>9} {:>9} {:>8}", "", "recall", "p50 ms", "p99 ms", "exact ms", "ratio");
    for (name, data) in [
        ("clustered", data::clustered(rows + queries, dimensions, clusters, 42)),
        ("hard", data::hard(rows + queries, dimensions, clusters, 42)),
    ] {
        let folder = tempfile::tempdir()?;
        let index = catalejo_index::open(&"embedded:".parse()?, folder.path()).await?;
        let (rows, queries) = data.vectors.split_at(rows);
        let seconds = fill(&index, rows, dimensions).await?;
        println!("{name}: filled in {seconds:.1} s, {:.0} documents/s", rows.len() as f64 / seconds);
        for (case, filter) in [("all", None), ("10 %", Some("n < 10")), ("1 %", Some("n = 0"))] {
            measure(&index, &format!("{name}, {case}"), queries, filter).await?;
        }
    }
    Ok(())
}

async fn fill(index: &Arc<dyn Index>, rows: &[Vec<f32>], dimensions: usize) -> Result<f64, Box<dyn Error>> {
    let field = FieldSpec {
        name: "n".into(),
        kind: FieldType::Integer,
        searchable: false,
        filterable: true,
        facetable: false,
    };
    let schema =
        Schema { fields: vec![field], vector: Some(VectorSpec { dimensions, model: "bench".into() }) };
    index.create("bench", &schema).await?;
    let start = Instant::now();
    for (batch, chunk) in rows.chunks(BATCH).enumerate() {
        let document = |(at, vector): (usize, &Vec<f32>)| {
            let number = batch * BATCH + at;
            let mut source = Map::new();
            // independent of the clusters, which are dealt in turn
            let n = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
            source.insert("n".into(), json!(n % 100));
            Document {
                id: format!("d{number:08}"),
                source,
                vector: Some(vector.clone()),
                hash: number as u64,
            }
        };
        index.upsert("bench", chunk.iter().enumerate().map(document).collect()).await?;
    }
    index.flush("bench").await?;
    Ok(start.elapsed().as_secs_f64())
}

async fn ids(index: &Arc<dyn Index>, search: &Search) -> Result<(Vec<String>, Duration), Box<dyn Error>> {
    let start = Instant::now();
    let answer = index.search("bench", search).await?;
    let took = start.elapsed();
    Ok((answer.hits.into_iter().map(|hit| hit.id).collect(), took))
}

async fn measure(
    index: &Arc<dyn Index>,
    name: &str,
    queries: &[Vec<f32>],
    filter: Option<&str>,
) -> Result<(), Box<dyn Error>> {
    let filter = filter.map(Filter::parse).transpose()?;
    let (mut found, mut wanted) = (0, 0);
    let (mut quick, mut exact) = (Vec::new(), Vec::new());
    for query in queries {
        let mut search =
            Search { vector: Some(query.clone()), filter: filter.clone(), limit: K, ..Search::default() };
        let (near, took) = ids(index, &search).await?;
        quick.push(took.as_secs_f64() * 1e3);
        search.exact = true;
        let (truth, took) = ids(index, &search).await?;
        exact.push(took.as_secs_f64() * 1e3);
        wanted += truth.len();
        found += truth.iter().filter(|id| near.contains(id)).count();
    }
    quick.sort_by(f64::total_cmp);
    exact.sort_by(f64::total_cmp);
    let at = |times: &[f64], share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let (p50, plain) = (at(&quick, 0.5), at(&exact, 0.5));
    println!(
        "{name:<26} {:>8.4} {p50:>9.3} {:>9.3} {plain:>9.2} {:>7.1}x",
        found as f64 / wanted as f64,
        at(&quick, 0.99),
        plain / p50
    );
    Ok(())
}

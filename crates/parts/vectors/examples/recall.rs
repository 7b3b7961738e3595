//! Recall and latency of the segments beside their own exact scan, on easy and on hard data.
//!
//! `cargo run --release -p catalejo-vectors --example recall [ROWS [DIMENSIONS [clustered|hard]]]`
#![allow(clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::error::Error;
use std::time::{Duration, Instant};

use catalejo_vectors::{Neighbour, RowFilter, SearchParams, SegmentView, search};
use common::{Data, Random, clustered, hard, segment};

/// Queries that the exact scan repeats for its latency.
const EXACT: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: usize| arguments.get(at).map_or(Ok(default), |text| text.parse());
    let (rows, dimensions) = (number(0, 100_000)?, number(1, 384)?);
    let only = arguments.get(2).map(String::as_str);
    let clusters = (rows / 100).max(1);
    let all = rows + queries(rows);
    if only != Some("hard") {
        measure("clustered", clustered(all, dimensions, clusters, 42), rows, clusters)?;
    }
    if only != Some("clustered") {
        measure("hard", hard(all, dimensions, clusters, 42), rows, clusters)?;
    }
    Ok(())
}

/// Queries asked; fewer of many rows, for the sake of the exact answers.
fn queries(rows: usize) -> usize {
    (100_000_000 / rows.max(1)).clamp(100, 1000)
}

fn measure(name: &str, data: Data, rows: usize, clusters: usize) -> Result<(), Box<dyn Error>> {
    let (rows, queries) = data.vectors.split_at(rows);
    let dir = tempfile::tempdir()?;
    let start = Instant::now();
    let view = segment(dir.path(), "all", rows);
    let built = start.elapsed();
    let meta = view.segment().meta();
    let hot = meta.bytes - meta.rows * meta.dimensions as u64 * 4;
    println!(
        "\n{name}: {} x {} in {} lists; built in {:.2} s; {:.1} MB beside {:.1} MB of mapped vectors",
        meta.rows,
        meta.dimensions,
        meta.lists,
        built.as_secs_f64(),
        hot as f64 / 1e6,
        (meta.bytes - hot) as f64 / 1e6
    );
    println!("{:<28} {:>8} {:>9} {:>9} {:>9} {:>8}", "", "recall", "p50 ms", "p99 ms", "exact ms", "ratio");
    let view = [view];
    for k in [1, 10, 100] {
        compare(&format!("k = {k}"), &view, queries, k, None)?;
    }
    let mut random = Random(3);
    for share in [0.1, 0.01, 0.001] {
        let filter: RowFilter = (0..meta.rows).filter(|_| f64::from(random.unit()) < share).collect();
        compare(&format!("k = 10, {}% at random", share * 100.0), &view, queries, 10, Some(&filter))?;
        // whole clusters pass, and the queries are near others
        let passing = (clusters as f64 * share).ceil() as usize;
        let filter: RowFilter = (0..meta.rows).filter(|&row| data.clusters[row as usize] < passing).collect();
        let far: Vec<Vec<f32>> = queries
            .iter()
            .zip(&data.clusters[rows.len()..])
            .filter(|&(_, &cluster)| cluster >= passing)
            .map(|(query, _)| query.clone())
            .collect();
        compare(&format!("k = 10, {}% of clusters", share * 100.0), &view, &far, 10, Some(&filter))?;
    }
    Ok(())
}

fn compare(
    name: &str,
    view: &[SegmentView],
    queries: &[Vec<f32>],
    k: usize,
    filter: Option<&RowFilter>,
) -> Result<(), Box<dyn Error>> {
    let exact = SearchParams { k, filter, exact: true, ..SearchParams::default() };
    let truth: Vec<Vec<Neighbour>> =
        queries.iter().map(|query| search(view, query, &exact)).collect::<Result<_, _>>()?;
    let exact_times = times(view, &queries[..EXACT.min(queries.len())], &exact)?;
    let params = SearchParams { exact: false, ..exact };
    times(view, queries, &params)?;
    let own = times(view, queries, &params)?;
    let (mut found, mut wanted) = (0, 0);
    for (query, truth) in queries.iter().zip(&truth) {
        let answer = search(view, query, &params)?;
        assert_eq!(answer.len(), truth.len(), "k rows must come back when k pass");
        wanted += truth.len();
        found += answer.iter().filter(|a| truth.iter().any(|b| b.row == a.row)).count();
    }
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let exact_median = ms(exact_times[exact_times.len() / 2]);
    println!(
        "{name:<28} {:>8.4} {:>9.4} {:>9.4} {:>9.3} {:>7.0}x",
        found as f64 / wanted as f64,
        ms(own[own.len() / 2]),
        ms(own[own.len() * 99 / 100]),
        exact_median,
        exact_median / ms(own[own.len() / 2])
    );
    Ok(())
}

fn times(
    view: &[SegmentView],
    queries: &[Vec<f32>],
    params: &SearchParams<'_>,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let once = || -> Result<Duration, Box<dyn Error>> {
            let start = Instant::now();
            search(view, query, params)?;
            Ok(start.elapsed())
        };
        // other work on the machine only adds
        times.push(once()?.min(once()?).min(once()?));
    }
    times.sort();
    Ok(times)
}

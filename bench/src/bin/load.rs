//! Sends requests in a closed loop and prints the latencies as one line of JSON.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use catalejo_bench::{Connection, Summary, Target};
use clap::Parser;

/// Load on one HTTP route; bounded in time and number.
#[derive(Debug, Parser)]
struct Arguments {
    /// `http://127.0.0.1:PORT/path`.
    url: String,
    /// A file with one JSON body a line; they are sent in turn, by POST. Without it the route is asked by GET.
    #[arg(long)]
    bodies: Option<PathBuf>,
    /// `Name: value`, sent with every request; may be repeated.
    #[arg(long)]
    header: Vec<String>,
    /// The status of a good answer.
    #[arg(long, default_value_t = 200)]
    expect: u16,
    /// How many ask at once.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// How long to measure, after the warm-up.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Not measured.
    #[arg(long, default_value_t = 1.0)]
    warmup_seconds: f64,
    /// Sends every body once and stops, instead of going round.
    #[arg(long)]
    once: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<String, String> {
    let target = Target::parse(&arguments.url)?;
    let requests = match &arguments.bodies {
        Some(file) => posts(&target, file, &arguments.header)?,
        None => vec![target.get(&arguments.header)],
    };
    let plan = Arc::new(Plan {
        requests,
        next: AtomicUsize::new(0),
        once: arguments.once,
        measure_from: Instant::now()
            + Duration::from_secs_f64(if arguments.once { 0.0 } else { arguments.warmup_seconds }),
        seconds: Duration::from_secs_f64(arguments.seconds),
        expect: arguments.expect,
    });
    let tasks: Vec<_> = (0..arguments.connections)
        .map(|_| tokio::spawn(ask(Connection::new(&target), Arc::clone(&plan))))
        .collect();
    let mut all = Summary::default();
    for task in tasks {
        all.merge(task.await.map_err(|e| e.to_string())?);
    }
    Ok(all.finish(plan.measure_from.elapsed()).to_string())
}

fn posts(target: &Target, file: &Path, headers: &[String]) -> Result<Vec<Vec<u8>>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let posts: Vec<_> = text.lines().filter(|l| !l.is_empty()).map(|l| target.post(l, headers)).collect();
    if posts.is_empty() { Err(format!("{}: no body in it", file.display())) } else { Ok(posts) }
}

struct Plan {
    requests: Vec<Vec<u8>>,
    next: AtomicUsize,
    once: bool,
    measure_from: Instant,
    seconds: Duration,
    expect: u16,
}

impl Plan {
    fn take(&self) -> Option<&[u8]> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        if self.once && n >= self.requests.len() {
            return None;
        }
        Some(&self.requests[n % self.requests.len()])
    }
}

async fn ask(mut connection: Connection, plan: Arc<Plan>) -> Summary {
    let mut summary = Summary::default();
    let end = plan.measure_from + plan.seconds;
    while Instant::now() < end {
        let Some(request) = plan.take() else { break };
        let start = Instant::now();
        let answer = connection.send(request).await;
        if start < plan.measure_from {
            continue;
        }
        match answer {
            Ok(status) if status == plan.expect => summary.record(start.elapsed()),
            _ => summary.record_error(),
        }
    }
    summary
}

//! The `catalejo` binary: command line, configuration, wiring and roles.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod backup;
mod cli;
mod client;
mod commands;
mod config;
mod error;
mod output;
mod owner;
mod roles;
mod server;
mod service;
mod session;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use tokio_util::sync::CancellationToken;

use cli::{BackupAction, Cli, Command};
use commands::{
    backups, check, collections, crawl, dead_letters, ingest, keys, rejections, runs, search, sources, up,
    users,
};
use config::{Config, Layers};
use error::Failure;
use output::Output;
use roles::Roles;
use session::Session;

/// Rows pass through many threads; this allocator gives their memory back to whichever needs it next.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Variables of ours that are no settings: a flag's default, and the fault points of the tests.
const NOT_SETTINGS: [&str; 2] = ["CATALEJO_CONFIG", "CATALEJO_FAULT"];

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let words = failure.to_string();
            if !words.is_empty() {
                eprintln!("catalejo: {words}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    // the only provider compiled in; a second installation in one process would be the error
    let _ = rustls::crypto::ring::default_provider().install_default();
    let output = Output { json: cli.global.json };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("cannot start threads: {error}")))?;
    let done = match config::load(&layers(&cli)) {
        Err(error) if matches!(cli.command, Command::Check) => check::refused(output, &error),
        loaded => runtime.block_on(dispatch(loaded?, cli.command, output)),
    };
    // blocking work that nobody waits for any more must not hold up the end
    runtime.shutdown_background();
    done
}

fn layers(cli: &Cli) -> Layers {
    let global = &cli.global;
    let mut flags = global.set.clone();
    if let Some(data) = &global.data {
        flags.push(("data".into(), data.display().to_string()));
    }
    flags.extend(global.listen.clone().map(|listen| ("listen".to_owned(), listen)));
    let env = std::env::vars().filter(|(name, _)| !NOT_SETTINGS.contains(&name.as_str())).collect();
    Layers { file: global.config.clone(), env, flags }
}

async fn dispatch(config: Config, command: Command, output: Output) -> Result<(), Failure> {
    let shutdown = CancellationToken::new();
    server::on_signal(shutdown.clone());
    let service = matches!(command, Command::Up { .. } | Command::Serve { .. });
    wiring::start_logs(&config, service)?;
    let roles = match &command {
        Command::Up { demo } => return up::run(&config, Roles::ALL, demo.as_deref(), shutdown).await,
        Command::Serve { roles } => return up::run(&config, Roles::named(roles), None, shutdown).await,
        Command::Check => return check::run(&config, output).await,
        Command::Restore { dir, force } => return backups::restore(&config, output, dir, *force).await,
        Command::Backup { action: Some(BackupAction::Verify { dir }), .. } => {
            return backups::verify(output, dir).await;
        }
        Command::Crawl { .. } | Command::Runs(cli::Runs::Retry { .. }) => Roles::ALL,
        Command::Ingest { .. }
        | Command::Collections(cli::Collections::Add { .. })
        | Command::DeadLetters(cli::DeadLetters::Replay { .. }) => Roles::INGEST,
        _ => Roles::ANSWER,
    };
    let session = Session::open(&config, roles, shutdown.clone()).await?;
    let asked = ask(&session, command, output);
    let done = shutdown.run_until_cancelled(asked).await;
    session.close().await;
    done.unwrap_or_else(|| Err(Failure::Failed("stopped; work under way will be taken up again".into())))
}

/// The commands that speak HTTP to a service and nothing else.
async fn ask(session: &Session, command: Command, output: Output) -> Result<(), Failure> {
    let client = &session.client;
    match command {
        Command::Crawl { source, wait } => crawl::run(client, output, source, wait).await,
        Command::Ingest { files, collection, format, vector_field } => {
            let options =
                ingest::Options { format: format.as_deref(), vector_field: vector_field.as_deref() };
            ingest::run(client, output, &files, &collection, &options).await
        }
        Command::Search { text, collection, filter, mode, limit } => {
            search::search(client, output, &collection, &text.join(" "), filter, mode, limit).await
        }
        Command::Embed { texts } => search::embed(client, output, &texts).await,
        Command::Collections(command) => collections::run(session, output, command).await,
        Command::Sources(command) => sources::run(client, output, command).await,
        Command::Runs(command) => runs::run(session, output, command).await,
        Command::Users(command) => users::run(client, output, command).await,
        Command::Keys(command) => keys::run(client, output, command).await,
        Command::DeadLetters(command) => dead_letters::run(session, output, command).await,
        Command::Rejections { collection, run } => {
            rejections::run(client, output, &collection, run.as_deref()).await
        }
        Command::Backup { dir: Some(dir), .. } => backups::create(client, output, &dir).await,
        command => unreachable!("{command:?} does not speak to a service"),
    }
}

//! The command line's words.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Turns a catalogue into a live discovery service.
///
/// With nothing configured everything runs in one process on embedded parts: `catalejo up`, then open the address it
/// prints. Other commands speak to the running service, or bring up what they need by themselves.
#[derive(Debug, Parser)]
#[command(name = "catalejo", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 ok, 1 failed, 2 wrong usage.
Settings: a flag, then CATALEJO_<KEY> in the environment, then catalejo.toml, then the default; see catalejo.toml.example.";

/// Flags of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Read settings from this file instead of ./catalejo.toml
    #[arg(long, global = true, value_name = "FILE", env = "CATALEJO_CONFIG")]
    pub config: Option<PathBuf>,
    /// The data folder [default: ./catalejo-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where the service listens [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Any other setting, e.g. --set ingest_workers=2
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in one process
    Up {
        /// Also crawl this folder of song files into `songs`, as a source named `demo`
        #[arg(long, value_name = "DIR")]
        demo: Option<PathBuf>,
    },
    /// Run some roles in this process
    Serve {
        /// Which ones
        #[arg(required = true)]
        roles: Vec<Role>,
    },
    /// Tell how every part stands, and what to do about those that fail
    Check,
    /// Look for new and changed files in the sources
    Crawl {
        /// Only this source
        source: Option<String>,
        /// Wait until the files found are ingested
        #[arg(long)]
        wait: bool,
    },
    /// Bring files into a collection
    Ingest {
        /// CSV, JSON Lines or Parquet
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The collection to fill
        #[arg(short, long, default_value = "songs")]
        collection: String,
        /// csv, jsonl or parquet [default: by the file's name]
        #[arg(long)]
        format: Option<String>,
        /// The column in which rows bring their own vectors [default: the definition's, else _vector or vector]
        #[arg(long, value_name = "NAME")]
        vector_field: Option<String>,
    },
    /// Find items
    Search {
        /// What to look for, in your own words
        #[arg(required = true)]
        text: Vec<String>,
        /// Where
        #[arg(short, long, default_value = "songs")]
        collection: String,
        /// Only items that pass, e.g. 'danceability > 0.8 AND artists = "X"'
        #[arg(short, long)]
        filter: Option<String>,
        /// By meaning, by words, or both
        #[arg(short, long, value_enum, default_value_t = Mode::Hybrid)]
        mode: Mode,
        /// How many
        #[arg(short, long, default_value_t = 10)]
        limit: usize,
    },
    /// Turn texts into vectors
    Embed {
        /// The texts
        #[arg(required = true)]
        texts: Vec<String>,
    },
    /// What a catalogue holds
    #[command(subcommand)]
    Collections(Collections),
    /// Where items come from
    #[command(subcommand)]
    Sources(Sources),
    /// Long work: crawls, ingests, re-indexing
    #[command(subcommand)]
    Runs(Runs),
    /// Files that were given up
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Accounts
    #[command(subcommand)]
    Users(Users),
    /// API keys, which programs bring instead of a password
    #[command(subcommand)]
    Keys(Keys),
    /// List the rows that were refused, with line and reason
    Rejections {
        /// The collection
        collection: String,
        /// Only those of this run
        #[arg(long, value_name = "ID")]
        run: Option<String>,
    },
    /// Copy everything, consistently, while the service runs
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Backup {
        /// A new or empty folder
        #[arg(required = true)]
        dir: Option<PathBuf>,
        #[command(subcommand)]
        action: Option<BackupAction>,
    },
    /// Put a backup back into the data folder
    Restore {
        /// The backup
        dir: PathBuf,
        /// Replace what the data folder holds
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum BackupAction {
    /// Restore a backup aside and compare counts and hashes
    Verify {
        /// The backup
        dir: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum Collections {
    /// All of them
    List,
    /// One, with its definition
    Show {
        /// Its name
        name: String,
    },
    /// Add or change one from a TOML file; a changed one is re-indexed in the background
    #[command(visible_alias = "put")]
    Add {
        /// The definition
        file: PathBuf,
    },
    /// Remove one with all its items
    Remove {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Sources {
    /// All of them
    List,
    /// Add or change one
    Add {
        /// Its name
        name: String,
        /// file:DIR or s3://bucket/prefix
        url: String,
        /// The collection that its files fill
        #[arg(short, long, default_value = "songs")]
        collection: String,
        /// Which files, e.g. '*.csv'
        #[arg(long)]
        pattern: Option<String>,
        /// csv, jsonl or parquet [default: by each file's name]
        #[arg(long)]
        format: Option<String>,
        /// When to crawl it: 'every 5m', a cron line in UTC, or manual [default: every crawl_interval_secs]
        #[arg(long)]
        schedule: Option<String>,
    },
    /// Forget one; its items stay
    Remove {
        /// Its name
        name: String,
    },
    /// List what a source would give, without ingesting anything
    Test {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Runs {
    /// The newest first
    List {
        /// queued, running, succeeded, failed or cancelled
        #[arg(long)]
        state: Option<String>,
        /// How many
        #[arg(short, long, default_value_t = 20)]
        limit: usize,
    },
    /// One, with its log
    Show {
        /// Its id
        id: String,
    },
    /// One, live, until it ends
    Follow {
        /// Its id
        id: String,
    },
    /// Stop one
    Cancel {
        /// Its id
        id: String,
    },
    /// Do a failed or cancelled one again
    Retry {
        /// Its id
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// All of them, with the reasons
    List,
    /// Give one another chance
    Replay {
        /// Its id
        id: String,
    },
    /// Forget one; its run stays failed
    Forget {
        /// Its id
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Users {
    /// All of them
    List,
    /// Make an account; the password is asked for, or read from standard input where nobody can be asked
    Add {
        /// The name
        name: String,
        /// An administrator
        #[arg(long)]
        admin: bool,
    },
    /// Make somebody an administrator or a member
    Role {
        /// The name
        name: String,
        /// admin or member
        role: String,
    },
    /// Give somebody who forgot it a new password; all their sessions end
    Password {
        /// The name
        name: String,
    },
    /// Keep somebody out; their prompts are hidden
    Suspend {
        /// The name
        name: String,
    },
    /// Let somebody in again
    Reinstate {
        /// The name
        name: String,
    },
    /// Remove an account with its prompts, likes and follows
    Remove {
        /// The name
        name: String,
    },
    /// Remove the people of the demo with everything they did
    RemoveDemo,
}

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Everybody's, without their secrets
    List,
    /// Make a key of the installation and print it, this once
    Create {
        /// search, ingest or admin; more than one by repeating it
        #[arg(long, required = true)]
        scope: Vec<String>,
        /// What to call it
        #[arg(long, default_value = "command line")]
        name: String,
        /// Only for this collection; more than one by repeating it
        #[arg(long, value_name = "NAME")]
        collection: Vec<String>,
        /// Days after which it ends [default: never]
        #[arg(long, value_name = "N")]
        days: Option<u16>,
    },
    /// End a key
    Revoke {
        /// Its id, as `keys list` shows it
        id: String,
    },
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Answers the catalogue's routes and the page
    Api,
    /// Answers the encoder's routes
    Encoder,
    /// Looks for new and changed files on schedule
    Crawler,
    /// Brings files into collections
    Ingest,
}

/// How to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// By meaning and by words
    Hybrid,
    /// By meaning
    Vector,
    /// By words
    Text,
}

impl Mode {
    /// The API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Vector => "vector",
            Self::Text => "text",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn backup_takes_a_folder_or_verify() {
        let parse =
            |words: &[&str]| Cli::try_parse_from([&["catalejo"], words].concat()).map(|cli| cli.command);
        assert!(matches!(parse(&["backup", "b"]), Ok(Command::Backup { dir: Some(_), action: None })));
        let verify = parse(&["backup", "verify", "b"]);
        assert!(matches!(
            verify,
            Ok(Command::Backup { dir: None, action: Some(BackupAction::Verify { .. }) })
        ));
        assert!(parse(&["backup"]).is_err());
    }

    #[test]
    fn wrong_usage_is_exit_code_2() {
        assert_eq!(Cli::try_parse_from(["catalejo", "serve"]).unwrap_err().exit_code(), 2);
        assert_eq!(Cli::try_parse_from(["catalejo", "--set", "x", "check"]).unwrap_err().exit_code(), 2);
    }
}

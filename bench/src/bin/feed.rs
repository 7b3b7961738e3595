//! The feed of somebody who follows many, against the plain query it replaces, in the same run.
//!
//! The plain query is the original's: prompts by a list of authors, ordered by date, over a table as the original
//! kept it (user names as keys, an index where the foreign key asks for one). It is asked for one page, which is
//! kinder than the original, which fetched everything: that is shown too.

use std::error::Error;
use std::time::{Duration, Instant};

use catalejo_accounts::Accounts;
use catalejo_social::{FeedSort, Options, Social};
use catalejo_store::Store;
use clap::Parser;
use sea_orm::{ConnectionTrait, Statement};

/// Prints latencies of the feed's first and tenth page and the ratio to the plain query.
#[derive(Debug, Parser)]
struct Arguments {
    /// Prompts in the store, one fill after the other.
    #[arg(long, value_delimiter = ',', default_value = "100000,1000000")]
    prompts: Vec<u64>,
    /// People who publish. A few publish much, most little.
    #[arg(long, default_value_t = 20_000)]
    authors: u64,
    /// Whom the reader follows.
    #[arg(long, default_value_t = 1000)]
    followed: u64,
    /// Feeds read for each figure; the plain query is asked a tenth as often.
    #[arg(long, default_value_t = 500)]
    reads: usize,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Prompts on a page.
const PAGE: usize = 20;
const READER: i64 = 1;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    println!(
        "\n## feed of {PAGE}, following {} of {} people, one reader",
        arguments.followed, arguments.authors
    );
    println!(
        "{:<38} {:>8} {:>8} {:>10} {:>10} {:>7} {:>7}",
        "", "p50 ms", "p99 ms", "plain p50", "plain p99", "ratio", "of p99"
    );
    for prompts in &arguments.prompts {
        let folder = tempfile::tempdir()?;
        let store = Store::open(&"sqlite:".parse()?, folder.path()).await?;
        let social = open(&store, folder.path()).await?;
        fill(&store, &arguments, *prompts).await?;
        measure(&social, &store, &arguments, *prompts).await?;
    }
    Ok(())
}

async fn open(store: &Store, folder: &std::path::Path) -> Outcome<Social> {
    let index = catalejo_index::open(&"embedded:".parse()?, folder).await?;
    let accounts = Accounts::open(store.clone(), catalejo_accounts::Options::default()).await?;
    Ok(Social::open(store.clone(), index, accounts, Options::default()).await?)
}

/// Writes people, follows and prompts in bulk, and the same once more as the original kept them.
async fn fill(store: &Store, arguments: &Arguments, prompts: u64) -> Outcome<()> {
    let Arguments { authors, followed, .. } = *arguments;
    let begun = Instant::now();
    let every = authors / followed;
    let count =
        |n: u64| format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})");
    // A number from 0 to 1 for each row, squared: few publish much.
    let share = "(((i * 2654435761) % 4294967296) / 4294967296.0)";
    let statements = [
        format!(
            "INSERT INTO users (name, name_folded, name_key, name_look, role, demo, created_at) {}
             SELECT 'person' || i, 'person' || i, 'person' || i, 'person' || i, 'member', FALSE, 0 FROM n",
            count(authors)
        ),
        format!(
            "INSERT INTO follows (follower_id, followee_id, at) {}
             SELECT {READER}, i * {every}, 0 FROM n WHERE i * {every} <> {READER}",
            count(followed)
        ),
        "INSERT INTO mutes (user_id, muted_id, at) SELECT follower_id, followee_id, 0 FROM follows LIMIT 5".into(),
        format!(
            "INSERT INTO prompts (author_id, text, text_key, collection, mode, likes, created_at) {}
             SELECT 1 + CAST({authors} * {share} * {share} AS INTEGER), 'songs about the sea, the night and number ' || i,
                'songs about the sea, the night and number ' || i, 'songs', 'hybrid', i % 7, 1700000000000 + i * 60000 FROM n",
            count(prompts)
        ),
        "CREATE TABLE plain_prompts (id INTEGER PRIMARY KEY AUTOINCREMENT, username VARCHAR(255), prompt TEXT, date DATETIME, likes INT)".into(),
        "INSERT INTO plain_prompts SELECT p.id, u.name, p.text, p.created_at, p.likes FROM prompts p JOIN users u ON u.id = p.author_id".into(),
        "CREATE INDEX plain_by_user ON plain_prompts (username)".into(),
    ];
    for statement in statements {
        let txn = store.begin().await?;
        txn.execute_unprepared(&statement).await?;
        txn.commit().await?;
    }
    println!("# {prompts} prompts written in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

async fn measure(social: &Social, store: &Store, arguments: &Arguments, prompts: u64) -> Outcome<()> {
    let names = followed_names(store).await?;
    let mut cursor = None;
    for page in 1..=10_usize {
        if page == 1 || page == 10 {
            let mut ours = Vec::new();
            for _ in 0..arguments.reads {
                let begun = Instant::now();
                let read = social.feed(READER, FeedSort::Newest, cursor.as_deref(), PAGE).await?;
                ours.push(begun.elapsed());
                assert_eq!(read.items.len(), PAGE, "the page is full");
            }
            let name = format!("{prompts} prompts, page {page}");
            let limit = format!("LIMIT {PAGE} OFFSET {}", (page - 1) * PAGE);
            print(&name, &mut ours, &mut plain(store, &names, &limit, arguments.reads / 10).await?);
            if page == 1 {
                let mut whole = plain(store, &names, "", arguments.reads / 50).await?;
                print("  against the original, all at once", &mut ours, &mut whole);
            }
        }
        cursor = social.feed(READER, FeedSort::Newest, cursor.as_deref(), PAGE).await?.next_cursor;
    }
    Ok(())
}

/// The names of the followed and the reader, quoted: what the original put into its query.
async fn followed_names(store: &Store) -> Outcome<String> {
    let db = store.db();
    let sql = format!(
        "SELECT name FROM users WHERE id = {READER} OR id IN (SELECT followee_id FROM follows WHERE follower_id = {READER})"
    );
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let names = rows.iter().map(|row| row.try_get_by_index::<String>(0).map(|name| format!("'{name}'")));
    Ok(names.collect::<Result<Vec<_>, _>>()?.join(", "))
}

/// Latencies of the plain query.
async fn plain(store: &Store, names: &str, limit: &str, reads: usize) -> Outcome<Vec<Duration>> {
    let db = store.db();
    let sql = format!(
        "SELECT id, username, prompt, date, likes FROM plain_prompts WHERE username IN ({names}) ORDER BY date DESC {limit}"
    );
    let mut times = Vec::new();
    for _ in 0..reads.max(5) {
        let begun = Instant::now();
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql.as_str())).await?;
        times.push(begun.elapsed());
        assert!(rows.len() >= PAGE, "the page is full");
    }
    Ok(times)
}

fn print(name: &str, ours: &mut [Duration], plain: &mut [Duration]) {
    let (p50, p99) = (at(ours, 0.5), at(ours, 0.99));
    let (plain_p50, plain_p99) = (at(plain, 0.5), at(plain, 0.99));
    println!(
        "{name:<38} {p50:>8.2} {p99:>8.2} {plain_p50:>10.2} {plain_p99:>10.2} {:>6.1}x {:>6.1}x",
        plain_p50 / p50,
        plain_p99 / p99
    );
}

fn at(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let place = ((times.len() - 1) as f64 * share) as usize;
    times[place].as_secs_f64() * 1e3
}

use std::time::{Duration, Instant};

use crate::support::House;

const CHECKS: u32 = 200;

/// Prints what a session check costs: `cargo test --release -p catalejo-accounts -- --ignored --nocapture cost`
#[tokio::test]
#[ignore = "a measurement"]
async fn the_cost_of_a_session_check() {
    let house = House::new().await;
    house.member("ana").await;
    let token = house.login("ana").await.token;
    for (what, step) in [("read from the store", 5_000), ("believed", 0)] {
        let mut took = Vec::new();
        for _ in 0..CHECKS {
            house.advance(step);
            let begun = Instant::now();
            house.accounts.authenticate(token.expose()).await.unwrap();
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        let mean = took.iter().sum::<Duration>() / CHECKS;
        println!("{what}: mean {mean:?}, p99 {:?}", took[took.len() * 99 / 100]);
    }
}

//! How many small messages a second the embedded broker publishes, delivers and acknowledges, durably.
//!
//! `cargo run --release -p catalejo-broker --example broker_throughput [MESSAGES [BATCH]]`

use std::error::Error;
use std::time::{Duration, Instant};

use catalejo_broker::{Broker, Embedded, Message};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let messages: usize = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    let batch: usize = arguments.next().map_or(Ok(100), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let broker = Embedded::open(&folder.path().join("broker.sqlite")).await?;
    broker.declare("t", "g").await?;
    let begun = Instant::now();
    let (published, consumed) =
        tokio::join!(publish(&broker, messages, batch), consume(&broker, messages, batch));
    published?;
    consumed?;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{messages} messages of 200 bytes in batches of {batch}: {seconds:.2} s, {:.0}/s",
        messages as f64 / seconds
    );
    Ok(())
}

async fn publish(broker: &Embedded, messages: usize, batch: usize) -> Result<(), catalejo_port::PortError> {
    for _ in 0..messages.div_ceil(batch) {
        let message = || Message { key: None, body: vec![b'x'; 200].into() };
        broker.publish("t", std::iter::repeat_with(message).take(batch).collect()).await?;
    }
    Ok(())
}

async fn consume(broker: &Embedded, messages: usize, batch: usize) -> Result<(), catalejo_port::PortError> {
    let mut count = 0;
    while count < messages {
        let wait = Duration::from_secs(60);
        let deliveries = broker.receive("t", "g", batch, wait, wait).await?;
        count += deliveries.len();
        futures::future::try_join_all(deliveries.iter().map(|delivery| broker.ack(delivery))).await?;
    }
    Ok(())
}

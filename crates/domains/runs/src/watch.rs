use std::time::Duration;

use futures::Stream;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{LogLine, Run, RunResult, Runs};

/// How often the store is asked about a run that another process may work on.
const POLL: Duration = Duration::from_secs(1);

/// What a watcher is told.
#[derive(Debug, Clone, PartialEq)]
// Nearly all events are updates, so a box would cost more than it saves.
#[allow(clippy::large_enum_variant)]
pub enum RunEvent {
    /// The run as it stands now.
    Update(Run),
    /// A new line in its log.
    Log {
        /// The run's id.
        run: String,
        /// The line.
        line: LogLine,
    },
}

impl RunEvent {
    fn run_id(&self) -> &str {
        match self {
            Self::Update(run) => &run.id,
            Self::Log { run, .. } => run,
        }
    }
}

impl Runs {
    /// The run as it stands, then what happens to it; ends after its final state. Works for runs of other processes
    /// too, which are looked up once a second (their log lines are not told).
    pub async fn watch(&self, id: &str) -> RunResult<impl Stream<Item = RunEvent> + Send + 'static + use<>> {
        // Subscribed before the first look, so that nothing falls between the two.
        let events = self.inner.events.subscribe();
        let first = self.get(id).await?;
        let (sender, receiver) = mpsc::channel(64);
        tokio::spawn(follow(self.clone(), first, events, sender));
        Ok(ReceiverStream::new(receiver))
    }
}

async fn follow(
    runs: Runs,
    first: Run,
    mut events: broadcast::Receiver<RunEvent>,
    sender: mpsc::Sender<RunEvent>,
) {
    let id = first.id.clone();
    let mut known = first;
    loop {
        if sender.send(RunEvent::Update(known.clone())).await.is_err() || known.state.is_final() {
            return;
        }
        known = loop {
            let look = tokio::select! {
                () = sender.closed() => return,
                event = events.recv() => match event {
                    Ok(event) if event.run_id() != id => continue,
                    Ok(RunEvent::Update(run)) => break run,
                    Ok(line) => {
                        if sender.send(line).await.is_err() {
                            return;
                        }
                        continue;
                    }
                    Err(RecvError::Lagged(_)) => runs.get(&id).await,
                    Err(RecvError::Closed) => return,
                },
                () = tokio::time::sleep(POLL) => runs.get(&id).await,
            };
            match look {
                Ok(run) if run.updated_at > known.updated_at || run.state != known.state => break run,
                Ok(_) => {}
                // Removed, or the store is gone: nothing more can be told.
                Err(_) => return,
            }
        };
    }
}

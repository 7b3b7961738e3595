//! Gathers the texts of concurrent calls into groups for a few worker threads.
//!
//! A group has at most [`GROUP_TOKENS`] tokens, or is one long text. Each lane has its own bound on tokens
//! waiting and in work, so that a pipeline that fills its lane never makes the other one busy.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalejo_port::{PortError, PortResult};
use parking_lot::{Condvar, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::Lane;

/// Tokens of a group: enough to keep the kernels at full speed, few enough to answer soon.
const GROUP_TOKENS: usize = 512;
/// Tokens below which a group is not divided further among idle workers.
const LEAST_TOKENS: usize = 64;
/// Every so many groups the bulk lane goes first, so that a flood of questions does not stop a pipeline for good.
const BULK_TURN: u64 = 16;
/// What the retry hint assumes before the first group has been timed, in tokens per second.
const FIRST_GUESS: f64 = 5000.0;

/// What a worker does with a group, on as many threads as the number says: one vector a text.
pub(crate) type Work = Box<dyn FnMut(&[&[u32]], usize) -> Vec<Vec<f32>> + Send>;

/// The queue and its workers. Dropping it ends them after the groups they work on.
pub(crate) struct Batcher {
    shared: Arc<Shared>,
    bound: usize,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    room: [Arc<Semaphore>; 2],
}

struct State {
    lanes: [VecDeque<Job>; 2],
    tokens: [usize; 2],
    idle: usize,
    groups: u64,
    /// Tokens per second of all workers together.
    speed: f64,
    closed: bool,
}

struct Job {
    tokens: Vec<u32>,
    index: usize,
    reply: mpsc::UnboundedSender<PortResult<(usize, Vec<f32>)>>,
    /// Room in the lane, given back when the last job that shares it is done.
    _room: Arc<OwnedSemaphorePermit>,
}

impl Batcher {
    /// Starts `threads` workers; `bound` is the tokens that may wait or be in work, for each lane.
    pub fn start(threads: usize, bound: usize, work: impl Fn() -> Work) -> PortResult<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                lanes: Default::default(),
                tokens: [0; 2],
                idle: 0,
                groups: 0,
                speed: FIRST_GUESS,
                closed: false,
            }),
            changed: Condvar::new(),
            room: [Arc::new(Semaphore::new(bound)), Arc::new(Semaphore::new(bound))],
        });
        let batcher = Self { shared: Arc::clone(&shared), bound };
        for number in 0..threads {
            let (shared, mut work) = (Arc::clone(&shared), work());
            std::thread::Builder::new()
                .name(format!("encoder-{number}"))
                .spawn(move || shared.serve(&mut work, threads))
                .map_err(|error| PortError::internal("cannot start an encoder thread").with_source(error))?;
        }
        Ok(batcher)
    }

    /// Refuses at once what [`Batcher::encode`] would refuse after the tokenizer's work.
    pub fn admit(&self, lane: Lane) -> PortResult<()> {
        match lane {
            Lane::Interactive if self.room(lane).available_permits() == 0 => Err(self.busy()),
            _ => Ok(()),
        }
    }

    /// The vectors of `texts`, given as token numbers, in their order.
    pub async fn encode(&self, texts: Vec<Vec<u32>>, lane: Lane) -> PortResult<Vec<Vec<f32>>> {
        let mut vectors = vec![Vec::new(); texts.len()];
        let (reply, mut replies) = mpsc::unbounded_channel();
        for piece in self.pieces(texts, lane) {
            let room = Arc::new(self.reserve(&piece, lane).await?);
            self.shared.push(lane, piece, &reply, &room);
        }
        drop(reply);
        let mut missing = vectors.len();
        while let Some(answer) = replies.recv().await {
            let (index, vector) = answer?;
            vectors[index] = vector;
            missing -= 1;
        }
        match missing {
            0 => Ok(vectors),
            _ => Err(PortError::internal("the encoder was shut down before it had encoded every text")),
        }
    }

    /// What is queued as a whole: a call of a person, or some texts of a pipeline's call, longest first.
    fn pieces(&self, texts: Vec<Vec<u32>>, lane: Lane) -> Vec<Vec<(usize, Vec<u32>)>> {
        let mut texts: Vec<_> = texts.into_iter().enumerate().collect();
        if lane == Lane::Interactive {
            return if texts.is_empty() { Vec::new() } else { vec![texts] };
        }
        texts.sort_by_key(|(_, tokens)| std::cmp::Reverse(tokens.len()));
        let (mut pieces, mut sum) = (Vec::<Vec<_>>::new(), usize::MAX);
        for text in texts {
            sum = sum.saturating_add(weight(&text.1));
            if sum > (2 * GROUP_TOKENS).min(self.bound) {
                pieces.push(Vec::new());
                sum = weight(&text.1);
            }
            pieces.last_mut().expect("the first text opens a piece").push(text);
        }
        pieces
    }

    async fn reserve(&self, piece: &[(usize, Vec<u32>)], lane: Lane) -> PortResult<OwnedSemaphorePermit> {
        // a piece above the bound fits when nothing else is there, or it would never
        let tokens = piece.iter().map(|(_, tokens)| weight(tokens)).sum::<usize>().min(self.bound);
        let tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
        let room = Arc::clone(self.room(lane));
        match lane {
            Lane::Interactive => room.try_acquire_many_owned(tokens).map_err(|_| self.busy()),
            Lane::Bulk => room
                .acquire_many_owned(tokens)
                .await
                .map_err(|error| PortError::internal("the encoder's queue is closed").with_source(error)),
        }
    }

    fn room(&self, lane: Lane) -> &Arc<Semaphore> {
        &self.shared.room[lane as usize]
    }

    fn busy(&self) -> PortError {
        let waiting = self.bound - self.room(Lane::Interactive).available_permits().min(self.bound);
        let seconds = (waiting as f64 / self.shared.state.lock().speed).clamp(0.05, 60.0);
        PortError::busy(format!("the encoder has {waiting} tokens waiting, of {} at most", self.bound))
            .with_retry_after(Duration::from_secs_f64(seconds))
    }
}

impl Drop for Batcher {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.closed = true;
        state.lanes = Default::default();
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn push(
        &self,
        lane: Lane,
        piece: Vec<(usize, Vec<u32>)>,
        reply: &mpsc::UnboundedSender<PortResult<(usize, Vec<f32>)>>,
        room: &Arc<OwnedSemaphorePermit>,
    ) {
        let mut state = self.state.lock();
        for (index, tokens) in piece {
            state.tokens[lane as usize] += weight(&tokens);
            state.lanes[lane as usize].push_back(Job {
                tokens,
                index,
                reply: reply.clone(),
                _room: Arc::clone(room),
            });
        }
        self.changed.notify_all();
    }

    fn serve(&self, work: &mut Work, workers: usize) {
        while let Some((group, threads)) = self.take() {
            let tokens: usize = group.iter().map(|job| weight(&job.tokens)).sum();
            let start = Instant::now();
            answer(group, threads, work);
            let speed = tokens as f64 / start.elapsed().as_secs_f64().max(1e-6) * (workers / threads) as f64;
            let mut state = self.state.lock();
            state.speed += (speed - state.speed) / 8.0;
        }
    }

    /// The next group and the threads it may use, or `None` at the end.
    fn take(&self) -> Option<(Vec<Job>, usize)> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            let group = state.group();
            if !group.is_empty() {
                let tokens: usize = group.iter().map(|job| weight(&job.tokens)).sum();
                // helpers are for when nobody else has work for them
                let helpers = if state.lanes.iter().all(VecDeque::is_empty) { state.idle } else { 0 };
                return Some((group, (1 + helpers).min(tokens / LEAST_TOKENS).max(1)));
            }
            state.idle += 1;
            self.changed.wait(&mut state);
            state.idle -= 1;
        }
    }
}

impl State {
    /// Takes a group off the queue; an empty one means that nothing waits. Nobody computes for a caller who has gone.
    fn group(&mut self) -> Vec<Job> {
        let mut group = Vec::new();
        for lane in self.order() {
            let budget = (self.tokens[lane] / (self.idle + 1)).clamp(LEAST_TOKENS, GROUP_TOKENS);
            let mut sum = 0;
            while let Some(job) = self.lanes[lane].front() {
                let wanted = !job.reply.is_closed();
                let tokens = weight(&job.tokens);
                if wanted && sum > 0 && sum + tokens > budget {
                    break;
                }
                self.tokens[lane] -= tokens;
                let job = self.lanes[lane].pop_front();
                if wanted {
                    sum += tokens;
                    group.extend(job);
                }
            }
            if !group.is_empty() {
                self.groups += 1;
                return group;
            }
        }
        group
    }

    fn order(&self) -> [usize; 2] {
        let (first, second) = (Lane::Interactive as usize, Lane::Bulk as usize);
        if self.groups % BULK_TURN == BULK_TURN - 1 { [second, first] } else { [first, second] }
    }
}

/// What a text takes of the bound: even an empty one takes something.
fn weight(tokens: &[u32]) -> usize {
    tokens.len().max(1)
}

/// Works on a group and answers its callers. After a panic each text is tried alone, so that one text that cannot
/// be encoded does not fail its neighbours.
fn answer(group: Vec<Job>, threads: usize, work: &mut Work) {
    let texts: Vec<&[u32]> = group.iter().map(|job| job.tokens.as_slice()).collect();
    let result = catch_unwind(AssertUnwindSafe(|| work(&texts, threads)));
    match result {
        Ok(vectors) => {
            for (job, vector) in group.iter().zip(vectors) {
                // a caller that has gone wants no answer
                let _ = job.reply.send(Ok((job.index, vector)));
            }
        }
        Err(_) if group.len() > 1 => group.into_iter().for_each(|job| answer(vec![job], threads, work)),
        Err(_) => {
            let error = PortError::internal("the encoder failed on a text; its thread's panic is in the log");
            if let [job] = group.as_slice() {
                let _ = job.reply.send(Err(error));
            }
        }
    }
}

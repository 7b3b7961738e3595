//! A meeting point for the threads that share one group of texts.

use std::ops::Range;

use parking_lot::{Condvar, Mutex};

/// Lets `parties` threads wait for each other again and again, asleep, not spinning; a thread that panics
/// releases the others instead of leaving them waiting for ever.
pub(crate) struct Meeting {
    parties: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    arrived: usize,
    round: u64,
    broken: bool,
}

/// Another thread of the meeting has panicked.
#[derive(Debug)]
pub(crate) struct Broken;

impl Meeting {
    pub fn new(parties: usize) -> Self {
        Self { parties, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Returns when all have called it.
    pub fn wait(&self) -> Result<(), Broken> {
        let mut state = self.state.lock();
        state.arrived += 1;
        if state.arrived == self.parties {
            state.arrived = 0;
            state.round += 1;
            self.changed.notify_all();
        }
        let round = if state.arrived == 0 { state.round - 1 } else { state.round };
        while state.round == round && !state.broken {
            self.changed.wait(&mut state);
        }
        if state.broken { Err(Broken) } else { Ok(()) }
    }

    /// Breaks the meeting if the current thread panics before the guard is dropped.
    pub fn guard(&self) -> impl Drop + '_ {
        Guard(self)
    }
}

struct Guard<'a>(&'a Meeting);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.state.lock().broken = true;
            self.0.changed.notify_all();
        }
    }
}

/// Cuts `rows` into at most `parts` nearly equal ranges, in order.
pub(crate) fn shares(rows: usize, parts: usize) -> Vec<Range<usize>> {
    let parts = parts.clamp(1, rows.max(1));
    (0..parts).map(|part| rows * part / parts..rows * (part + 1) / parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn nobody_passes_before_all_have_come() {
        let (meeting, steps) = (Meeting::new(3), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for round in 1..=200 {
                        steps.fetch_add(1, Ordering::SeqCst);
                        meeting.wait().unwrap();
                        assert!(steps.load(Ordering::SeqCst) >= round * 3);
                        meeting.wait().unwrap();
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_releases_the_others() {
        let meeting = Meeting::new(2);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| meeting.wait().is_err());
            let failing = scope.spawn(|| {
                let _guard = meeting.guard();
                panic!("on purpose");
            });
            assert!(failing.join().is_err());
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn shares_cover_all_rows_once() {
        for (rows, parts) in [(0, 3), (1, 4), (7, 2), (512, 3)] {
            let shares = shares(rows, parts);
            let ends: Vec<_> = shares.iter().map(|share| share.end).collect();
            assert_eq!(shares[0].start, 0);
            assert!(
                shares.iter().skip(1).map(|share| share.start).eq(ends[..ends.len() - 1].iter().copied())
            );
            assert_eq!(ends.last(), Some(&rows));
        }
    }
}

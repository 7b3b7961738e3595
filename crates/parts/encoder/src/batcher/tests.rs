use std::sync::mpsc as threads;
use std::time::Duration;

use futures::future::join_all;

use super::*;

/// Vectors that tell which text they belong to.
fn first_token(texts: &[&[u32]]) -> Vec<Vec<f32>> {
    texts.iter().map(|text| vec![text.first().map_or(-1.0, |&token| token as f32)]).collect()
}

/// A batcher of one worker that reports each group and then waits to be let on.
struct Gated {
    batcher: Arc<Batcher>,
    groups: threads::Receiver<Vec<Vec<u32>>>,
    gate: threads::Sender<()>,
}

impl Gated {
    fn start(bound: usize) -> Self {
        let (report, groups) = threads::channel();
        let (gate, opened) = threads::channel();
        let opened = Arc::new(Mutex::new(opened));
        let batcher = Batcher::start(1, bound, || {
            let (report, opened) = (report.clone(), Arc::clone(&opened));
            Box::new(move |texts: &[&[u32]], _| {
                let _ = report.send(texts.iter().map(|text| text.to_vec()).collect());
                let _ = opened.lock().recv();
                first_token(texts)
            })
        });
        Self { batcher: Arc::new(batcher.unwrap()), groups, gate }
    }

    fn call(&self, texts: Vec<Vec<u32>>, lane: Lane) -> tokio::task::JoinHandle<PortResult<Vec<Vec<f32>>>> {
        let batcher = Arc::clone(&self.batcher);
        tokio::spawn(async move { batcher.encode(texts, lane).await })
    }

    /// Lets the worker on for ever.
    fn open(self) -> threads::Receiver<Vec<Vec<u32>>> {
        drop(self.gate);
        self.groups
    }

    async fn until(&self, what: impl Fn(&State) -> bool) {
        while !what(&self.batcher.shared.state.lock()) {
            tokio::task::yield_now().await;
        }
    }
}

fn text(token: u32, len: usize) -> Vec<u32> {
    vec![token; len]
}

#[tokio::test(flavor = "multi_thread")]
async fn people_go_before_a_pipeline_and_groups_keep_to_their_budget() {
    let gated = Gated::start(10_000);
    let first = gated.call(vec![text(0, 1)], Lane::Bulk);
    assert_eq!(gated.groups.recv().unwrap(), [text(0, 1)]);
    let bulk = gated.call((0..40).map(|_| text(1, 100)).collect(), Lane::Bulk);
    gated.until(|state| state.lanes[1].len() == 40).await;
    let person = gated.call(vec![text(2, 100)], Lane::Interactive);
    gated.until(|state| !state.lanes[0].is_empty()).await;
    let groups = gated.open();
    for call in [first, bulk, person] {
        call.await.unwrap().unwrap();
    }
    let groups: Vec<_> = groups.try_iter().collect();
    assert_eq!(groups[0], [text(2, 100)], "the person first");
    assert!(groups.iter().all(|group| group.iter().map(Vec::len).sum::<usize>() <= GROUP_TOKENS));
    assert_eq!(groups[1].len(), 5, "as many texts as the budget holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_is_not_starved() {
    let gated = Gated::start(100_000);
    let first = gated.call(vec![text(0, 1)], Lane::Interactive);
    gated.groups.recv().unwrap();
    let people: Vec<_> = (0..100).map(|_| gated.call(vec![text(1, 512)], Lane::Interactive)).collect();
    let bulk = gated.call(vec![text(2, 1)], Lane::Bulk);
    gated.until(|state| state.lanes[0].len() == 100 && state.lanes[1].len() == 1).await;
    let groups = gated.open();
    join_all(people.into_iter().chain([first, bulk])).await;
    let turn = groups.try_iter().position(|group| group == [text(2, 1)]).unwrap();
    assert!(turn < BULK_TURN as usize, "served after {turn} groups");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pipelines_share_the_lane() {
    let gated = Gated::start(2 * GROUP_TOKENS);
    let texts = |token| (0..20).map(|_| text(token, GROUP_TOKENS)).collect::<Vec<_>>();
    let calls = [gated.call(texts(1), Lane::Bulk), gated.call(texts(2), Lane::Bulk)];
    let groups = gated.open();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let order: Vec<u32> = groups.try_iter().map(|group| group[0][0]).collect();
    let first_of_second = order.iter().position(|&token| token == 2).unwrap();
    assert!(first_of_second < 10, "the second waited for the whole first: {order:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_bounded() {
    let gated = Gated::start(2000);
    let held = gated.call(vec![text(0, 500)], Lane::Interactive);
    gated.groups.recv().unwrap();
    let waiting = gated.call(vec![text(1, 1400)], Lane::Interactive);
    gated.until(|state| state.lanes[0].len() == 1).await;
    let error = gated.batcher.encode(vec![text(2, 200)], Lane::Interactive).await.unwrap_err();
    assert_eq!(error.kind(), catalejo_port::ErrorKind::Busy);
    let after = error.retry_after().unwrap();
    assert!(after >= Duration::from_millis(50) && after < Duration::from_secs(61), "{after:?}");
    assert!(error.message().contains("1900 tokens waiting, of 2000"), "{error}");

    let bulk = gated.call((0..1000).map(|_| text(3, 100)).collect(), Lane::Bulk);
    gated.until(|state| !state.lanes[1].is_empty()).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert!(gated.batcher.shared.state.lock().tokens[1] <= 2000);
    }
    gated.open();
    assert_eq!(bulk.await.unwrap().unwrap().len(), 1000);
    for call in [held, waiting] {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_above_the_bound_is_served_alone() {
    let gated = Gated::start(10);
    let calls =
        [gated.call(vec![text(1, 500)], Lane::Interactive), gated.call(vec![text(2, 500)], Lane::Bulk)];
    gated.open();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_of_a_caller_who_has_left_is_skipped() {
    let gated = Gated::start(10_000);
    let first = gated.call(vec![text(0, 1)], Lane::Interactive);
    gated.groups.recv().unwrap();
    let leaver = gated.call(vec![text(1, 10), text(1, 10)], Lane::Interactive);
    gated.until(|state| state.lanes[0].len() == 2).await;
    leaver.abort();
    assert!(leaver.await.unwrap_err().is_cancelled());
    let stayer = gated.call(vec![text(2, 10)], Lane::Interactive);
    gated.until(|state| state.lanes[0].len() == 3).await;
    let batcher = Arc::clone(&gated.batcher);
    let groups = gated.open();
    first.await.unwrap().unwrap();
    stayer.await.unwrap().unwrap();
    assert_eq!(groups.try_iter().collect::<Vec<_>>(), [[text(2, 10)]]);
    drop(groups);
    assert_eq!(batcher.shared.state.lock().tokens, [0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_own_text_only() {
    const POISON: u32 = 666;
    let batcher = Batcher::start(2, 10_000, || {
        Box::new(|texts: &[&[u32]], _| {
            assert!(texts.iter().all(|text| text.first() != Some(&POISON)), "on purpose");
            first_token(texts)
        })
    });
    let batcher = batcher.unwrap();
    for _ in 0..3 {
        let calls = (0..20).map(|i| {
            let token = if i == 7 { POISON } else { i };
            batcher.encode(vec![text(token, 3)], Lane::Interactive)
        });
        for (i, answer) in join_all(calls).await.into_iter().enumerate() {
            match answer {
                Ok(vectors) => assert_eq!(vectors, [[i as f32]]),
                Err(error) => {
                    assert_eq!((i, error.kind()), (7, catalejo_port::ErrorKind::Internal), "{error}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn helpers_come_only_when_nothing_else_waits() {
    let (report, threads) = threads::channel();
    let batcher = Batcher::start(4, 100_000, || {
        let report = report.clone();
        Box::new(move |texts: &[&[u32]], threads| {
            let _ = report.send((texts.iter().map(|text| text.len()).sum::<usize>(), threads));
            first_token(texts)
        })
    });
    let batcher = batcher.unwrap();
    // the workers may still be on their way to the queue
    while batcher.shared.state.lock().idle < 4 {
        tokio::task::yield_now().await;
    }
    batcher.encode(vec![text(1, 512)], Lane::Interactive).await.unwrap();
    assert_eq!(threads.recv().unwrap(), (512, 4), "a long text alone is shared by all");
    while batcher.shared.state.lock().idle < 4 {
        tokio::task::yield_now().await;
    }
    batcher.encode(vec![text(1, 8)], Lane::Interactive).await.unwrap();
    assert_eq!(threads.recv().unwrap(), (8, 1), "a short one is not worth it");
}

//! The contract of [`Encoder`] as tests over any backend or decorator: call [`contract`] from a test with a
//! function that makes the encoder.
//!
//! A failing promise panics, as a test does.

use std::future::Future;
use std::sync::Arc;

use catalejo_port::ErrorKind;
use futures::future::join_all;

use crate::{Embeddings, Encoder, Lane};

/// The largest difference between two vectors of the same text.
const NEAR: f32 = 1e-5;

/// What a test wants of the encoder it is given.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Threads that compute.
    pub threads: usize,
    /// Tokens that may wait or be in work, for each lane.
    pub queue_tokens: usize,
}

const ROOMY: Setup = Setup { threads: 2, queue_tokens: 100_000 };
const NARROW: Setup = Setup { threads: 1, queue_tokens: 8 };

/// Runs every test, each with an encoder of its own.
pub async fn contract<F, Fut>(make: F)
where
    F: Fn(Setup) -> Fut,
    Fut: Future<Output = Arc<dyn Encoder>>,
{
    vectors_come_in_the_order_of_the_texts(make(ROOMY).await).await;
    a_text_has_one_vector_whatever_is_beside_it(make(ROOMY).await).await;
    long_texts_are_cut_and_empty_ones_are_texts(make(ROOMY).await).await;
    many_callers_get_their_own_vectors(make(ROOMY).await).await;
    a_full_queue_refuses_people(make(NARROW).await).await;
    a_full_queue_lets_pipelines_wait(make(NARROW).await).await;
    pipelines_do_not_take_the_room_of_people(make(NARROW).await).await;
    a_caller_that_leaves_takes_its_work_along(make(NARROW).await).await;
    the_model_answers_for_itself(make(ROOMY).await).await;
}

fn samples() -> Vec<String> {
    let lines = [
        "a song about the sea",
        "una canción de verano bajo la lluvia",
        "😀 🎵",
        "雨の東京で",
        "مرحبا",
        "",
        "the quick brown fox jumps over the lazy dog, again and again and again",
    ];
    lines.map(str::to_owned).to_vec()
}

fn long_text(words: usize) -> String {
    "sea and song ".repeat(words)
}

async fn encode(encoder: &dyn Encoder, texts: &[String], lane: Lane) -> Embeddings {
    encoder.encode(texts, lane).await.expect("an encoder with room encodes")
}

fn assert_near(left: &[f32], right: &[f32], what: &str) {
    assert_eq!(left.len(), right.len(), "{what}: lengths");
    let far = left.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(far <= NEAR, "{what}: the vectors differ by {far}");
}

async fn vectors_come_in_the_order_of_the_texts(encoder: Arc<dyn Encoder>) {
    let texts = samples();
    let all = encode(&*encoder, &texts, Lane::Bulk).await;
    assert_eq!(all.dimensions, encoder.model().dimensions);
    assert_eq!(all.data.len(), texts.len() * all.dimensions);
    assert!(all.data.iter().all(|x| x.is_finite()), "a vector holds something else than numbers");
    assert!(all.tokens >= texts.len() as u64 - 1, "{} tokens are too few", all.tokens);
    let reversed: Vec<String> = texts.iter().rev().cloned().collect();
    let backwards = encode(&*encoder, &reversed, Lane::Bulk).await;
    for (forth, back) in all.rows().zip(backwards.rows().collect::<Vec<_>>().into_iter().rev()) {
        assert_near(forth, back, "reversed texts");
    }
    assert_eq!(backwards.tokens, all.tokens);
    let none = encode(&*encoder, &[], Lane::Interactive).await;
    assert_eq!((none.data.len(), none.tokens), (0, 0), "no texts, no vectors");
}

async fn a_text_has_one_vector_whatever_is_beside_it(encoder: Arc<dyn Encoder>) {
    let texts = samples();
    let mut crowd: Vec<String> = (0..200).map(|i| long_text(1 + i % 60)).collect();
    crowd.splice(100..100, texts.clone());
    let crowd = encode(&*encoder, &crowd, Lane::Bulk).await;
    for (index, text) in texts.iter().enumerate() {
        let among = crowd.rows().nth(100 + index).expect("a vector for each text");
        for lane in [Lane::Interactive, Lane::Bulk] {
            let alone = encode(&*encoder, std::slice::from_ref(text), lane).await;
            assert_near(&alone.data, among, text);
        }
    }
}

async fn long_texts_are_cut_and_empty_ones_are_texts(encoder: Arc<dyn Encoder>) {
    let limit = encoder.model().max_tokens;
    let long = long_text(limit);
    let longer = format!("{long} and something else");
    let vectors = encode(&*encoder, &[long, longer], Lane::Interactive).await;
    let rows: Vec<_> = vectors.rows().collect();
    assert_near(rows[0], rows[1], "what lies beyond the limit");
    assert_eq!(vectors.tokens, 2 * limit as u64, "cut at the limit");
    let empty = encode(&*encoder, &[String::new()], Lane::Interactive).await;
    assert_eq!(empty.data.len(), empty.dimensions);
}

async fn many_callers_get_their_own_vectors(encoder: Arc<dyn Encoder>) {
    let texts = samples();
    let expected = encode(&*encoder, &texts, Lane::Bulk).await;
    let calls =
        (0..64).map(|i| {
            let (encoder, text) = (&encoder, texts[i % texts.len()].clone());
            async move {
                encode(&**encoder, &[text], if i % 2 == 0 { Lane::Interactive } else { Lane::Bulk }).await
            }
        });
    for (i, answer) in join_all(calls).await.iter().enumerate() {
        let wanted = expected.rows().nth(i % texts.len()).expect("a vector for each text");
        assert_near(&answer.data, wanted, "a call among many");
    }
}

/// Enough work to be still there when the next caller comes.
fn heavy_call() -> Vec<String> {
    (0..12).map(|_| long_text(200)).collect()
}

async fn a_full_queue_refuses_people(encoder: Arc<dyn Encoder>) {
    let texts = heavy_call();
    // who comes first depends on the threads; that all of them find room, every time, does not happen
    for _ in 0..50 {
        let calls = (0..16).map(|_| encoder.encode(&texts, Lane::Interactive));
        let answers = join_all(calls).await;
        assert!(answers.iter().any(Result::is_ok), "the first caller finds room");
        let refusals: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
        for error in &refusals {
            assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
            assert!(
                error.retry_after().is_some_and(|after| !after.is_zero()),
                "a refusal says when to come back"
            );
        }
        if !refusals.is_empty() {
            eventually_encodes(&*encoder).await;
            return;
        }
    }
    unreachable!("a queue of {} tokens never was full", NARROW.queue_tokens);
}

/// Asks until the work of others is over.
async fn eventually_encodes(encoder: &dyn Encoder) {
    loop {
        match encoder.encode(&["sea".to_owned()], Lane::Interactive).await {
            Ok(vectors) => return assert_eq!(vectors.rows().len(), 1),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Busy, "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

async fn a_full_queue_lets_pipelines_wait(encoder: Arc<dyn Encoder>) {
    let texts = heavy_call();
    let answers = join_all((0..4).map(|_| encoder.encode(&texts, Lane::Bulk))).await;
    for answer in answers {
        assert_eq!(answer.expect("a pipeline waits for room").rows().len(), texts.len());
    }
}

async fn pipelines_do_not_take_the_room_of_people(encoder: Arc<dyn Encoder>) {
    let texts = heavy_call();
    let pipeline = encoder.encode(&texts, Lane::Bulk);
    let person = encoder.encode(std::slice::from_ref(&texts[0]), Lane::Interactive);
    let (bulk, answer) = futures::future::join(pipeline, person).await;
    assert_near(
        &answer.expect("a person finds room beside a pipeline").data,
        bulk.expect("the pipeline goes on").rows().next().expect("a vector for each text"),
        "both lanes",
    );
}

async fn a_caller_that_leaves_takes_its_work_along(encoder: Arc<dyn Encoder>) {
    let texts = heavy_call();
    for lane in [Lane::Interactive, Lane::Bulk] {
        for _ in 0..8 {
            let mut call = encoder.encode(&texts, lane);
            // begun, then dropped
            let _ = futures::poll!(&mut call);
        }
        eventually_encodes(&*encoder).await;
        assert_eq!(encode(&*encoder, &texts[..2], Lane::Bulk).await.rows().len(), 2);
    }
}

async fn the_model_answers_for_itself(encoder: Arc<dyn Encoder>) {
    encoder.ping().await.expect("an open encoder answers");
    let model = encoder.model();
    assert!(
        !model.name.is_empty()
            && !model.fingerprint.is_empty()
            && model.dimensions > 0
            && model.max_tokens > 0
    );
}

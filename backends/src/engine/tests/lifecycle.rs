//! The thread, the queue and their ends; no model is needed.

use std::sync::mpsc;

use super::*;

/// An engine whose thread does `work` instead of answering.
fn engine_that(work: impl FnMut(&Arc<Queue>) + Send + 'static) -> Engine {
    Engine::spawn("odd".to_owned(), 1, 1, work)
}

fn stop_reason(error: BackendError) -> String {
    match error {
        BackendError::EngineStopped { reason } => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn a_full_queue_is_said_with_its_length_and_forgets_callers_that_left() {
    let (release, held) = mpsc::channel::<()>();
    let engine = engine_that(move |_| {
        let _ = held.recv();
    });
    let _first = engine.generate(ask("a", 1)).unwrap();
    let second = engine.generate(ask("b", 1)).unwrap();
    let error = engine.generate(ask("c", 1)).unwrap_err();
    assert_eq!(error.to_string(), "1 requests wait for `odd` already");
    assert!(matches!(
        error,
        BackendError::QueueFull { queue_max: 1, .. }
    ));
    drop(second);
    assert!(engine.generate(ask("c", 1)).is_ok());
    drop(release);
}

#[test]
fn a_panic_in_the_thread_reaches_every_caller_and_later_ones() {
    let (release, held) = mpsc::channel::<()>();
    let mut kept = Vec::new();
    let engine = engine_that(move |queue| {
        let _ = held.recv();
        kept.extend(queue.take());
        assert!(kept.is_empty(), "the weights melted");
    });
    let taken = engine.generate(ask("a", 1)).unwrap();
    let waiting = engine.generate(ask("b", 1)).unwrap();
    release.send(()).unwrap();
    assert_eq!(
        stop_reason(read(taken).unwrap_err()),
        "it panicked: the weights melted"
    );
    assert_eq!(
        stop_reason(read(waiting).unwrap_err()),
        "it panicked: the weights melted"
    );
    let late = engine.generate(ask("c", 1)).unwrap_err();
    assert_eq!(stop_reason(late), "it panicked: the weights melted");
}

#[test]
fn an_engine_that_panicked_leaves_others_alone() {
    let healthy = tiny_engine(options());
    let broken = engine_that(|_| panic!("gone"));
    let answered = answer(&healthy, ask("a", 3));
    assert_eq!(answered.usage.tokens_out, 3);
    let refused = broken.generate(ask("a", 3)).and_then(read).unwrap_err();
    assert_eq!(stop_reason(refused), "it panicked: gone");
    assert_eq!(answer(&healthy, ask("a", 3)).text, answered.text);
}

#[test]
fn answers_in_flight_outlive_the_engine() {
    let engine = tiny_engine(EngineOptions {
        sequences_max: 1,
        ..options()
    });
    let first = engine.generate(ask("a", 5)).unwrap();
    let second = engine.generate(ask("b", 5)).unwrap();
    let TinyEngine {
        engine,
        folder: _folder,
    } = engine;
    let queue = Arc::clone(&engine.queue);
    drop(engine);
    assert_eq!(read(first).unwrap().usage.tokens_out, 5);
    assert_eq!(read(second).unwrap().usage.tokens_out, 5);
    while queue.stop_reason().is_none() {
        std::thread::yield_now();
    }
    assert_eq!(queue.stop_reason().as_deref(), Some("it was closed"));
}

#[tokio::test(flavor = "current_thread")]
async fn events_can_be_awaited_and_waiting_can_be_given_up() {
    let engine = tiny_engine(options());
    let mut generation = engine.generate(ask("the other", 20)).unwrap();
    let mut text = String::new();
    loop {
        tokio::select! {
            biased;
            event = generation.next() => match event {
                Some(Ok(Event::Text(more))) => text += &more,
                Some(other) => drop(other.unwrap()),
                None => break,
            },
            () = tokio::task::yield_now() => {}
        }
    }
    let engine = tiny_engine(options());
    let expected = tokio::task::spawn_blocking(move || answer(&engine, ask("the other", 20)).text);
    assert_eq!(text, expected.await.unwrap());
}

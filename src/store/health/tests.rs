#![allow(clippy::unwrap_used)]

use tempfile::TempDir;

use super::super::{Redactor, Store};

const MINUTE_MS: i64 = 60_000;

fn marked(store: &Store, now_ms: i64) -> Vec<String> {
    let marks = store.unhealthy_at(now_ms).unwrap();
    marks
        .into_iter()
        .map(|mark| format!("{}/{}: {}", mark.provider, mark.model, mark.reason))
        .collect()
}

#[test]
fn a_mark_holds_for_a_minute_in_every_process() {
    let folder = TempDir::new().unwrap();
    let here = Store::open(folder.path(), Redactor::default()).unwrap();
    let there = Store::open(folder.path(), Redactor::default()).unwrap();
    let now_ms = 1_000 * MINUTE_MS;
    here.mark_at("ollama", "qwen3", "timed out", now_ms)
        .unwrap();
    here.mark_at("candle", "qwen3", "refused", now_ms - MINUTE_MS)
        .unwrap();
    assert_eq!(marked(&there, now_ms), ["ollama/qwen3: timed out"]);
    assert_eq!(marked(&there, now_ms + MINUTE_MS - 1).len(), 1);
    assert_eq!(marked(&there, now_ms + MINUTE_MS).len(), 0);
    there
        .mark_at("ollama", "qwen3", "again", now_ms + MINUTE_MS)
        .unwrap();
    assert_eq!(marked(&here, now_ms + MINUTE_MS), ["ollama/qwen3: again"]);
}

#[test]
fn h11_a_mark_from_the_future_does_not_hold_for_ever() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), Redactor::default()).unwrap();
    store
        .mark_at("p", "m", "failed", 1_000 * MINUTE_MS)
        .unwrap();
    assert_eq!(marked(&store, 10 * MINUTE_MS).len(), 0);
}

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Instant;

use rusqlite::params;
use serde_json::json;
use tempfile::TempDir;

use super::super::{Entry, NewRun, Redactor, Store, StoreError, Which};

fn store(folder: &TempDir) -> Arc<Store> {
    Arc::new(Store::open(folder.path(), Redactor::default()).unwrap())
}

fn run_of_five(store: &Arc<Store>) {
    let entries: Vec<Entry> = (0..5).map(|n| Entry::Decision(json!({"n": n}))).collect();
    store.begin(&NewRun::default(), &entries).unwrap();
}

fn execute(store: &Store, sql: &str) {
    store
        .write(|transaction| transaction.execute_batch(sql))
        .unwrap();
}

#[test]
fn h5_reading_stops_at_a_gap_and_says_so() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    run_of_five(&store);
    execute(&store, "DELETE FROM event WHERE seq = 2");
    let events = store.events(&store.find(&Which::Last).unwrap()).unwrap();
    assert_eq!(events.events.len(), 2);
    assert_eq!(
        events.broken.as_deref(),
        Some("entry 2 is missing, the next one is 3")
    );
}

#[test]
fn h5_an_edit_that_is_no_json_stops_reading() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    run_of_five(&store);
    execute(&store, "UPDATE event SET body = '{' WHERE seq = 3");
    let events = store.events(&store.find(&Which::Last).unwrap()).unwrap();
    assert_eq!(
        (events.events.len(), events.broken.as_deref()),
        (3, Some("entry 3 is not JSON"))
    );
}

#[test]
fn h5_unknown_kinds_and_statuses_are_kept_and_harmless() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    run_of_five(&store);
    execute(
        &store,
        "UPDATE event SET kind = 'dream' WHERE seq = 1; UPDATE run SET status = 'asleep'",
    );
    let record = store.find(&Which::Last).unwrap();
    assert_eq!(record.status.as_str(), "interrupted");
    let events = store.events(&record).unwrap();
    assert_eq!(
        (events.events[1].kind.as_str(), &events.events[1].body),
        ("dream", &json!({"n": 1}))
    );
    assert_eq!(events.events.len(), 5);
}

#[test]
fn a_run_is_found_by_the_beginning_of_its_id() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    run_of_five(&store);
    run_of_five(&store);
    let ids: Vec<String> = store
        .runs(None)
        .unwrap()
        .into_iter()
        .map(|run| run.id)
        .collect();
    for id in &ids {
        assert_eq!(&store.find(&Which::parse(id)).unwrap().id, id);
        assert_eq!(
            &store.find(&Which::parse(&id.to_uppercase())).unwrap().id,
            id
        );
    }
    assert_eq!(store.find(&Which::parse("last")).unwrap().id, ids[0]);
    let both = store.find(&Which::parse(&ids[0][..6])).unwrap_err();
    assert_eq!(
        both.to_string(),
        format!("`{}` could be 2 runs", &ids[0][..6])
    );
    for nothing in ["", "zz", "%", "ffffffff", "' OR 1 = 1"] {
        let error = store.find(&Which::parse(nothing)).unwrap_err();
        assert!(
            matches!(error, StoreError::NotFound { .. }),
            "{nothing:?}: {error}"
        );
    }
}

#[test]
fn h11_runs_keep_their_order_when_the_clock_jumps() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    for _ in 0..3 {
        run_of_five(&store);
    }
    execute(
        &store,
        "UPDATE run SET started_at_ms = CASE number WHEN 1 THEN 9000000000000 WHEN 2 THEN -5 ELSE 77 END",
    );
    let runs = store.runs(None).unwrap();
    let starts: Vec<i64> = runs
        .iter()
        .map(|run| run.started_at.as_millisecond())
        .collect();
    assert_eq!(starts, [77, -5, 9_000_000_000_000]);
    execute(&store, "UPDATE run SET started_at_ms = 9223372036854775807");
    assert_eq!(
        store.runs(Some(1)).unwrap()[0].started_at.as_millisecond(),
        0
    );
}

#[test]
fn h11_ten_thousand_runs_are_listed_at_once() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    store
        .write(|transaction| {
            let mut run = transaction.prepare(
                "INSERT INTO run (id, agent, agent_version, tier, status, owner, started_at_ms)
                 VALUES (?1, 'hello', '0.1.0', 'internal', 'completed', '', 0)",
            )?;
            let mut usage = transaction.prepare(
                "INSERT INTO usage VALUES (?1, ?2, 'p', 'm', 1, 0, 1, 0, 0, 0, 0, 0, 0)",
            )?;
            for n in 0..10_000_i64 {
                let number = run.insert(params![format!("{n:08x}-0000")])?;
                for step in 0..3 {
                    usage.execute(params![number, step])?;
                }
            }
            Ok(())
        })
        .unwrap();
    let started = Instant::now();
    assert_eq!(store.runs(Some(20)).unwrap().len(), 20);
    let page_ms = started.elapsed().as_millis();
    // A scan of everything for each page would take far longer.
    assert!(page_ms < 200, "a page takes {page_ms} ms");
    let all = store.runs(None).unwrap();
    assert_eq!((all.len(), all[0].usage.tokens_out), (10_000, 3));
}

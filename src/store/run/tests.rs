#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use aldo_backends::{Finish, Message, Usage};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::json;
use tempfile::TempDir;

use super::super::{Ending, Entry, NewRun, Redactor, Status, StepUsage, Store, StoreError, Which};

fn store(folder: &TempDir) -> Arc<Store> {
    Arc::new(Store::open(folder.path(), Redactor::default()).unwrap())
}

fn new_run() -> NewRun {
    NewRun {
        agent: "hello".to_owned(),
        agent_version: "0.1.0".to_owned(),
        privacy_tier: "sensitive",
        model: Some("aldo-nano".to_owned()),
        provider: Some("candle".to_owned()),
        locality: Some("local"),
        ..NewRun::default()
    }
}

fn used(tokens_in: u64, tokens_out: u64) -> StepUsage {
    StepUsage {
        provider: "candle".to_owned(),
        model: "aldo-nano".to_owned(),
        usage: Usage {
            tokens_in,
            tokens_out,
            ..Usage::default()
        },
        usd: 0.25,
    }
}

fn completed() -> Ending {
    Ending {
        status: Status::Completed,
        stop: "completed",
        reason: None,
    }
}

fn answer(text: &str) -> Entry {
    Entry::Answer {
        message: Message::assistant(text),
        finish: Some(Finish::Stop),
    }
}

#[test]
fn a_run_is_read_back_as_it_was_written() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    let first = [
        Entry::Decision(json!({"chosen": "aldo-nano"})),
        Entry::Message(Message::user("hi")),
    ];
    let mut run = store.begin(&new_run(), &first).unwrap();
    run.append(&[answer("one")], Some(&used(10, 2))).unwrap();
    run.finish(&[answer("two")], Some(&used(20, 3)), &completed())
        .unwrap();

    let record = store.find(&Which::Last).unwrap();
    assert_eq!(record.id, run.id().to_string());
    assert_eq!(
        (record.status, record.stop.as_deref()),
        (Status::Completed, Some("completed"))
    );
    assert_eq!((record.usage.tokens_in, record.usage.tokens_out), (30, 5));
    assert!((record.usage.usd - 0.5).abs() < 1e-12);
    let events = store.events(&record).unwrap();
    assert_eq!(events.broken, None);
    let kinds: Vec<&str> = events
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    assert_eq!(kinds, ["decision", "message", "answer", "answer", "stop"]);
    assert_eq!(
        events.events[3].body,
        json!({"role": "assistant", "content": "two", "finish": "stop"})
    );
}

#[test]
fn a_step_that_fails_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    let mut run = store.begin(&new_run(), &[]).unwrap();
    run.append(&[answer("kept")], Some(&used(1, 1))).unwrap();
    run.next_step = 0; // the usage of a step that exists already is refused
    assert!(run.append(&[answer("lost")], Some(&used(1, 1))).is_err());
    let record = store.find(&Which::Last).unwrap();
    assert_eq!(store.events(&record).unwrap().events.len(), 1);
    run.next_step = 1;
    run.append(&[answer("next")], Some(&used(1, 1))).unwrap();
    assert_eq!(store.events(&record).unwrap().broken, None);
}

#[test]
fn a_run_of_a_live_process_is_running_and_of_an_ended_one_interrupted() {
    let folder = TempDir::new().unwrap();
    let other = store(&folder);
    let run = other.begin(&new_run(), &[]).unwrap();
    let here = store(&folder);
    assert_eq!(here.find(&Which::Last).unwrap().status, Status::Running);
    here.sweep().unwrap();
    assert_eq!(here.find(&Which::Last).unwrap().status, Status::Running);

    drop(run);
    drop(other);
    assert_eq!(here.find(&Which::Last).unwrap().status, Status::Interrupted);
    here.sweep().unwrap();
    let stored: String = here
        .read(|connection| connection.query_row("SELECT status FROM run", [], |row| row.get(0)))
        .unwrap();
    assert_eq!(stored, "interrupted");
}

#[test]
fn a_new_run_marks_those_whose_process_has_ended() {
    let folder = TempDir::new().unwrap();
    drop(store(&folder).begin(&new_run(), &[]).unwrap());
    let here = store(&folder);
    let _run = here.begin(&new_run(), &[]).unwrap();
    let statuses: Vec<Status> = here
        .runs(None)
        .unwrap()
        .iter()
        .map(|run| run.status)
        .collect();
    assert_eq!(statuses, [Status::Running, Status::Interrupted]);
}

#[test]
fn locks_of_ended_processes_are_removed_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let live = store(&folder);
    let _live_run = live.begin(&new_run(), &[]).unwrap();
    let owners = folder.path().join("owners");
    std::fs::write(owners.join(uuid::Uuid::now_v7().to_string()), "").unwrap();
    std::fs::write(owners.join("notes"), "").unwrap();
    let _run = store(&folder).begin(&new_run(), &[]).unwrap();
    assert_eq!(
        std::fs::read_dir(&owners).unwrap().count(),
        3,
        "two live ones and the notes"
    );
    assert_eq!(live.runs(None).unwrap()[1].status, Status::Running);
}

#[test]
fn an_owner_that_is_no_name_of_ours_leads_nowhere() {
    let folder = TempDir::new().unwrap();
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "kept").unwrap();
    let here = store(&folder);
    let _run = here.begin(&new_run(), &[]).unwrap();
    here.write(|transaction| transaction.execute("UPDATE run SET owner = '../precious'", []))
        .unwrap();
    here.sweep().unwrap();
    assert_eq!(here.find(&Which::Last).unwrap().status, Status::Interrupted);
    assert!(precious.exists());
}

#[test]
fn h3_a_writer_waits_for_one_that_holds_a_transaction() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder);
    let mut run = store.begin(&new_run(), &[]).unwrap();
    let mut other = Connection::open(store.path()).unwrap();
    let held = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    held.execute("INSERT INTO health VALUES ('p', 'm', 0, 'r')", [])
        .unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let started = Instant::now();
            run.append(&[answer("waited")], None).unwrap();
            started.elapsed()
        });
        // The lock is let go once the writer cannot but have met it.
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(store_reads(&folder), 1, "a reader does not wait");
        held.commit().unwrap();
        assert!(writer.join().unwrap() >= Duration::from_millis(200));
    });
}

fn store_reads(folder: &TempDir) -> u64 {
    store(folder).count().unwrap()
}

#[test]
fn h3_many_writers_lose_no_step() {
    let folder = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let store = store(&folder);
                let mut run = store.begin(&new_run(), &[]).unwrap();
                for step in 0..20 {
                    run.append(&[answer(&step.to_string())], Some(&used(1, 1)))
                        .unwrap();
                }
                run.finish(&[], None, &completed()).unwrap();
            });
        }
    });
    let store = store(&folder);
    let runs = store.runs(None).unwrap();
    assert_eq!(runs.len(), 8);
    for run in &runs {
        let events = store.events(run).unwrap();
        assert_eq!((events.events.len(), events.broken), (21, None));
        assert_eq!(run.usage.tokens_in, 20);
    }
}

#[test]
fn secrets_do_not_reach_the_disk() {
    let folder = TempDir::new().unwrap();
    let secrets = [(
        "ALDO_API_TOKEN".to_owned(),
        "correct horse battery".to_owned(),
    )];
    let store = Arc::new(Store::open(folder.path(), Redactor::new(secrets)).unwrap());
    let new = NewRun {
        project: Some("sk-0123456789abcdef".to_owned()),
        ..new_run()
    };
    let run = store
        .begin(
            &new,
            &[Entry::Message(Message::user(
                "it is correct horse battery, keep it",
            ))],
        )
        .unwrap();
    let ending = Ending {
        status: Status::Failed,
        stop: "backend_failed",
        reason: Some("401 for ghp_abcdefghij0123456789".to_owned()),
    };
    run.finish(&[answer("hf_abcdefghijklmnop")], None, &ending)
        .unwrap();
    store
        .mark_unhealthy("p", "m", "correct horse battery")
        .unwrap();
    let record = store.find(&Which::Last).unwrap();
    let events = store.events(&record).unwrap().events;
    let shown = json!(events.iter().map(|event| &event.body).collect::<Vec<_>>()).to_string();
    assert!(
        shown.contains("it is [redacted:ALDO_API_TOKEN], keep it"),
        "{shown}"
    );
    assert_eq!(
        record.error.as_deref(),
        Some("401 for [redacted:github-token]")
    );
    drop(run);
    drop(store);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["correct horse", "sk-0123", "ghp_abc", "hf_abc"] {
            assert!(!text.contains(secret), "{secret} in {}", path.display());
        }
    }
}

#[test]
fn a_damaged_page_is_an_error_that_says_so() {
    let folder = TempDir::new().unwrap();
    let here = store(&folder);
    drop(
        here.begin(&new_run(), &[answer(&"x".repeat(20_000))])
            .unwrap(),
    );
    let path = here.path().to_owned();
    drop(here);
    let plain = Connection::open(&path).unwrap();
    plain
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(plain);
    let mut bytes = std::fs::read(&path).unwrap();
    for page in 1..bytes.len() / 4096 {
        bytes[page * 4096..(page + 1) * 4096].fill(0xa5);
    }
    std::fs::write(&path, bytes).unwrap();
    let here = store(&folder);
    let error = here.begin(&new_run(), &[]).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.hint().unwrap().starts_with("move `"));
}

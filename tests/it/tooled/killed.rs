//! Killed at any moment, a run loses no whole step, and no program runs twice unasked.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use super::Tooled;

/// How often a run is killed.
const KILLS: u32 = 100;
/// How many programs a run starts.
const TURNS: usize = 4;
/// How often a run is gone on with before it must have come to its end.
const RESUMES_MAX: usize = 3;

fn entries(shown: &Value) -> Vec<String> {
    let events = shown["events"].as_array().unwrap();
    let entry = |event: &Value| format!("{} {}", event["kind"], event["body"]);
    events.iter().map(entry).collect()
}

#[test]
fn h1_a_run_with_tools_killed_at_any_moment_is_gone_on_with() {
    let whole = Tooled::new(TURNS);
    let started = Instant::now();
    let document = whole.document(&["run", "./worker.yaml"]);
    assert_eq!(
        document["output"],
        format!("wrote {TURNS} lines"),
        "{document}"
    );
    assert_eq!(whole.lines().len(), TURNS);
    let length = started.elapsed();
    let (mut interrupted, mut may_have_happened) = (0, 0);
    for kill in 0..KILLS {
        let tooled = Tooled::new(TURNS);
        let mut child = tooled.aldo(&["run", "./worker.yaml"]).spawn().unwrap();
        // The moments are spread over a run, from before its first write to its end.
        std::thread::sleep(length * kill / KILLS);
        child.kill().unwrap();
        child.wait().unwrap();
        if tooled.document(&["runs", "ls"])["total"] == 0 {
            continue;
        }
        let (met, open) = gone_on_with(&tooled);
        interrupted += u32::from(met);
        may_have_happened += open;
    }
    eprintln!("{interrupted} of {KILLS} kills met a run, {may_have_happened} a program that ran");
    assert!(
        interrupted > 20,
        "only {interrupted} of {KILLS} kills met a run"
    );
}

/// Goes on with a run that was killed until it has come to its end. Returns whether it was cut off,
/// and how many programs may have run.
fn gone_on_with(tooled: &Tooled) -> (bool, u32) {
    let before = tooled.document(&["runs", "show", "last"]);
    assert!(before["broken"].is_null(), "{before}");
    let was_cut_off = before["run"]["status"] == "interrupted";
    let mut shown = before.clone();
    for _ in 0..RESUMES_MAX {
        if shown["run"]["status"] == "completed" {
            break;
        }
        tooled.aldo(&["runs", "resume", "last"]).output().unwrap();
        shown = tooled.document(&["runs", "show", "last"]);
    }
    assert_eq!(shown["run"]["status"], "completed", "{shown}");
    let (then, now) = (entries(&before), entries(&shown));
    assert!(
        now.starts_with(&then),
        "a step was lost: {then:#?} {now:#?}"
    );
    // A program that was killed with the run is given time to write what it may still write.
    std::thread::sleep(Duration::from_millis(20));
    let lines = tooled.lines();
    let once: BTreeSet<&String> = lines.iter().collect();
    assert_eq!(
        once.len(),
        lines.len(),
        "a program ran twice: {lines:?}\n{shown}"
    );
    let results = shown["events"].as_array().unwrap().iter();
    let results = results.filter(|event| event["kind"] == "tool_result");
    let (mut done, mut open) = (0, 0);
    for result in results {
        match result["body"]["outcome"].as_str() {
            Some("done") => done += 1,
            _ => open += 1,
        }
    }
    assert!(
        lines.len() >= done && lines.len() <= done + open,
        "{lines:?} {shown}"
    );
    let database = tooled.env.aldo_home().join("store/runs.db");
    let connection = Connection::open(database).unwrap();
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    (was_cut_off, open as u32)
}

//! Interrupted at a case, gone on with, and not mixed with something else.

use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{SMALL, with_suite, without_times};
use crate::TestEnv;

const BENCH: [&str; 5] = ["bench", "--suite", "small", "--model", "aldo-nano"];

/// The report that is saved, with some rows at least.
pub(super) fn wait_for_rows(env: &TestEnv, rows: usize, child: &mut Child) -> Value {
    let folder = env.aldo_home().join("bench");
    let begun = Instant::now();
    loop {
        assert!(
            begun.elapsed() < Duration::from_mins(2),
            "nothing was saved"
        );
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        let report = saved(&folder);
        let there = report
            .as_ref()
            .and_then(|report| report["models"][0]["cases"].as_array().map(Vec::len));
        if there.unwrap_or(0) >= rows {
            return report.unwrap();
        }
        std::thread::yield_now();
    }
}

fn saved(folder: &std::path::Path) -> Option<Value> {
    let entry = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .find(|entry| entry.path().extension().is_some_and(|end| end == "json"))?;
    serde_json::from_slice(&std::fs::read(entry.path()).ok()?).ok()
}

/// Many cases, so that there is something left when some are done.
pub(super) fn long_suite() -> String {
    let more = (0..40).map(|number| {
        format!(
            "  - id: more-{number}\n    input: Tell me about the number {number}, at length.\n    \
             expect: {{kind: regex, pattern: '.'}}\n"
        )
    });
    more.fold(SMALL.to_owned(), |suite, case| suite + &case)
}

#[test]
fn k02_killed_after_some_cases_it_goes_on_and_the_report_is_the_same() {
    let whole = with_suite(&long_suite());
    let whole = whole.aldo(BENCH).arg("--json").run();
    let env = with_suite(&long_suite());
    let mut child = env.std(&BENCH).spawn().unwrap();
    let rows = wait_for_rows(&env, 7, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let first_rows = rows["models"][0]["cases"].as_array().unwrap()[..7].to_vec();
    let ran = env.aldo(BENCH).args(["--resume", "--json"]).run();
    assert_eq!(ran.code, whole.code, "{ran}");
    let report = ran.json();
    // The rows from before are taken over with their times; nothing is asked again.
    assert_eq!(
        report["models"][0]["cases"].as_array().unwrap()[..7],
        first_rows
    );
    assert_eq!(without_times(&report), without_times(&whole.json()));
}

#[test]
fn k02_an_interrupt_ends_with_130_and_names_resume() {
    let env = with_suite(&long_suite());
    let mut command = env.std(&BENCH);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    wait_for_rows(&env, 1, &mut child);
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("--resume"), "{stderr}");
}

#[test]
fn k02_what_changed_in_between_is_not_mixed() {
    let env = with_suite(SMALL);
    let none = env.aldo(BENCH).arg("--resume").run().exits(2);
    assert!(
        none.stderr.contains("nothing is saved of `small@1.0.0`"),
        "{none}"
    );
    env.aldo(BENCH).run().exits(0);
    env.write(
        &env.project().join("eval/small.yaml"),
        SMALL.replace("Hello, who are you?", "Who are you?"),
    );
    let changed = env.aldo(BENCH).arg("--resume").run().exits(2);
    assert!(changed.stderr.contains("the suite changed"), "{changed}");
    env.write(&env.project().join("eval/small.yaml"), SMALL);
    let other = env
        .aldo(BENCH)
        .args(["--resume", "--repeat", "2"])
        .run()
        .exits(2);
    assert!(
        other.stderr.contains("the number of repeats changed"),
        "{other}"
    );
}

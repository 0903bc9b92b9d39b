//! Runs that are stopped in the middle of a program, and calls a person is asked about.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Tooled;
use crate::llama::{calls, llama, results, says};
use crate::raw_server::RawServer;

/// How long something may take to show.
const PATIENCE: Duration = Duration::from_secs(20);

fn wait_for(what: &str, is_there: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_there() {
        assert!(started.elapsed() < PATIENCE, "no {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A model that calls each of `programs` in one turn.
fn calling(programs: &[&str]) -> RawServer {
    let arguments: Vec<_> = programs
        .iter()
        .map(|line| json!({"program": "sh", "args": ["-c", line]}))
        .collect();
    llama(move |request| match results(request) {
        0 => calls(request, &arguments),
        done => says(&format!("{done} results")),
    })
}

#[test]
fn calls_of_one_turn_run_side_by_side() {
    // Each waits for what the other writes: one after the other, neither would end.
    let wait = |own: &str, other: &str| {
        format!(
            "touch {own}; n=0; until [ -e {other} ]; do n=$((n+1)); [ $n -lt 1000 ]; sleep 0.01; done"
        )
    };
    let (one, two) = (wait("a", "b"), wait("b", "a"));
    let tooled = Tooled::with(calling(&[&one, &two]));
    let document = tooled.document(&["run", "./worker.yaml"]);
    assert_eq!(document["output"], "2 results", "{document}");
    let shown = tooled.document(&["runs", "show", "last"]);
    let events = shown["events"].as_array().unwrap().iter();
    let results = events.filter(|event| event["kind"] == "tool_result");
    for result in results {
        assert_eq!(result["body"]["outcome"], "done", "{result}");
    }
}

#[cfg(unix)]
#[test]
fn h6_a_run_that_is_interrupted_in_a_program_ends_it_and_is_gone_on_with() {
    let line = "echo begun >> log; sleep 1000 & echo $! > pid; wait; echo ended >> log";
    let tooled = Tooled::with(calling(&[line]));
    let child = tooled.aldo(&["run", "./worker.yaml"]).spawn().unwrap();
    let pid = tooled.work().join("pid");
    wait_for("program", || {
        std::fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n'))
    });
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let sleeping = std::fs::read_to_string(&pid).unwrap();
    let process = Path::new("/proc").join(sleeping.trim());
    wait_for("end of the program", || !process.exists());
    let shown = tooled.document(&["runs", "show", "last"]);
    assert_eq!(shown["run"]["status"], "canceled", "{shown}");
    let document = tooled.document(&["runs", "resume", "last"]);
    assert_eq!(document["output"], "1 results", "{document}");
    assert_eq!(tooled.lines(), ["begun"], "the program did not run twice");
}

/// Runs the agent on a terminal where `typed` is typed when it is asked.
fn on_a_terminal(tooled: &Tooled, typed: &str) -> Option<String> {
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: no `script` to make a terminal with");
        return None;
    }
    let aldo = tooled.aldo(&[]);
    let program = aldo.get_program().display().to_string();
    let mut terminal = Command::new("script");
    terminal
        .args(["-qec", &format!("{program} run ./asks.yaml"), "/dev/null"])
        .current_dir(tooled.env.project())
        .env_clear()
        .envs(
            aldo.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = terminal.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, typed.as_bytes()).unwrap();
    // What was typed waits in the terminal until it is asked for.
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn g08_a_person_at_the_terminal_is_asked_and_the_answer_holds() {
    for (typed, lines) in [("y\n", 1), ("n\n", 0)] {
        let tooled = Tooled::with(calling(&["echo ran >> log"]));
        let asks = super::WORKER
            .replace("never", "always")
            .replace("worker", "asks");
        tooled
            .env
            .write(&tooled.env.project().join("asks.yaml"), asks);
        let Some(seen) = on_a_terminal(&tooled, typed) else {
            return;
        };
        assert!(seen.contains("`asks` wants to call shell.exec"), "{seen}");
        assert_eq!(tooled.lines().len(), lines, "{seen}");
    }
}

#[test]
fn g08_without_a_person_a_flag_approves_what_the_spec_foresees() {
    for (flags, lines) in [(&["--yes"][..], 1), (&[], 0)] {
        let tooled = Tooled::with(calling(&["echo ran >> log"]));
        let asks = super::WORKER
            .replace("never", "always")
            .replace("worker", "asks");
        tooled
            .env
            .write(&tooled.env.project().join("asks.yaml"), asks);
        let output = tooled
            .aldo(&["run", "./asks.yaml"])
            .args(flags)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(tooled.lines().len(), lines, "{flags:?}");
    }
}

#[test]
fn g03_a_program_ends_with_the_time_its_agents_spec_gives_it() {
    let tooled = Tooled::with(calling(&["echo begun >> log; sleep 60"]));
    let spec = format!("{}sandbox: {{timeout_ms: 500}}\n", super::WORKER);
    let path = tooled.env.project().join("worker.yaml");
    tooled.env.write(&path, spec);
    let started = Instant::now();
    tooled.document(&["run", "./worker.yaml"]);
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    assert_eq!(tooled.lines(), ["begun"]);
    let shown = tooled.document(&["runs", "show", "last"]).to_string();
    assert!(shown.contains("it took longer than it may"), "{shown}");
}

//! Signals and pipes.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use crate::long::{Long, signal, text};

fn ends_canceled(name: &str) {
    let long = Long::new();
    let child = long.writing();
    signal(&child, name);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{name}: {}", text(&output));
    assert_eq!(
        long.last(),
        ("canceled".to_owned(), "canceled".to_owned()),
        "{name}"
    );
    let shown = long.json(&["runs", "show", "last"]);
    let answer = &shown["messages"].as_array().unwrap().last().unwrap()["content"];
    let kept = answer.as_str().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        kept.ends_with(printed.trim_end()),
        "kept {kept:?}, printed {printed:?}"
    );
}

#[test]
fn h6_an_interrupt_cancels_and_is_written_down() {
    ends_canceled("-INT");
}

#[test]
fn h6_so_do_a_termination_and_a_hangup() {
    ends_canceled("-TERM");
    ends_canceled("-HUP");
}

#[test]
fn h6_a_second_interrupt_ends_the_program_whatever_it_does() {
    let long = Long::new();
    let child = long.writing();
    // A stopped process takes both signals at once when it goes on.
    signal(&child, "-STOP");
    signal(&child, "-INT");
    signal(&child, "-TERM");
    signal(&child, "-CONT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    let (status, _) = long.last();
    assert!(
        ["canceled", "interrupted"].contains(&status.as_str()),
        "{status}"
    );
}

#[test]
fn h6_a_reader_that_goes_away_ends_the_run_quietly() {
    let long = Long::new();
    let mut child = long.writing();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("error"), "{stderr}");
    assert_eq!(
        long.last(),
        ("canceled".to_owned(), "output_closed".to_owned())
    );
}

#[test]
fn h6_a_list_cut_short_is_no_error() {
    let long = Long::new();
    let mut child = long
        .aldo(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.status.signal()),
        (Some(0), None),
        "{}",
        text(&output)
    );
    assert!(output.stderr.is_empty(), "{}", text(&output));
}

#[test]
fn h6_a_killed_run_is_shown_as_interrupted() {
    let long = Long::new();
    let mut child = long.writing();
    assert_eq!(long.last().0, "running");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(long.last(), ("interrupted".to_owned(), String::new()));
}

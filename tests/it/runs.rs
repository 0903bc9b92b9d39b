//! `aldo runs`: past runs, listed and shown.

use crate::env::TestEnv;
use crate::long::Long;

/// Replaces the id, the time of day and the time taken.
fn steady(text: &str) -> String {
    let line = |line: &str| {
        let field = line.split_whitespace().next().unwrap_or_default();
        match field {
            "run" if line.contains('-') => "run      [ID]".to_owned(),
            "started" => "started  [TIME]".to_owned(),
            "time" => "time     [DURATION]".to_owned(),
            _ => line.to_owned(),
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn stdout(long: &Long, args: &[&str]) -> String {
    String::from_utf8(long.aldo(args).output().unwrap().stdout).unwrap()
}

#[test]
fn without_a_run_the_list_says_how_to_make_one_and_makes_nothing() {
    let env = TestEnv::new();
    let ran = env.aldo(["runs", "ls"]).run().exits(0);
    assert_eq!(ran.stdout, "no runs yet; aldo run hello makes one\n");
    let ran = env.aldo(["runs", "show", "last"]).run().exits(2);
    insta::assert_snapshot!(ran.stderr, @r"
    error: no run `last`
      hint: `aldo runs ls` lists the runs
    ");
    assert!(!env.aldo_home().join("store").exists());
}

#[test]
fn a_run_is_shown_with_its_decision_messages_and_end() {
    let long = Long::new();
    long.start("3").wait_with_output().unwrap();
    insta::assert_snapshot!(steady(&stdout(&long, &["runs", "show", "last"])), @r"
    long 0.1.0  failed (length_limit)
    run      [ID]
    started  [TIME]
    time     [DURATION]
    tier     sensitive
    model    endless (candle, local)
    tokens   26 read, 3 written
    cost     $0.000000
    error    the answer was cut off after 3 tokens

    decision
    dropped aldo-nano for local-reasoning  model: `--model` names `endless`
    chosen  endless for local-reasoning

    user  #2
    say a lot

    sealed: the system refuses every connection

    assistant  #4
    sss
    ");
}

#[test]
fn the_list_shows_the_latest_runs_first() {
    let long = Long::new();
    for tokens in ["1", "2", "3"] {
        long.start(tokens).wait_with_output().unwrap();
    }
    let output = long.aldo(&["runs", "ls", "--limit", "2"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        [
            "run", "started", "agent", "status", "model", "tokens", "time"
        ]
    );
    for (line, tokens) in lines[1..].iter().zip(["3", "2"]) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(
            cells[3..8],
            ["long", "failed", "(length_limit)", "endless", tokens],
            "{line}"
        );
        let shown = long.json(&["runs", "show", cells[0]]);
        assert_eq!(shown["run"]["usage"]["tokensOut"].to_string(), tokens);
    }
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "the latest 2 of 3 runs; `--limit 0` lists all\n"
    );
    assert_eq!(
        stdout(&long, &["runs", "ls", "--limit", "0"])
            .lines()
            .count(),
        4
    );
}

#[test]
fn an_id_that_could_be_several_runs_is_asked_for_more_of() {
    let long = Long::new();
    for _ in 0..2 {
        long.start("1").wait_with_output().unwrap();
    }
    let output = long.aldo(&["runs", "show", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r"
    error: `0` could be 2 runs
      hint: give more of the id
    ");
}

#[test]
fn h5_a_record_with_a_gap_is_shown_as_far_as_it_holds() {
    let long = Long::new();
    long.start("1").wait_with_output().unwrap();
    let connection = rusqlite::Connection::open(long.database()).unwrap();
    connection
        .execute("DELETE FROM event WHERE seq = 1", [])
        .unwrap();
    drop(connection);
    let output = long.aldo(&["runs", "show", "last"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "warning: the record of this run cannot be trusted any further: entry 1 is missing, the next one is 2\n"
    );
    let shown = long.json(&["runs", "show", "last"]);
    assert_eq!(shown["events"].as_array().unwrap().len(), 1);
    assert_eq!(shown["broken"], "entry 1 is missing, the next one is 2");
}

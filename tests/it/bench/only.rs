//! A part of a suite.

use super::{SMALL, with_suite};
use crate::TestEnv;

#[test]
fn the_eight_cases_of_the_first_version_are_a_table_of_their_own_and_rate_nothing() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["bench", "--suite", "local-model-rating", "--only", "core"])
        .args(["--model", "aldo-nano"])
        .run();
    let mut lines = ran.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("suite: local-model-rating@0.3.0 · model=aldo-nano · 8 cases")
    );
    let table: Vec<Vec<&str>> = lines
        .by_ref()
        .skip(1)
        .take(9)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        table[0],
        [
            "case", "pass", "total_ms", "tok_in", "tok_out", "tools", "tok/s"
        ]
    );
    let cases: Vec<&str> = table[1..].iter().map(|row| row[0]).collect();
    assert_eq!(
        cases,
        [
            "echo-instruction",
            "json-shape",
            "code-refactor",
            "needle-in-haystack",
            "reasoning-multi-step",
            "refusal-when-asked",
            "not-contains-leak",
            "regex-shape-version"
        ]
    );
    assert!(ran.stdout.contains("/8 cases pass ("), "{ran}");
    assert!(ran.stdout.contains("# avg tok/s "), "{ran}");
    assert!(ran.stdout.contains(" · p95 latency "), "{ran}");
    let listed = env.aldo(["models", "ls"]).run().exits(0);
    assert!(!listed.stdout.contains("how it did"), "{listed}");
}

#[test]
fn what_picks_no_case_is_refused_and_a_part_is_not_mixed_with_the_whole() {
    let env = with_suite(SMALL);
    let bench = ["bench", "--suite", "small", "--model", "aldo-nano"];
    let unknown = env
        .aldo(bench)
        .args(["--only", "keeps-quit"])
        .run()
        .exits(2);
    assert!(
        unknown.stderr.contains("did you mean `keeps-quiet`?"),
        "{unknown}"
    );
    env.aldo(bench)
        .args(["--only", "keeps-quiet"])
        .run()
        .exits(0);
    let whole = env.aldo(bench).arg("--resume").run().exits(2);
    assert!(whole.stderr.contains("the suite changed"), "{whole}");
}

use aldo_backends::{Finish, Usage};

use super::*;

fn asked(text: &str, total_ms: f64) -> Asked {
    let usage = Usage {
        tokens_in: 10,
        tokens_out: 5,
        prefill_ms: 1.0,
        first_token_ms: 2.0,
        decode_ms: total_ms / 2.0,
        ..Usage::default()
    };
    Asked {
        text: text.to_owned(),
        done: Some((Finish::Stop, usage)),
        total_ms,
        ..Asked::default()
    }
}

fn verdict(pass: bool) -> Verdict {
    Verdict {
        pass,
        reasons: if pass {
            Vec::new()
        } else {
            vec!["no".to_owned()]
        },
        marks: Vec::new(),
    }
}

fn row(number: usize, weight: f64, tries: &[(bool, f64)]) -> CaseRow {
    let suite = Suite::builtin("local-model-rating").unwrap().unwrap();
    let mut case = suite.cases[number].clone();
    case.weight = weight;
    let tries = tries
        .iter()
        .map(|(pass, ms)| Try::new(asked("some text", *ms), None, verdict(*pass)));
    CaseRow::asked(&case, "question", None, tries.collect())
}

#[test]
fn a_heavy_failing_case_weighs_more_than_light_ones_that_pass() {
    let rows = [
        row(0, 1.0, &[(true, 100.0)]),
        row(1, 1.0, &[(true, 100.0)]),
        row(2, 8.0, &[(false, 100.0)]),
    ];
    let summary = Summary::of(&rows, 0.5);
    assert_eq!((summary.passed, summary.counted), (2, 3));
    assert_eq!(summary.score, Some(0.2));
    assert!(!summary.ok);
    assert!(Summary::of(&rows, 0.2).ok);
}

#[test]
fn k04_skipped_cases_are_outside_the_ratio_and_nothing_asked_is_no_pass() {
    let suite = Suite::builtin("local-model-rating").unwrap().unwrap();
    let skipped = CaseRow::skipped(&suite.cases[16], "the model sees no images");
    let summary = Summary::of(&[row(0, 1.0, &[(true, 9.0)]), skipped.clone()], 1.0);
    assert!(summary.ok);
    assert_eq!((summary.counted, summary.skipped), (1, 1));
    let none = Summary::of(&[skipped], 0.0);
    assert_eq!((none.ok, none.score), (false, None));
}

#[test]
fn k01_an_error_counts_against_the_score_and_never_for_the_speed() {
    let suite = Suite::builtin("local-model-rating").unwrap().unwrap();
    let empty = Try::new(asked("", 0.001), None, verdict(true));
    assert!(!empty.pass);
    assert_eq!(empty.error.as_deref(), Some("the answer is empty"));
    let broken = CaseRow::asked(&suite.cases[0], "q", None, vec![empty]);
    assert_eq!(broken.status, Status::Error);
    let summary = Summary::of(&[row(1, 1.0, &[(true, 1_000.0)]), broken], 0.6);
    assert_eq!((summary.score, summary.errors), (Some(0.5), 1));
    assert_eq!(summary.avg_tok_per_sec, Some(5.0));
    assert_eq!(summary.p95_latency_ms, Some(1_000.0));
}

#[test]
fn several_tries_count_in_part_and_show_their_spread() {
    let three = row(0, 1.0, &[(true, 30.0), (false, 10.0), (true, 20.0)]);
    assert_eq!(three.status, Status::Fail);
    assert_eq!(three.total_ms, Some(20.0));
    assert_eq!(three.spread_ms, Some([10.0, 30.0]));
    let summary = Summary::of(&[three], 0.6);
    assert!(summary.ok);
    assert_eq!(summary.passed, 0);
}

#[test]
fn the_middle_of_a_long_prompt_is_left_out() {
    let long = format!("begin {} end", "é".repeat(10_000));
    let kept = shown(&long);
    assert!(kept.chars().count() < 4_100);
    assert!(kept.starts_with("begin ") && kept.ends_with(" end"));
    assert!(
        kept.contains("[… 6010 characters …]"),
        "{}",
        &kept[4_000..4_100]
    );
}

//! The rating suite judged by itself: for each case the right answer passes, and each wrong one fails.

use std::collections::BTreeSet;
use std::path::Path;

use aldo_backends::ToolCall;
use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::bench::evaluate::{Answer, Verdict};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    case: String,
    right: Given,
    wrong: Vec<Given>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default)]
    text: String,
    #[serde(default)]
    calls: Vec<Call>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    name: String,
    arguments: Value,
}

fn rating() -> Suite {
    Suite::builtin(ROUTING_SUITE).unwrap().unwrap()
}

fn judged(case: &Case, given: &Given) -> Verdict {
    let calls: Vec<ToolCall> = given
        .calls
        .iter()
        .map(|call| ToolCall {
            id: "call00001".to_owned(),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
        })
        .collect();
    case.expect.evaluate(Answer {
        text: &given.text,
        calls: &calls,
        judgements: &[],
    })
}

#[test]
fn every_case_lets_a_right_answer_pass_and_plausible_wrong_ones_fail() {
    let suite = rating();
    let text = include_str!("../../../agency/eval/local-model-rating/answers.yaml");
    let answers: Vec<Answers> = yaml::read(text).unwrap();
    let asked: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    let answered: Vec<&str> = answers.iter().map(|answer| answer.case.as_str()).collect();
    assert_eq!(asked, answered);
    for (case, answers) in suite.cases.iter().zip(&answers) {
        let right = judged(case, &answers.right);
        assert!(right.pass, "{}: {:?}", case.id, right.reasons);
        assert!(!answers.wrong.is_empty(), "{}", case.id);
        for (number, given) in answers.wrong.iter().enumerate() {
            let wrong = judged(case, given);
            assert!(!wrong.pass, "{}: wrong answer {number} passes", case.id);
            assert!(!wrong.reasons.is_empty(), "{}", case.id);
        }
    }
}

#[test]
fn the_rating_suite_is_what_its_guide_says() {
    let suite = rating();
    assert_eq!(suite.version, ROUTING_SUITE_VERSION);
    assert_eq!(suite.cases.len(), 18);
    let first: Vec<&str> = suite
        .cases
        .iter()
        .take(8)
        .map(|case| case.id.as_str())
        .collect();
    assert_eq!(
        first,
        [
            "echo-instruction",
            "json-shape",
            "code-refactor",
            "needle-in-haystack",
            "reasoning-multi-step",
            "refusal-when-asked",
            "not-contains-leak",
            "regex-shape-version",
        ]
    );
    assert!(suite.cases.iter().all(|case| !case.note.is_empty()));
    let tools = suite.cases.iter().filter(|case| case.needs_tools()).count();
    let vision = suite
        .cases
        .iter()
        .filter(|case| case.needs_vision())
        .count();
    assert_eq!((tools, vision), (4, 2));
}

#[test]
fn long_cases_are_long_and_still_ask_the_same_in_a_small_window() {
    let room = |tokens| Room {
        tokens,
        bytes_per_token: 4.0,
    };
    let suite = rating();
    let long = suite
        .cases
        .iter()
        .filter(|case| case.prompt.filler_tokens().is_some());
    let mut count = 0;
    for case in long {
        count += 1;
        let wanted = case.prompt.filler_tokens().unwrap();
        let whole = case.prompt.write(room(100_000));
        assert!(
            whole.text.len() / 4 > wanted * 95 / 100,
            "{}",
            whole.text.len()
        );
        assert_eq!(whole.shortened, None);
        let small = case.prompt.write(room(1_000));
        assert!(small.text.len() < 4_100);
        assert!(small.shortened.is_some());
        for line in ["third blue tile", "insured for 310", "raised by 45"] {
            assert_eq!(whole.text.contains(line), small.text.contains(line));
        }
    }
    assert_eq!(count, 2);
}

#[test]
fn every_file_of_the_suite_is_in_the_binary() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("agency/eval/local-model-rating");
    let mut there = BTreeSet::new();
    for part in ["prompts", "images"] {
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            there.insert(format!("{part}/{name}"));
        }
    }
    let inside = builtin::RATING_FILES
        .iter()
        .map(|(name, _)| (*name).to_owned());
    assert_eq!(inside.collect::<BTreeSet<_>>(), there);
}

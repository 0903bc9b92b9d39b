//! The report, the exit code, and what is wrong with a suite.

use super::{SMALL, with_suite};
use crate::TestEnv;

#[test]
fn the_suite_in_the_program_runs_on_the_model_in_the_program() {
    let env = TestEnv::new();
    let page = env.project().join("report.html");
    let ran = env
        .aldo([
            "bench",
            "--suite",
            "local-model-rating",
            "--model",
            "aldo-nano",
            "--json",
        ])
        .args(["--html", page.to_str().unwrap()])
        .run();
    let report = ran.json();
    let model = &report["models"][0];
    let rows = model["cases"].as_array().unwrap();
    assert_eq!(rows.len(), 18);
    assert_eq!(report["complete"], true, "{ran}");
    assert_eq!(model["sha256"].as_str().unwrap().len(), 64);
    assert!(report["machine"]["cores"].as_u64().unwrap() >= 1);
    // A model of 2,048 tokens: the long cases are made to fit and say so; pictures are not for it.
    let note = |case: &str| {
        let row = rows.iter().find(|row| row["case"] == case).unwrap();
        (
            row["status"].clone(),
            row["note"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert!(
        note("needle-in-haystack")
            .1
            .contains("of 48000 tokens, for a window of 2048")
    );
    assert_ne!(note("needle-in-haystack").0, "error", "{ran}");
    for case in ["vision-shape", "vision-count"] {
        assert_eq!(
            note(case),
            ("skipped".into(), "the model sees no images".to_owned())
        );
    }
    assert_eq!(model["summary"]["counted"], 16);
    assert_eq!(model["summary"]["skipped"], 2);
    assert_eq!(model["summary"]["errors"], 0, "{ran}");
    let passes = report["ok"] == true;
    assert_eq!(ran.code, Some(i32::from(!passes)));
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.contains("Quality × speed"));
    assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"));
}

#[test]
fn the_table_is_that_of_the_guide() {
    let env = with_suite(SMALL);
    let ran = env
        .aldo(["bench", "--suite", "small", "--model", "aldo-nano"])
        .run()
        .exits(0);
    let mut lines = ran.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("suite: small@1.0.0 · model=aldo-nano · 3 cases")
    );
    assert_eq!(lines.next(), Some(""));
    let heading: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(
        heading,
        [
            "case", "pass", "total_ms", "tok_in", "tok_out", "tools", "tok/s"
        ]
    );
    assert!(
        ran.stdout.contains("# overall: 2/3 cases pass (67%)"),
        "{ran}"
    );
    assert!(ran.stdout.contains("# avg tok/s "), "{ran}");
    // What failed is shown with its answer, what passed is not.
    assert!(
        ran.stdout
            .contains("`no model writes this by itself` is not there"),
        "{ran}"
    );
    assert_eq!(ran.stdout.matches("  answer: ").count(), 1, "{ran}");
    let all = env
        .aldo(["bench", "--suite", "small", "--model", "aldo-nano", "-v"])
        .args(["--html", "small.html"])
        .run()
        .exits(0);
    assert_eq!(all.stdout.matches("  answer: ").count(), 3, "{all}");
    let html = std::fs::read_to_string(env.project().join("small.html")).unwrap();
    assert!(html.contains("<mark>"), "{html}");
}

#[test]
fn the_weighted_threshold_decides_the_exit_code() {
    let heavy = SMALL.replace(
        "    expect: {kind: contains",
        "    weight: 8\n    expect: {kind: contains",
    );
    let env = with_suite(&heavy);
    let ran = env
        .aldo(["bench", "--suite", "small", "--model", "aldo-nano"])
        .run()
        .exits(1);
    assert!(
        ran.stdout.contains("2/3 cases pass (67%), weighted 0.20"),
        "{ran}"
    );
    assert!(
        ran.stderr
            .contains("`aldo-nano` reaches 0.20 of at least 0.50"),
        "{ran}"
    );
}

#[test]
fn several_tries_and_several_models_stand_side_by_side() {
    let env = with_suite(SMALL);
    env.store_tiny("tiny.gguf");
    let ran = env
        .aldo([
            "bench",
            "--suite",
            "small",
            "--model",
            "aldo-nano",
            "--model",
            "tiny",
        ])
        .args(["--repeat", "2", "--json"])
        .run();
    let report = ran.json();
    assert_eq!(report["models"][0]["model"], "aldo-nano");
    assert_eq!(report["models"][1]["model"], "tiny");
    for model in report["models"].as_array().unwrap() {
        for row in model["cases"].as_array().unwrap() {
            assert_eq!(row["tries"].as_array().unwrap().len(), 2);
            assert_eq!(row["spreadMs"].as_array().unwrap().len(), 2);
        }
    }
}

#[test]
fn a_report_is_compared_with_an_earlier_one() {
    let env = with_suite(SMALL);
    let bench = ["bench", "--suite", "small", "--model", "aldo-nano"];
    let before = env.aldo(bench).arg("--json").run().exits(0);
    let file = env.write(&env.project().join("before.json"), &before.stdout);
    env.write(
        &env.project().join("eval/small.yaml"),
        SMALL.replace("no model writes this by itself", "a"),
    );
    let ran = env
        .aldo(bench)
        .args(["--compare", file.to_str().unwrap()])
        .run()
        .exits(0);
    assert!(ran.stdout.contains("impossible: fail → pass"), "{ran}");
    assert!(ran.stderr.contains("another version of the suite"), "{ran}");
    let wrong = env
        .aldo(bench)
        .args(["--compare", "eval/small.yaml"])
        .run()
        .exits(2);
    assert!(
        wrong
            .stderr
            .contains("cannot compare with `eval/small.yaml`"),
        "{wrong}"
    );
}

#[test]
fn k03_a_suite_that_is_wrong_exits_2_with_its_place() {
    let env = with_suite(&SMALL.replace("passThreshold: 0.5", "passThreshold: 2"));
    let ran = env.aldo(["bench", "--suite", "small"]).run().exits(2);
    assert!(
        ran.stderr
            .contains("eval/small.yaml:3:16: expected a number from 0 to 1, found `2`"),
        "{ran}"
    );
    let unknown = env
        .aldo(["bench", "--suite", "local-model-ratings"])
        .run()
        .exits(2);
    assert!(
        unknown
            .stderr
            .contains("did you mean `local-model-rating`?"),
        "{unknown}"
    );
}

#[test]
fn k04_a_suite_that_is_sensitive_finds_no_judge_elsewhere() {
    let judged = SMALL.replace(
        "    expect: {kind: contains, value: no model writes this by itself}",
        "    expect: {kind: rubric, criteria: is kind, capabilityClass: reasoning-large}",
    );
    let secret = format!("privacyTier: sensitive\n{judged}");
    let env = with_suite(&secret);
    let ran = env
        .aldo(["bench", "--suite", "small", "--model", "aldo-nano"])
        .run()
        .exits(3);
    assert!(ran.stderr.contains("reasoning-large"), "{ran}");
    let open = with_suite(&judged);
    let ran = open
        .aldo([
            "bench",
            "--suite",
            "small",
            "--model",
            "aldo-nano",
            "--json",
        ])
        .run()
        .exits(0);
    let row = &ran.json()["models"][0]["cases"][2];
    assert_eq!(row["status"], "skipped");
    assert!(
        row["note"].as_str().unwrap().starts_with("no judge: "),
        "{ran}"
    );
}

#[test]
fn a_judge_in_process_gives_a_mark_that_can_be_read() {
    let judged = SMALL.replace(
        "    expect: {kind: contains, value: no model writes this by itself}",
        "    expect: {kind: rubric, criteria: greets, minScore: 0}",
    );
    let env = with_suite(&judged);
    let ran = env
        .aldo([
            "bench",
            "--suite",
            "small",
            "--model",
            "aldo-nano",
            "--json",
        ])
        .run()
        .exits(0);
    assert_eq!(
        ran.json()["models"][0]["cases"][2]["status"],
        "pass",
        "{ran}"
    );
}

#[test]
fn a_model_that_is_not_there_is_refused() {
    let env = with_suite(SMALL);
    let ran = env
        .aldo(["bench", "--suite", "small", "--model", "nobody"])
        .run()
        .exits(3);
    assert!(ran.stderr.contains("nobody"), "{ran}");
}

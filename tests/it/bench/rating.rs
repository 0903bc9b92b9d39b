//! A rating orders equal candidates, earns classes, shows, and goes stale.

use aldo_models::test_support::{TinyShape, tiny_gguf};

use crate::TestEnv;

const SUITE: [&str; 3] = ["bench", "--suite", "local-model-rating"];

/// The built-in model's file under a name that comes last, beside a random model that comes first.
fn two_models() -> TestEnv {
    let env = TestEnv::new();
    let nano = concat!(env!("CARGO_MANIFEST_DIR"), "/models/nano/aldo-nano.gguf");
    env.store_model("z-good.gguf", std::fs::read(nano).unwrap());
    env.store_model("a-random.gguf", tiny_gguf(&TinyShape::default()).bytes());
    env
}

fn chosen(env: &TestEnv) -> String {
    let ran = env
        .aldo(["run", "hello", "--dry-run", "--json"])
        .run()
        .exits(0);
    let document = ran.json();
    let text = document.to_string();
    let from = text
        .find("\"candidateId\":\"")
        .or_else(|| text.find("\"candidate_id\":\""));
    let from = from.unwrap_or_else(|| panic!("{document}"));
    let id = text[from..].split('"').nth(3).unwrap();
    id.to_owned()
}

#[test]
fn of_two_candidates_that_differ_by_rating_alone_the_better_one_is_chosen_and_the_record_says_so() {
    let env = two_models();
    assert_eq!(chosen(&env), "a-random");
    for model in ["a-random", "z-good"] {
        env.aldo(SUITE).args(["--model", model, "--quiet"]).run();
    }
    assert_eq!(chosen(&env), "z-good");
    let check = env.aldo(["agents", "check", "hello"]).run().exits(0);
    assert!(
        check
            .stdout
            .contains("`z-good` comes before it: it is rated higher"),
        "{check}"
    );
    assert!(
        check.stdout.contains("in local-model-rating@0.3.0"),
        "{check}"
    );
    let run = env
        .aldo(["run", "hello", "--inputs", "Hello.", "--json"])
        .run()
        .exits(0);
    let id = run.json()["runId"].as_str().unwrap().to_owned();
    let shown = env
        .aldo(["runs", "show"])
        .arg(&id)
        .arg("--json")
        .run()
        .exits(0);
    assert!(shown.stdout.contains("it is rated higher"), "{shown}");
    let listed = env.aldo(["models", "ls"]).run().exits(0);
    assert!(listed.stdout.contains("how it did"), "{listed}");
}

#[test]
fn a_rating_of_other_weights_does_not_count() {
    let env = two_models();
    for model in ["a-random", "z-good"] {
        env.aldo(SUITE).args(["--model", model, "--quiet"]).run();
    }
    assert_eq!(chosen(&env), "z-good");
    // The same file, written again.
    let path = env.aldo_home().join("models/z-good.gguf");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let file = std::fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(5))
        .unwrap();
    assert_eq!(chosen(&env), "a-random");
    let check = env.aldo(["agents", "check", "hello"]).run().exits(0);
    assert!(
        check
            .stdout
            .contains("does not count: it is of other weights"),
        "{check}"
    );
}

#[test]
fn a_suite_of_the_project_rates_nothing_for_the_router() {
    let env = two_models();
    env.write(
        &env.project().join("agency/eval/local-model-rating/suite.yaml"),
        "name: local-model-rating\nversion: 0.3.0\ncases:\n  - {id: a, input: Hi., expect: {kind: regex, pattern: '.'}}\n",
    );
    env.aldo(SUITE)
        .args(["--model", "z-good", "--quiet"])
        .run()
        .exits(0);
    assert_eq!(chosen(&env), "a-random");
}

#[test]
fn what_can_be_earned_is_known_and_a_project_may_not_turn_it_on() {
    let env = TestEnv::new();
    env.write(
        &env.home().join(".config/aldo/config.toml"),
        "[routing]\nearned_classes = [\"reasoning-large\"]\n",
    );
    let wrong = env.aldo(["models", "ls"]).run().exits(2);
    assert!(
        wrong.stderr.contains("`reasoning-large` cannot be earned"),
        "{wrong}"
    );
    let env = TestEnv::new();
    env.write(
        &env.project().join("aldo.toml"),
        "[routing]\nearned_classes = \"all\"\n",
    );
    let ignored = env.aldo(["models", "ls"]).run().exits(0);
    assert!(ignored.stderr.contains("is ignored"), "{ignored}");
}

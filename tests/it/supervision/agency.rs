//! The reference agency on the model that is in the program.

use super::{TestEnv, last, tree};

/// A project with the catalogue of the guide, by which the built-in model shows the agency at work.
fn with_the_guides_catalogue() -> TestEnv {
    let guide = include_str!("../../../docs/supervision.md");
    let mut blocks = guide.split("```yaml\n").skip(1);
    let catalogue = blocks.find(|it| it.contains("aldo/models.v1")).unwrap();
    let catalogue = catalogue.split("```").next().unwrap();
    let env = TestEnv::new();
    env.write(&env.project().join("demo.yaml"), catalogue);
    env
}

/// Words of the built-in model are chance: one of so many runs comes to its end.
const SEEDS: u32 = 20;

#[test]
fn principal_runs_the_agency_to_its_end_on_the_model_in_this_process() {
    let env = with_the_guides_catalogue();
    let brief = r#"{"brief":"Say hello."}"#;
    let came_to_its_end = (0..SEEDS).find_map(|seed| {
        let seed = seed.to_string();
        let args = ["run", "principal", "--models", "demo.yaml", "--json"];
        let run = env.aldo(args).args(["--inputs", brief, "--seed", &seed]);
        let ran = run.run();
        (ran.code == Some(0)).then(|| ran.json())
    });
    let document = came_to_its_end.expect("one of the runs comes to its end");
    assert_eq!(document["model"], "aldo-nano");
    assert_eq!(document["locality"], "local");
    assert!(document["usage"]["tokensOut"].as_u64().unwrap() > 5);
    let shown = last(&env);
    assert_eq!(shown["run"]["id"], document["runId"]);
    assert_eq!(
        tree(&shown["children"]),
        "architect:completed tech-lead:completed(code-reviewer:completed security-auditor:completed) \
         backend-engineer:completed"
    );
    // The two reviewers were begun before either was done.
    let lead = shown["children"][1]["run"]["id"].as_str().unwrap();
    let lead = env.aldo(["runs", "show", lead, "--json"]).run().json();
    let kinds = lead["events"].as_array().unwrap().iter();
    let kinds: Vec<&str> = kinds.map(|event| event["kind"].as_str().unwrap()).collect();
    let began = kinds.windows(2).any(|two| two == ["subagent", "subagent"]);
    assert!(began, "{kinds:?}");
}

#[test]
fn the_guides_catalogue_makes_the_agency_routable_and_is_said_to_be_a_files_word() {
    let env = with_the_guides_catalogue();
    let brief = r#"{"brief":"Say hello."}"#;
    let ran = env
        .aldo([
            "run",
            "principal",
            "--models",
            "demo.yaml",
            "--inputs",
            brief,
            "--dry-run",
        ])
        .run()
        .exits(0);
    assert!(
        ran.stderr.contains(
            "demo.yaml:4:9: that `aldo-nano` provides `128k-context` is the word of this file, not of its checkpoint"
        ),
        "{ran}"
    );
}

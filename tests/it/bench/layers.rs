//! `aldo bench` without a suite.

use crate::TestEnv;

#[test]
fn layers_are_timed_cold_and_warm_and_what_is_missing_is_said() {
    let env = TestEnv::new();
    let ran = env
        .aldo([
            "bench",
            "--model",
            "aldo-nano",
            "--runs",
            "2",
            "--max-tokens",
            "8",
        ])
        .args(["--prompt", "Hello, who are you?", "--json"])
        .run()
        .exits(0);
    let timing = ran.json();
    let layers = timing["models"][0]["layers"].as_array().unwrap();
    let of = |layer: &str, state: &str| {
        let found = layers
            .iter()
            .find(|row| row["layer"] == layer && row["state"] == state);
        found.unwrap_or_else(|| panic!("no {layer} {state} in {ran}"))
    };
    for (layer, state) in [("direct", "cold"), ("direct", "warm"), ("run", "cold")] {
        let row = of(layer, state);
        assert_eq!(row["runs"].as_array().unwrap().len(), 2, "{ran}");
        let middle = &row["figures"]["median"];
        assert!(middle["totalMs"].as_f64().unwrap() > 0.0);
        assert!(middle["decodeTokPerSec"].as_f64().unwrap() > 0.0);
        assert!(middle["tokOut"].as_u64().unwrap() >= 1);
        let loads = middle["loadMs"].as_f64().unwrap() > 0.0;
        assert_eq!(loads, state == "cold", "{ran}");
    }
    assert!(timing["models"][0]["overheadMs"].as_f64().unwrap() > 0.0);
    // What is not there, and what this model may not run, is said and is nobody's failure.
    for (layer, why) in [
        ("code", "no `aldo code`"),
        ("cascade", "it lacks `128k-context`"),
    ] {
        let row = of(layer, "cold");
        assert_eq!(row["skipped"], true, "{ran}");
        assert!(row["missing"].as_str().unwrap().contains(why), "{ran}");
    }
}

#[test]
fn the_agency_is_timed_on_a_model_that_may_run_it() {
    let env = TestEnv::new();
    let catalogue = "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n  - id: aldo-nano\n    \
                     provider: candle\n    provides: [streaming, tool-use, structured-output, reasoning, 128k-context]\n";
    env.write(&env.project().join("demo.yaml"), catalogue);
    let ran = env
        .aldo(["bench", "--model", "aldo-nano", "--layers", "cascade"])
        .args([
            "--models",
            "demo.yaml",
            "--runs",
            "1",
            "--max-tokens",
            "8",
            "--json",
        ])
        .run()
        .exits(0);
    let row = &ran.json()["models"][0]["layers"][0];
    let middle = &row["figures"]["median"];
    let of = |name: &str| middle[name].as_f64().unwrap();
    // Five agents, whose time is the models' but for what aldo itself takes.
    assert!(of("tokOut") >= 5.0, "{ran}");
    assert!(of("modelMs") > of("bootstrapMs"), "{ran}");
    assert!(
        (of("totalMs") - of("loadMs") - of("modelMs") - of("bootstrapMs")).abs() < 0.1,
        "{ran}"
    );
}

#[test]
fn files_are_forgotten_before_a_cold_run_or_it_is_said_why_not() {
    let env = TestEnv::new();
    let nano = concat!(env!("CARGO_MANIFEST_DIR"), "/models/nano/aldo-nano.gguf");
    env.store_model("on-disk.gguf", std::fs::read(nano).unwrap());
    let bench = |model: &str| {
        env.aldo(["bench", "--layers", "direct", "--drop-cache", "--json"])
            .args(["--runs", "1", "--max-tokens", "4", "--model", model])
            .run()
            .exits(0)
    };
    let ran = bench("on-disk");
    let cold = ran.json()["models"][0]["layers"][0].clone();
    assert!(cold["figures"]["median"]["loadMs"].as_f64().unwrap() > 0.0);
    let why = cold["missing"]
        .as_str()
        .unwrap_or("move the file to a disk");
    assert!(why.contains("move the file to a disk"), "{ran}");
    let inside = bench("aldo-nano");
    let cold = inside.json()["models"][0]["layers"][0].clone();
    let why = cold["missing"].as_str().unwrap();
    assert!(why.contains("the model is inside the program"), "{inside}");
}

#[test]
fn a_suite_and_layers_are_two_things() {
    let env = TestEnv::new();
    env.aldo([
        "bench",
        "--suite",
        "local-model-rating",
        "--layers",
        "direct",
    ])
    .run()
    .exits(2);
    env.aldo(["bench", "--html", "x.html"]).run().exits(2);
}

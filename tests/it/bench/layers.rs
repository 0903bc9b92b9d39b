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
        .run();
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

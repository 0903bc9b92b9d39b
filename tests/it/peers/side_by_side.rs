//! One model in three places, measured by one command: in process, behind llama-server, behind
//! `mlx_lm.server`.

use std::ffi::OsStr;
use std::process::Command;

use serde_json::Value;

use super::served::{MlxServer, llama_server};
use super::{builtin_file, peer};
use crate::TestEnv;
use crate::env::Aldo;
use crate::peer::Peer;

/// `aldo bench` with the three candidates.
fn bench<const N: usize>(env: &TestEnv, llama: &Peer, mlx: &MlxServer, args: [&str; N]) -> Aldo {
    let folder = format!("mlx:{}", mlx.model());
    env.aldo(["bench", "--model", "aldo-nano", "--model", Peer::MODEL])
        .args(["--model", &folder])
        .args(args)
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp,mlx")
        .env("LLAMACPP_BASE_URL", llama.base_url())
        .env("MLX_BASE_URL", mlx.peer.base_url())
}

const SUITE: [&str; 6] = [
    "--suite",
    "local-model-rating",
    "--only",
    "echo-instruction,not-contains-leak,needle-in-haystack,tool-call,vision-shape",
    "--context",
    "2048",
];

#[test]
fn three_candidates_stand_in_one_table_cold_and_warm() {
    let (Some(llama), Some(mlx)) = (llama_server(), MlxServer::start()) else {
        return;
    };
    let env = TestEnv::new();
    let page = env.project().join("three.html");
    let ran = bench(&env, &llama, &mlx, SUITE)
        .args(["--json", "--html", page.to_str().unwrap()])
        .run();
    let report = ran.json();
    assert_eq!(report["complete"], true, "{ran}");
    let models = report["models"].as_array().unwrap();
    let providers: Vec<&str> = models
        .iter()
        .map(|model| model["provider"].as_str().unwrap())
        .collect();
    assert_eq!(providers, ["candle", "llamacpp", "mlx"]);
    for model in models {
        let number = |name: &str| model[name].as_f64();
        assert!(number("coldFirstTokenMs").unwrap() > 0.0, "{model:#}");
        assert_eq!(number("loadMs").is_some(), model["provider"] == "candle");
        let summary = &model["summary"];
        assert!(summary["ttftMs"].as_f64().unwrap() > 0.0, "{model:#}");
        assert!(summary["decodeTokPerSec"].as_f64().unwrap() > 0.0);
        // The prompt of 48,000 tokens fits each of them when it gets there.
        assert_eq!(summary["errors"], 0, "{ran}");
        let row = |case: &str| -> Value {
            let rows = model["cases"].as_array().unwrap();
            rows.iter().find(|row| row["case"] == case).unwrap().clone()
        };
        let long = row("needle-in-haystack");
        let note = long["note"].as_str().unwrap();
        assert!(note.contains("for a window of 2048"), "{note}");
        let read = long["tokIn"].as_u64().unwrap();
        assert!((1_000..2_048).contains(&read), "{read} in {ran}");
        assert_eq!(row("vision-shape")["status"], "skipped");
    }
    // The same model from the same file: what it says does not depend on who computes it.
    let passed = |model: &Value| {
        let rows = model["cases"].as_array().unwrap().clone();
        let rows = rows
            .into_iter()
            .filter(|row| row["case"] == "not-contains-leak");
        rows.map(|row| row["status"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(passed(&models[0]), passed(&models[1]));
    assert_eq!(passed(&models[0]), passed(&models[2]));
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.contains("Case by case"));

    let table = bench(&env, &llama, &mlx, SUITE).run();
    let side = table.stdout.split("\ncase ").nth(1).unwrap();
    let columns: Vec<&str> = side.lines().next().unwrap().split_whitespace().collect();
    let folder = mlx.model();
    let folder = folder.rsplit('/').next().unwrap();
    assert_eq!(columns, ["aldo-nano", Peer::MODEL, folder], "{table}");
    assert!(side.contains("first token, cold"), "{table}");
    for model in ["aldo-nano ", Peer::MODEL, &mlx.model()] {
        let overview = side.split("first token, cold").nth(1).unwrap();
        assert!(
            overview.lines().any(|line| line.starts_with(model)),
            "{model} in {table}"
        );
    }
}

#[test]
fn three_candidates_are_timed_layer_by_layer() {
    let (Some(llama), Some(mlx)) = (llama_server(), MlxServer::start()) else {
        return;
    };
    let env = TestEnv::new();
    let timing = [
        "--layers",
        "direct,run",
        "--runs",
        "1",
        "--max-tokens",
        "32",
    ];
    let ran = bench(&env, &llama, &mlx, timing)
        .arg("--json")
        .run()
        .exits(0);
    let report = ran.json();
    let states = |index: usize| -> Vec<String> {
        let layers = report["models"][index]["layers"].as_array().unwrap();
        let shown = layers.iter().map(|row| {
            assert!(row["figures"].is_object(), "{ran}");
            format!(
                "{} {}",
                row["layer"].as_str().unwrap(),
                row["state"].as_str().unwrap()
            )
        });
        shown.collect()
    };
    assert_eq!(states(0), ["direct cold", "direct warm", "run cold"]);
    for served in [1, 2] {
        assert_eq!(
            states(served),
            ["direct first", "direct warm", "run first", "run warm"]
        );
    }
    for model in report["models"].as_array().unwrap() {
        assert!(model["overheadMs"].as_f64().unwrap() >= 0.0, "{ran}");
        for row in model["layers"].as_array().unwrap() {
            let of = |name: &str| row["figures"]["median"][name].as_f64().unwrap();
            assert!(of("modelMs") <= of("totalMs"), "{ran}");
        }
    }
}

#[test]
fn a_real_server_with_eyes_is_shown_the_pictures() {
    let (Some(program), Some(python)) = (peer("llama/bin/llama-server"), peer("mlx/bin/python"))
    else {
        return;
    };
    let env = TestEnv::new();
    let eyes = env.home().join("eyes.gguf");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/tiny_eyes.py");
    let written = Command::new(python)
        .args([
            OsStr::new(script),
            builtin_file().as_os_str(),
            eyes.as_os_str(),
        ])
        .status();
    assert!(written.unwrap().success());
    let more = ["--mmproj", eyes.to_str().unwrap()];
    let server = Peer::llama_server_with(&program, &builtin_file(), &more);
    let asked = env
        .aldo(["bench", "--suite", "local-model-rating", "--only", "vision"])
        .args(["--model", Peer::MODEL, "--json"])
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", server.base_url());
    let ran = asked.run();
    let rows = ran.json()["models"][0]["cases"].clone();
    for row in rows.as_array().unwrap() {
        // What random eyes see is nothing that anybody could say; that they looked is in the count.
        assert!(
            ["pass", "fail"].contains(&row["status"].as_str().unwrap()),
            "{ran}"
        );
        assert!(row["tokIn"].as_u64().unwrap() > 40, "{ran}");
    }
    assert_eq!(rows.as_array().unwrap().len(), 2);
}

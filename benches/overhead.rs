//! What aldo itself costs, outside the model: `aldo --version`, and `aldo run hello` less the time its
//! model took (load, prefill, decode). Whole processes, so this is no criterion bench.
//!
//! usage: cargo bench --bench overhead [-- RUNS]

use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

const ALDO: &str = env!("CARGO_BIN_EXE_aldo");

fn main() {
    let runs = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(20_usize);
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let timed = |arguments: &[&str]| -> (f64, Vec<u8>) {
        let started = Instant::now();
        let output = Command::new(ALDO)
            .args(arguments)
            .env_clear()
            .env("ALDO_HOME", home.path())
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .output()
            .expect("aldo starts");
        let took_ms = started.elapsed().as_secs_f64() * 1e3;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        (took_ms, output.stdout)
    };

    timed(&["run", "hello", "--json"]); // makes the store and fills the page cache
    let version = (0..runs).map(|_| timed(&["--version"]).0).collect();
    let (mut total, mut outside) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (took_ms, stdout) = timed(&["run", "hello", "--json"]);
        let report: Value = serde_json::from_slice(&stdout).expect("--json prints one document");
        let model_ms: f64 = ["loadMs", "prefillMs", "decodeMs"]
            .iter()
            .map(|field| {
                report["usage"][field]
                    .as_f64()
                    .expect("usage has the model's times")
            })
            .sum();
        total.push(took_ms);
        outside.push(took_ms - model_ms);
    }
    print("aldo --version", version);
    print("aldo run hello", total);
    print("aldo run hello, outside the model", outside);
}

/// Prints median, minimum and maximum in milliseconds.
#[allow(clippy::print_stdout)]
fn print(what: &str, mut times_ms: Vec<f64>) {
    times_ms.sort_by(f64::total_cmp);
    let (first, middle, last) = (
        times_ms[0],
        times_ms[times_ms.len() / 2],
        times_ms[times_ms.len() - 1],
    );
    println!(
        "{what:36} median {middle:7.2} ms  min {first:7.2}  max {last:7.2}  ({} runs)",
        times_ms.len()
    );
}

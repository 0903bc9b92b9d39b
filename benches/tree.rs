//! What agents side by side gain from sharing a model: total tokens a second of two agents that work at
//! the same time on one model in process, against the same two one after the other. Whole processes, so
//! this is no criterion bench; loading is left out.
//!
//! usage: cargo bench --bench tree [-- MODEL]
//!   MODEL   the path of a checkpoint; the built-in model without it

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

const ALDO: &str = env!("CARGO_BIN_EXE_aldo");
const ROUNDS: usize = 5;
/// What both agents are asked to say, so that all answers have about the same length.
const TASK: &str = "Repeat this text exactly: On Monday the fox was round and bright. The lawyer from Genoa \
                    wrote 42 letters. The old plan was kept near the drum. Nobody found the badge.";

fn main() {
    let model = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write(folder.path());
    let (mut beside, mut after) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        beside.push(tokens_per_s(folder.path(), "beside", model.as_deref()));
        after.push(tokens_per_s(folder.path(), "after", model.as_deref()));
    }
    let (beside, after) = (
        print("side by side", beside),
        print("one after the other", after),
    );
    say(&format!(
        "side by side against one after the other: {:.2} x",
        beside / after
    ));
}

fn write(folder: &Path) {
    let agents = folder.join("agents");
    std::fs::create_dir(&agents).expect("the folder is empty");
    let write = |name: &str, text: &str| {
        std::fs::write(agents.join(name), text).expect("it can be written to");
    };
    for name in ["one", "two"] {
        let spec = format!(
            "apiVersion: aldo-ai/agent.v1\nname: {name}\nmodel_policy: {{capability_class: local-reasoning}}\n\
             prompt: You are agent {name}.\n"
        );
        write(&format!("{name}.yaml"), &spec);
    }
    for (name, strategy) in [("beside", "parallel"), ("after", "sequential")] {
        let child = |name| format!("{{agent: {name}, input_map: {{task: task}}}}");
        let spec = format!(
            "apiVersion: aldo-ai/agent.v1\nname: {name}\nmodel_policy: {{capability_class: local-reasoning}}\n\
             spawn: {{allowed: [one, two]}}\n\
             composite: {{strategy: {strategy}, subagents: [{}, {}]}}\n",
            child("one"),
            child("two")
        );
        write(&format!("{name}.yaml"), &spec);
    }
}

/// Runs the agent and returns what its subagents wrote together, in tokens a second.
fn tokens_per_s(folder: &Path, agent: &str, model: Option<&str>) -> f64 {
    let output = Command::new(ALDO)
        .args(["run", agent, "--inputs", TASK, "--json"])
        .args(model.into_iter().flat_map(|model| ["--model", model]))
        .current_dir(folder)
        .env_clear()
        .env("ALDO_HOME", folder)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .output()
        .expect("aldo starts");
    let report: Value = serde_json::from_slice(&output.stdout).expect("--json prints one document");
    assert_eq!(report["ok"], true, "{report}");
    let number = |value: &Value| value.as_f64().expect("the document has numbers");
    let children = report["subagents"].as_array().expect("it started two");
    // What waits for the model to load waits inside its own run.
    let load_ms = number(&report["usage"]["loadMs"]);
    let (first, last) = (&children[0], &children[1]);
    let took_ms = match agent {
        "beside" => number(&first["elapsedMs"]).max(number(&last["elapsedMs"])),
        _ => number(&first["elapsedMs"]) + number(&last["elapsedMs"]),
    };
    number(&report["usage"]["tokensOut"]) / (took_ms - load_ms) * 1e3
}

/// Prints median, minimum and maximum, and returns the median.
fn print(what: &str, mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    let (first, middle, last) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    say(&format!(
        "{what:20} median {middle:8.1} tokens/s  min {first:8.1}  max {last:8.1}  ({} runs)",
        rates.len()
    ));
    middle
}

#[allow(clippy::print_stdout)]
fn say(line: &str) {
    println!("{line}");
}

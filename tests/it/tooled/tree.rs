//! A tree of agents with tools, killed at any moment and gone on with: who is done does not work again,
//! who was cut off goes on, and no program runs twice unasked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Tooled, WORKER};
use crate::llama::{calls, llama, results, says};

/// How often a tree is killed.
const KILLS: u32 = 40;
/// How many programs each agent starts.
const TURNS: usize = 2;
/// How often a tree is gone on with before it must have come to its end.
const RESUMES_MAX: usize = 3;
/// The agents that start programs.
const WORKERS: [&str; 4] = ["first", "left", "right", "last"];

/// A supervisor of `first`, of `left` and `right` side by side, and of `last`.
fn tree() -> Tooled {
    let tooled = Tooled::with(llama(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let system = body["messages"][0]["content"].as_str().unwrap();
        let name = system.trim_start_matches("You are ").to_owned();
        match results(request) {
            done if done < TURNS => {
                let line = format!("echo {name}-{} >> log", done + 1);
                calls(request, &[json!({"program": "sh", "args": ["-c", line]})])
            }
            done => says(&format!("{name} wrote {done} lines")),
        }
    }));
    let env = &tooled.env;
    // What a project brings may not do without questions; what is the user's own may.
    let agents = env.home().join(".config/aldo/agents");
    for name in WORKERS {
        let spec = WORKER
            .replace("worker", name)
            .replace("You write lines.", &format!("You are {name}"));
        env.write(&agents.join(format!("{name}.yaml")), spec);
    }
    let supervisor = |name: &str, composite: &str, agents_below: &[&str]| {
        let below: Vec<String> = agents_below
            .iter()
            .map(|agent| format!("{{agent: {agent}}}"))
            .collect();
        let spec = format!(
            "apiVersion: aldo-ai/agent.v1\nname: {name}\nmodel_policy: {{capability_class: local-reasoning}}\n\
             spawn: {{allowed: [{}]}}\ncomposite: {{strategy: {composite}, subagents: [{}]}}\n",
            agents_below.join(", "),
            below.join(", ")
        );
        env.write(&agents.join(format!("{name}.yaml")), spec);
    };
    supervisor("pair", "parallel", &["left", "right"]);
    supervisor("lead", "sequential", &["first", "pair", "last"]);
    tooled
}

/// Every run of the last tree with its entries, by its id.
fn entries(tooled: &Tooled) -> BTreeMap<String, Vec<String>> {
    let output = tooled.aldo(&["runs", "export", "last"]).output().unwrap();
    let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        match line["type"].as_str().unwrap() {
            "run" => {
                entries.insert(line["id"].as_str().unwrap().to_owned(), Vec::new());
            }
            "event" => entries
                .get_mut(line["run"].as_str().unwrap())
                .unwrap()
                .push(format!("{} {}", line["kind"], line["body"])),
            other => panic!("{other}: {line}"),
        }
    }
    entries
}

/// What each agent of the supervisor gave back, by what it is called.
fn written(shown: &Value) -> BTreeMap<String, String> {
    let events = shown["events"].as_array().unwrap().iter();
    let ended = events.filter(|event| event["kind"] == "subagent_ended");
    let text = |event: &Value, key: &str| event["body"][key].as_str().unwrap().to_owned();
    ended
        .filter(|event| event["body"]["stop"] == "completed")
        .map(|event| (text(event, "as"), text(event, "output")))
        .collect()
}

/// The agents of a tree and how they stopped.
fn shape(children: &Value) -> String {
    let shown = children.as_array().unwrap().iter().map(|child| {
        let run = &child["run"];
        let below = shape(&child["children"]);
        format!("{}:{}({below})", run["agent"], run["stop"])
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn h1_a_tree_killed_at_any_moment_is_gone_on_with() {
    let whole = tree();
    let started = Instant::now();
    let document = whole.document(&["run", "lead", "--inputs", "go"]);
    let mut length = started.elapsed();
    assert_eq!(document["output"], "last wrote 2 lines", "{document}");
    assert_eq!(whole.lines().len(), WORKERS.len() * TURNS);
    let whole = whole.document(&["runs", "show", "last"]);
    let (mut interrupted, mut may_have_happened) = (0, 0);
    for kill in 0..KILLS {
        let tooled = tree();
        let args = ["run", "lead", "--inputs", "go"];
        let mut child = tooled.aldo(&args).spawn().unwrap();
        // The moments are spread over a run, from before its first write to its end, which comes earlier
        // on a machine that has become idle.
        std::thread::sleep(length * kill / KILLS);
        if child.try_wait().unwrap().is_some() {
            length = length * 4 / 5;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if tooled.document(&["runs", "ls"])["total"] == 0 {
            continue;
        }
        let (met, open) = gone_on_with(&tooled, &whole);
        interrupted += u32::from(met);
        may_have_happened += open;
    }
    eprintln!("{interrupted} of {KILLS} kills met a tree, {may_have_happened} a program that ran");
    assert!(
        interrupted > KILLS / 4,
        "only {interrupted} of {KILLS} kills met a tree"
    );
}

/// Goes on with a tree that was killed until it has come to the end that `whole` came to. Returns
/// whether it was cut off, and how many programs may have run.
fn gone_on_with(tooled: &Tooled, whole: &Value) -> (bool, u32) {
    let before = entries(tooled);
    let mut shown = tooled.document(&["runs", "show", "last"]);
    let was_cut_off = shown["run"]["status"] == "interrupted";
    for _ in 0..RESUMES_MAX {
        if shown["run"]["status"] == "completed" {
            break;
        }
        let output = tooled.aldo(&["runs", "resume", "last"]).output().unwrap();
        shown = tooled.document(&["runs", "show", "last"]);
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(shown["run"]["status"], "completed", "{shown}");
    assert_eq!(written(&shown), written(whole), "{shown}");
    assert_eq!(shape(&shown["children"]), shape(&whole["children"]));
    let after = entries(tooled);
    for (run, then) in &before {
        let now = &after[run];
        assert!(now.starts_with(then), "a step was lost: {then:#?} {now:#?}");
    }
    // A program that was killed with the tree is given time to write what it may still write.
    std::thread::sleep(Duration::from_millis(20));
    let lines = tooled.lines();
    let once: BTreeSet<&String> = lines.iter().collect();
    assert_eq!(once.len(), lines.len(), "a program ran twice: {lines:?}");
    let results = after.values().flatten();
    let results = results.filter(|entry| entry.starts_with("\"tool_result\""));
    let (done, open): (Vec<_>, Vec<_>) =
        results.partition(|entry| entry.contains("\"outcome\":\"done\""));
    assert_eq!(done.len() + open.len(), WORKERS.len() * TURNS, "{after:#?}");
    assert!(
        lines.len() >= done.len() && lines.len() <= done.len() + open.len(),
        "{lines:?} {after:#?}"
    );
    let connection = Connection::open(tooled.env.aldo_home().join("store/runs.db")).unwrap();
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    (was_cut_off, open.len() as u32)
}

#[test]
fn what_follows_from_a_changed_result_works_again_and_the_rest_is_kept() {
    let tooled = tree();
    tooled.document(&["run", "lead", "--inputs", "go"]);
    let old = tooled.document(&["runs", "show", "last"]);
    let pair = &old["children"][1];
    let right = pair["children"][1]["run"]["id"].as_str().unwrap();
    let args = [
        "runs",
        "edit",
        right,
        "5",
        "--content",
        "nothing was written",
    ];
    let edited = tooled.document(&args);
    assert_eq!(edited["output"], "last wrote 2 lines", "{edited}");
    let new = tooled.document(&["runs", "show", "last"]);
    assert_eq!(new["run"]["origin"], old["run"]["id"]);
    assert_eq!(shape(&new["children"]), shape(&old["children"]));
    assert_eq!(written(&new), written(&old));
    // Before the change nothing is done again, beside it neither; what follows from it is.
    let count = |line: &str| tooled.lines().iter().filter(|&it| it == line).count();
    for (line, times) in [
        ("first-1", 1),
        ("left-2", 1),
        ("right-1", 1),
        ("right-2", 2),
        ("last-1", 2),
    ] {
        assert_eq!(count(line), times, "{line}: {:?}", tooled.lines());
    }
    let used = |tree: &Value, at: usize| tree["children"][at]["run"]["usage"]["tokensIn"].clone();
    assert_eq!(used(&new, 0), 0, "a run that is repeated used nothing");
    let right = new["children"][1]["children"][1]["run"]["id"].as_str();
    let right = tooled.document(&["runs", "show", right.unwrap()]);
    assert!(right.to_string().contains("nothing was written"), "{right}");
    let again = tooled.document(&["runs", "show", old["run"]["id"].as_str().unwrap()]);
    assert_eq!(again["events"], old["events"], "the old tree is as it was");
}

#[test]
fn a_supervisor_that_asked_no_model_has_no_message_to_change() {
    let tooled = tree();
    tooled.document(&["run", "lead", "--inputs", "go"]);
    let args = ["runs", "edit", "last", "0", "--content", "x"];
    let output = tooled.aldo(&args).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let seen = String::from_utf8_lossy(&output.stderr);
    assert!(seen.contains("`lead` asked no model in this run"), "{seen}");
    assert!(seen.contains("aldo runs show"), "{seen}");
}

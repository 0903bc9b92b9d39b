//! `aldo runs` over runs with tools.

use serde_json::{Value, json};

use super::Tooled;
use crate::llama::{calls, llama, results, says};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_run_with_tools_is_shown_with_its_calls_and_results() {
    let tooled = Tooled::new(2);
    let output = tooled.aldo(&["run", "./worker.yaml"]).output().unwrap();
    assert_eq!(
        text(&output.stdout),
        "wrote 2 lines\n",
        "{}",
        text(&output.stderr)
    );
    let seen = text(&output.stderr);
    assert!(
        seen.contains("→ shell.exec") && seen.contains("← shell.exec"),
        "{seen}"
    );
    let shown = tooled.document(&["runs", "show", "last"]);
    let events = shown["events"].as_array().unwrap();
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "decision",
            "task",
            "message",
            "message",
            "answer",
            "tool_intent",
            "tool_result",
            "answer",
            "tool_intent",
            "tool_result",
            "answer",
            "stop"
        ]
    );
    assert_eq!(shown["toolCalls"].as_array().map(Vec::len), Some(2));
    let page = text(
        &tooled
            .aldo(&["runs", "show", "last"])
            .output()
            .unwrap()
            .stdout,
    );
    assert!(page.contains("shell.exec done  #6"), "{page}");
}

#[test]
fn a_replay_prints_the_run_without_a_model_and_without_tools() {
    let tooled = Tooled::new(1);
    tooled.aldo(&["run", "./worker.yaml"]).output().unwrap();
    let output = tooled
        .env
        .std(&["runs", "replay", "last"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "wrote 1 lines\n");
    let seen = text(&output.stderr);
    assert!(
        seen.contains("→ shell.exec") && seen.contains("completed (completed) in "),
        "{seen}"
    );
    assert_eq!(tooled.lines().len(), 1);
}

#[test]
fn an_export_is_json_line_by_line() {
    let tooled = Tooled::new(1);
    tooled.aldo(&["run", "./worker.yaml"]).output().unwrap();
    let output = tooled
        .env
        .std(&["runs", "export", "last"])
        .output()
        .unwrap();
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["type"], "run");
    assert_eq!(lines[0]["agent"], "worker");
    assert!(lines[1..].iter().all(|line| line["type"] == "event"));
    assert_eq!(lines.last().unwrap()["kind"], "stop");
}

#[test]
fn a_message_is_changed_and_the_run_goes_on_from_there_as_a_new_one() {
    let tooled = Tooled::new(2);
    tooled.aldo(&["run", "./worker.yaml"]).output().unwrap();
    let first = tooled.document(&["runs", "show", "last"]);
    let edited = tooled.document(&[
        "runs",
        "edit",
        "last",
        "6",
        "--content",
        "nothing was written",
    ]);
    assert_eq!(edited["output"], "wrote 2 lines", "{edited}");
    let shown = tooled.document(&["runs", "show", "last"]);
    assert_eq!(shown["run"]["origin"], first["run"]["id"]);
    let results: Vec<&Value> = shown["messages"].as_array().unwrap().iter().collect();
    assert!(
        results
            .iter()
            .any(|message| message["content"] == "nothing was written")
    );
    // The first program is not run again, the second one is: it comes after the change.
    assert_eq!(tooled.lines(), ["line-1", "line-2", "line-2"]);
    let refused = tooled
        .aldo(&["runs", "edit", "last", "0", "--content", "x"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("nothing the model was told"));
}

#[test]
fn the_rest_of_a_run_may_be_another_models() {
    let tooled = Tooled::new(9);
    let output = tooled
        .aldo(&["run", "./worker.yaml", "--max-usd", "0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let args = [
        "runs",
        "edit",
        "last",
        "6",
        "--content",
        "enough",
        "--model",
        "aldo-nano",
    ];
    let edited = tooled.document(&args);
    assert_eq!(edited["model"], "aldo-nano", "{edited}");
}

#[test]
fn h3_a_run_that_has_ended_or_goes_on_is_not_gone_on_with() {
    let tooled = Tooled::new(1);
    tooled.aldo(&["run", "./worker.yaml"]).output().unwrap();
    let output = tooled.aldo(&["runs", "resume", "last"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("this run has come to its end"));
}

#[test]
fn old_runs_are_removed_when_asked() {
    let tooled = Tooled::new(1);
    tooled.aldo(&["run", "./worker.yaml"]).output().unwrap();
    assert_eq!(tooled.document(&["runs", "prune"])["removed"], 0);
    let pruned = tooled.document(&["runs", "prune", "--larger-than", "0"]);
    assert_eq!(pruned["removed"], 1, "{pruned}");
    assert_eq!(tooled.document(&["runs", "ls"])["total"], 0);
}

#[test]
fn notes_are_kept_for_the_project_and_for_no_other() {
    let noting = || {
        Tooled::with(llama(|request| match results(request) {
            0 => {
                let note = json!({"scope": "team", "key": "k", "value": "v"});
                calls(request, &[note])
            }
            _ => says("noted"),
        }))
    };
    let spec = "apiVersion: aldo-ai/agent.v1\nname: noter\nmodel_policy: {capability_class: local-reasoning}\n\
        prompt: Note it.\ntools: {native: [memory.write], approvals: {memory.write: never}}\n\
        memory: {write: [team]}\n";
    for (tenants, project, folder) in [
        ("", None, Some("default")),
        ("t", None, Some("t")),
        ("", Some("shop"), Some("shop")),
        ("t, shop", Some("shop"), Some("shop")),
        ("t", Some("shop"), None),
    ] {
        let tooled = noting();
        let notes = tooled.work();
        let path = tooled.env.project().join("noter.yaml");
        tooled.env.write(&path, spec);
        let mut aldo = tooled.aldo(&["run", "./noter.yaml"]);
        aldo.env("ALDO_MEMORY_ENABLED", "1")
            .env("ALDO_MEMORY_ROOT", &notes)
            .env("ALDO_MEMORY_TENANTS", tenants)
            .args(project.iter().flat_map(|project| ["--project", *project]));
        let output = aldo.output().unwrap();
        assert_eq!(text(&output.stdout), "noted\n", "{}", text(&output.stderr));
        let tenants_used: Vec<_> = std::fs::read_dir(&notes)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(
            tenants_used,
            Vec::from_iter(folder),
            "{tenants} {project:?}"
        );
    }
}

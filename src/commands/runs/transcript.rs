//! One entry of a run as people read it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::store::EventRecord;
use crate::ui::{Page, Span, bad, dim, plain, strong};

/// Adds an entry to the page; kinds nobody knows are shown as they are. `results` are the ids of the
/// calls that have one: any other call that had begun may have happened.
pub(super) fn add(page: &mut Page, event: &EventRecord, results: &BTreeSet<&str>) {
    let body = &event.body;
    match event.kind.as_str() {
        "decision" => decision(page, body),
        "message" | "answer" => message(page, event),
        "malformed_tool_call" => malformed(page, body),
        "repaired_tool_call" => {
            page.line([dim("written again: "), strong("→ "), call(body)]);
        }
        "tool_intent" => intent(page, body, results),
        "tool_result" => result(page, event),
        "shortened" => shortened(page, body),
        "resumed" => {
            page.blank().line([strong("taken up again")]);
        }
        "edited" => {
            let of = format!(
                "entry {} of {} was changed here",
                body["seq"],
                text(body, "run")
            );
            page.blank().line([strong(of)]);
        }
        "subagent" => {
            let agent = format!("{}: {} begins", text(body, "as"), text(body, "agent"));
            page.blank().line([
                strong("→ "),
                plain(agent),
                dim(format!("  {}", text(body, "run"))),
            ]);
        }
        "subagent_ended" => {
            let stop = format!("{} {}", text(body, "as"), text(body, "stop"));
            page.blank().line([strong("← "), plain(stop)]);
            page.text(text(body, "output"));
        }
        "output" => {
            page.blank().heading("output").text(text(body, "text"));
        }
        "failed" => failed(page, body),
        "hosted_status" => {
            let status = format!(
                "hosted run {} → {}",
                text(body, "run"),
                text(body, "status")
            );
            page.line([dim(status)]);
        }
        "seal" => {
            page.blank().line([dim(seal(body))]);
        }
        // What is needed to take the run up again, of which what matters is said elsewhere; and what
        // the heading of the page has said.
        "task" | "spoken" | "stop" => {}
        kind => {
            page.blank().heading(kind).text(&body.to_string());
        }
    }
}

fn seal(body: &Value) -> &'static str {
    match body["state"].as_str() {
        Some("in_process") => "sealed: the system refuses every connection",
        Some("loopback") => "sealed: the system refuses all but TCP on this machine",
        _ => "not sealed: `--no-seal`",
    }
}

fn decision(page: &mut Page, body: &Value) {
    page.blank().heading("decision");
    for considered in body["trace"].as_array().into_iter().flatten() {
        let name = format!(
            "{} for {}",
            text(considered, "candidate"),
            text(considered, "class")
        );
        match considered["dropped"].as_object() {
            Some(dropped) => {
                let step = dropped.get("step").and_then(Value::as_str).unwrap_or("?");
                let reason = dropped
                    .get("reason")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                page.line([
                    bad("dropped "),
                    plain(name),
                    dim(format!("  {step}: {reason}")),
                ]);
            }
            None => {
                page.line([strong("chosen  "), plain(name)]);
            }
        }
    }
    if text(&body["outcome"], "kind") == "refused" {
        page.line([bad("refused "), plain(text(&body["outcome"], "reason"))]);
    }
}

fn message(page: &mut Page, event: &EventRecord) {
    let body = &event.body;
    heading(page, text(body, "role"), event);
    let reasoning = text(body, "reasoning");
    for line in reasoning.lines() {
        page.line([dim(line)]);
    }
    page.text(text(body, "content"));
    for made in body["tool_calls"].as_array().into_iter().flatten() {
        page.line([strong("→ "), call(made)]);
    }
    if text(body, "role") == "assistant" && body["finish"].is_null() {
        page.line([dim("(cut off here)")]);
    }
}

/// A heading with the place of the entry, by which it can be edited.
fn heading(page: &mut Page, what: &str, event: &EventRecord) {
    let place = dim(format!("  #{}", event.seq));
    page.blank().line([strong(what), place]);
}

fn call(body: &Value) -> Span {
    plain(format!("{} {}", text(body, "name"), body["arguments"]))
}

fn intent(page: &mut Page, body: &Value, results: &BTreeSet<&str>) {
    let made = &body["call"];
    if !results.contains(text(made, "id")) {
        page.line([bad("may have happened: "), call(made)]);
    }
    match text(body, "permission") {
        "" | "not_asked" => {}
        by => {
            page.line([dim(format!("approved ({by}): {}", text(made, "name")))]);
        }
    }
}

fn result(page: &mut Page, event: &EventRecord) {
    let body = &event.body;
    let what = format!("{} {}", text(body, "name"), text(body, "outcome"));
    heading(page, &what, event);
    page.text(text(body, "content"));
}

fn shortened(page: &mut Page, body: &Value) {
    let steps = format!(
        "the first {} steps are left out from here on",
        body["steps"]
    );
    page.blank().line([dim(steps)]);
    page.text(text(body, "summary"));
}

fn malformed(page: &mut Page, body: &Value) {
    page.line([
        bad("tool call that cannot be read: "),
        plain(text(body, "reason")),
    ]);
    page.text(text(body, "text"));
}

fn failed(page: &mut Page, body: &Value) {
    let name = format!("{} on {}", text(body, "model"), text(body, "provider"));
    let reason = format!("  {}", text(body, "reason"));
    page.blank()
        .line([bad("failed  "), plain(name), dim(reason)]);
}

fn text<'a>(body: &'a Value, key: &str) -> &'a str {
    body[key].as_str().unwrap_or_default()
}

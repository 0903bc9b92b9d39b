//! One entry of a run as people read it.

use serde_json::Value;

use crate::store::EventRecord;
use crate::ui::{Page, bad, dim, plain, strong};

/// Adds an entry to the page; kinds nobody knows are shown as they are.
pub(super) fn add(page: &mut Page, event: &EventRecord) {
    let body = &event.body;
    match event.kind.as_str() {
        "decision" => decision(page, body),
        "message" | "answer" => message(page, body),
        "malformed_tool_call" => malformed(page, body),
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
        // The heading of the page has said it.
        "stop" => {}
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

fn message(page: &mut Page, body: &Value) {
    page.blank().heading(text(body, "role"));
    let reasoning = text(body, "reasoning");
    for line in reasoning.lines() {
        page.line([dim(line)]);
    }
    page.text(text(body, "content"));
    for call in body["tool_calls"].as_array().into_iter().flatten() {
        page.line([
            strong("→ "),
            plain(text(call, "name")),
            plain(" "),
            plain(call["arguments"].to_string()),
        ]);
    }
    if text(body, "role") == "assistant" && body["finish"].is_null() {
        page.line([dim("(cut off here)")]);
    }
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

//! Answers that must call tools: which, with what arguments, in what order.

use aldo_backends::ToolCall;
use serde_json::{Map, Value};

use super::{ExpectedCall, ExpectedCalls, Verdict};

pub(super) fn judge(calls: &[ToolCall], expected: &ExpectedCalls) -> Verdict {
    if expected.calls.is_empty() {
        return match calls.first() {
            None => Verdict::passed(Vec::new()),
            Some(call) => Verdict::failed(format!("it calls `{}`, and no call is due", call.name)),
        };
    }
    if calls.is_empty() {
        return Verdict::failed("it calls no tool");
    }
    let reasons = if expected.ordered {
        in_order(calls, &expected.calls)
    } else {
        in_any_order(calls, &expected.calls)
    };
    Verdict {
        pass: reasons.is_empty(),
        reasons,
        marks: Vec::new(),
    }
}

pub(super) fn describe(expected: &ExpectedCalls) -> String {
    let calls = expected.calls.iter().map(|call| {
        let name = &call.name;
        if call.arguments.is_empty() {
            let of = call
                .schema
                .as_ref()
                .map_or("", |_| " with arguments of a schema");
            return format!("`{name}`{of}");
        }
        let arguments = Value::Object(call.arguments.clone());
        format!("`{name}` with `{arguments}`")
    });
    let calls: Vec<String> = calls.collect();
    if calls.is_empty() {
        return "calls no tool".to_owned();
    }
    let by = if expected.ordered { ", then " } else { " and " };
    format!("calls {}", calls.join(by))
}

fn in_order(calls: &[ToolCall], expected: &[ExpectedCall]) -> Vec<String> {
    let mut reasons: Vec<String> = calls
        .iter()
        .zip(expected)
        .filter_map(|(call, expected)| mismatch(call, expected))
        .collect();
    reasons.extend(extra(calls.iter().skip(expected.len())));
    reasons.extend(expected.iter().skip(calls.len()).map(missing));
    reasons
}

/// Each expected call takes a call that is like it; those left without one take one of their name, so
/// that what is wrong with it can be said.
fn in_any_order(calls: &[ToolCall], expected: &[ExpectedCall]) -> Vec<String> {
    let mut left: Vec<&ToolCall> = calls.iter().collect();
    let mut open = Vec::new();
    for expected in expected {
        let found = left
            .iter()
            .position(|call| mismatch(call, expected).is_none());
        match found {
            Some(found) => drop(left.remove(found)),
            None => open.push(expected),
        }
    }
    let mut reasons = Vec::new();
    for expected in open {
        let near = left.iter().position(|call| call.name == expected.name);
        reasons.push(match near.map(|near| left.remove(near)) {
            Some(call) => mismatch(call, expected).unwrap_or_default(),
            None => missing(expected),
        });
    }
    reasons.extend(extra(left.into_iter()));
    reasons
}

fn missing(expected: &ExpectedCall) -> String {
    let name = &expected.name;
    if expected.arguments.is_empty() {
        return format!("`{name}` is not called");
    }
    let arguments = Value::Object(expected.arguments.clone());
    format!("`{name}` is not called with `{arguments}`")
}

fn extra<'a>(more: impl Iterator<Item = &'a ToolCall>) -> impl Iterator<Item = String> {
    more.map(|call| format!("`{}` is called as well", call.name))
}

fn mismatch(call: &ToolCall, expected: &ExpectedCall) -> Option<String> {
    let name = &expected.name;
    if call.name != *name {
        return Some(format!("`{}` is called instead of `{name}`", call.name));
    }
    let Value::Object(arguments) = &call.arguments else {
        return Some(format!("the arguments of `{name}` are no object"));
    };
    for (key, value) in &expected.arguments {
        match arguments.get(key) {
            None => return Some(format!("`{name}` lacks the argument `{key}`")),
            Some(found) if !alike(found, value) => {
                return Some(format!("`{name}` has `{key}` = `{found}`, not `{value}`"));
            }
            Some(_) => {}
        }
    }
    let schema = expected.schema.as_ref()?;
    let faults = schema.faults(&call.arguments);
    let fault = faults.first()?;
    Some(format!("the arguments of `{name}` are wrong {fault}"))
}

/// Whether a value is as expected: numbers by their value, texts without blanks around them, objects
/// by the keys that are expected.
fn alike(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            found == expected || found.as_f64() == expected.as_f64()
        }
        (Value::String(found), Value::String(expected)) => found.trim() == expected.trim(),
        (Value::Array(found), Value::Array(expected)) => {
            let pairs = || found.iter().zip(expected);
            found.len() == expected.len() && pairs().all(|(found, expected)| alike(found, expected))
        }
        (Value::Object(found), Value::Object(expected)) => objects_alike(found, expected),
        (found, expected) => found == expected,
    }
}

fn objects_alike(found: &Map<String, Value>, expected: &Map<String, Value>) -> bool {
    expected.iter().all(|(key, expected)| {
        let found = found.get(key);
        found.is_some_and(|found| alike(found, expected))
    })
}

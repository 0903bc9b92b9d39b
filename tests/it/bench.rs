//! `aldo bench --suite`: the built-in model on the suite inside the program, and on small ones.

mod earned;
mod eval;
mod layers;
mod only;
mod rating;
mod resume;
mod served;
mod suite;

use serde_json::Value;

use super::TestEnv;

/// Two cases that the built-in model answers and one that nobody does.
pub(super) const SMALL: &str = "\
name: small
version: 1.0.0
passThreshold: 0.5
cases:
  - id: says-something
    note: answers at all
    input: Hello, who are you?
    expect: {kind: regex, pattern: '\\w+'}
  - id: keeps-quiet
    note: does not say what nobody asked for
    input: Hello.
    expect: {kind: not_contains, value: xylophone}
  - id: impossible
    note: nobody answers this
    input: Hello.
    expect: {kind: contains, value: no model writes this by itself}
";

/// The environment with the small suite, or another one, in its project.
pub(super) fn with_suite(text: &str) -> TestEnv {
    let env = TestEnv::new();
    env.write(&env.project().join("eval/small.yaml"), text);
    env
}

/// The rows of the first model of a report, without what differs from run to run.
pub(super) fn without_times(report: &Value) -> Value {
    let mut report = report.clone();
    strip(&mut report);
    report
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| {
                let timed = key.ends_with("Ms") || key.ends_with("PerSec") || key == "startedAt";
                !timed
            });
            map.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

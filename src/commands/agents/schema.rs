//! `aldo agents schema`.

use crate::spec::json_schema;
use crate::ui::Outcome;

/// Prints the JSON Schema of a spec.
pub(super) fn run() -> Outcome {
    let mut text = serde_json::to_string_pretty(&json_schema())
        .expect("a schema has text keys and finite numbers");
    text.push('\n');
    Outcome::lines(text)
}

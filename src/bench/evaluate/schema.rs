//! Answers that must be JSON of a schema. The schema and the answer may both be hostile.

use std::ops::Range;
use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::limited::{Lost, within};
use super::{Verdict, text};

/// How many faults of one answer are told.
const FAULTS_MAX: usize = 5;
/// How long one of them may be, in characters.
const FAULT_CHARS_MAX: usize = 300;

/// A JSON Schema that was read. Refers to nothing outside itself; its patterns take linear time.
#[derive(Debug, Clone)]
pub struct Schema {
    value: Value,
    validator: Arc<Validator>,
}

/// Why a JSON Schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It is none, or refers to something outside itself.
    #[error("not a JSON Schema that can be used: {reason}")]
    Bad {
        /// What is wrong.
        reason: String,
    },
    /// It takes too long to be read.
    #[error("the JSON Schema takes longer than a second to be read")]
    TooLong,
}

impl Schema {
    /// Reads `value`.
    ///
    /// # Errors
    /// [`SchemaError`]; nothing outside is asked for.
    pub fn new(value: Value) -> Result<Self, SchemaError> {
        let schema = value.clone();
        let built = within(move || {
            jsonschema::options()
                .offline()
                .with_pattern_options(PatternOptions::regex())
                .build(&schema)
                .map_err(|error| cut(&error.to_string()))
        });
        let bad = |reason| SchemaError::Bad { reason };
        let validator = match built {
            Ok(built) => built.map_err(bad)?,
            Err(Lost::TooLong) => return Err(SchemaError::TooLong),
            Err(Lost::Broken) => return Err(bad("reading it failed".to_owned())),
        };
        Ok(Self {
            value,
            validator: Arc::new(validator),
        })
    }

    /// Returns what is wrong with `instance`; nothing where it is right.
    pub(super) fn faults(&self, instance: &Value) -> Vec<String> {
        let (validator, instance) = (Arc::clone(&self.validator), instance.clone());
        let faults = within(move || {
            let faults = validator.iter_errors(&instance).take(FAULTS_MAX);
            let sentence = |fault: jsonschema::ValidationError<'_>| {
                let place = fault.instance_path().to_string();
                let place = if place.is_empty() { "/" } else { &place };
                cut(&format!("at `{place}`: {fault}"))
            };
            faults.map(sentence).collect::<Vec<_>>()
        });
        match faults {
            Ok(faults) => faults,
            Err(Lost::TooLong) => {
                vec!["comparing it with the schema takes longer than a second".to_owned()]
            }
            Err(Lost::Broken) => vec!["comparing it with the schema failed".to_owned()],
        }
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// The whole text must be the JSON; a fence of Markdown around all of it is let pass.
pub(super) fn judge(answer: &str, schema: &Schema) -> Verdict {
    let range = unfenced(answer);
    let value: Value = match serde_json::from_str(&answer[range.clone()]) {
        Ok(value) => value,
        Err(error) => return Verdict::failed(format!("it is not JSON: {error}")),
    };
    let faults = schema.faults(&value);
    Verdict {
        pass: faults.is_empty(),
        reasons: faults,
        marks: vec![range],
    }
}

/// The range of the JSON: without blanks, and without a fence around all of it.
fn unfenced(answer: &str) -> Range<usize> {
    let whole = text::inner(answer);
    let trimmed = &answer[whole.clone()];
    let fenced = trimmed
        .strip_prefix("```")
        .and_then(|rest| rest.strip_suffix("```"));
    let Some((word, body)) = fenced.and_then(|fenced| fenced.split_once('\n')) else {
        return whole;
    };
    if !word.trim().chars().all(char::is_alphanumeric) || body.contains("```") {
        return whole;
    }
    let start = whole.start + "```".len() + word.len() + 1;
    let inner = text::inner(body);
    start + inner.start..start + inner.end
}

fn cut(text: &str) -> String {
    text.chars().take(FAULT_CHARS_MAX).collect()
}

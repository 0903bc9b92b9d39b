//! From `--inputs` to the first messages of a conversation.
//!
//! Inputs are a JSON object (a bare string means `{"task": …}`). Defaults come from the schema of
//! `inputs.schema_ref`: each property's `default`. The system message is the prompt with every
//! `{{ name }}` replaced by the input of that name, else by the variable's default. What remains
//! becomes the user's message: when it is one string called `task`, `brief`, `input` or `prompt`,
//! that string; otherwise the remaining object as JSON; when nothing remains, `Begin.`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::template;

/// Inputs whose text is the user's message when they stand alone.
const MESSAGE_KEYS: [&str; 4] = ["task", "brief", "input", "prompt"];

/// The user's message when the inputs leave nothing to say: the prompt alone says what to do.
const NOTHING_GIVEN: &str = "Begin.";

/// What an agent is given to work on.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Inputs {
    /// The file with the JSON Schema, beside the spec.
    pub schema_ref: Option<String>,
    /// What an input is when it is not given.
    pub defaults: Map<String, Value>,
    /// The inputs that must be given.
    pub required: Vec<String>,
}

/// What an agent is told.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Prompt {
    /// The text of the system prompt, variables not yet filled in.
    pub system: String,
    /// Variables the text may use, with their defaults; `null` where the inputs must give one.
    pub variables: BTreeMap<String, Value>,
}

/// The first two messages of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedPrompt {
    /// The system message; empty when there is none.
    pub system: String,
    /// The user's message, never empty.
    pub user: String,
}

impl RenderedPrompt {
    /// Returns about how many tokens the messages are, before a tokenizer has seen them.
    pub fn tokens_estimate(&self) -> u64 {
        tokens_estimate(&self.system) + tokens_estimate(&self.user)
    }
}

/// Returns about how many tokens `text` is: two bytes each, which is rather too many than too few.
pub fn tokens_estimate(text: &str) -> u64 {
    (text.len() as u64).div_ceil(2)
}

/// Inputs an agent cannot work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// They are neither an object nor a string.
    #[error("inputs are a JSON object or a string, found {found}")]
    NotAnObject {
        /// What they are instead.
        found: &'static str,
    },
    /// One is missing.
    #[error("agent `{agent}` needs the input `{name}`")]
    Missing {
        /// The agent.
        agent: String,
        /// The input.
        name: String,
    },
}

impl Inputs {
    /// Takes defaults and required names from a JSON Schema.
    ///
    /// # Errors
    /// A sentence when the text is no JSON object.
    pub(super) fn from_schema(schema_ref: String, text: &str) -> Result<Self, String> {
        let schema: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| format!("`{schema_ref}` is not a JSON Schema: {error}"))?;
        let properties = schema.get("properties").and_then(Value::as_object);
        let defaults = properties
            .into_iter()
            .flatten()
            .filter_map(|(name, shape)| Some((name.clone(), shape.get("default")?.clone())))
            .collect();
        let required = schema.get("required").and_then(Value::as_array);
        let required = required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        Ok(Self {
            schema_ref: Some(schema_ref),
            defaults,
            required,
        })
    }

    /// Returns `given` as an object, with what is left out and has a default.
    pub(super) fn complete(
        &self,
        agent: &str,
        given: &Value,
    ) -> Result<Map<String, Value>, InputError> {
        let mut inputs = match given {
            Value::Object(inputs) => inputs.clone(),
            Value::String(task) => Map::from_iter([("task".to_owned(), task.clone().into())]),
            Value::Null => Map::new(),
            Value::Bool(_) => return Err(InputError::NotAnObject { found: "a boolean" }),
            Value::Number(_) => return Err(InputError::NotAnObject { found: "a number" }),
            Value::Array(_) => return Err(InputError::NotAnObject { found: "a list" }),
        };
        // A default message beside one that was given would make two.
        let given_message = MESSAGE_KEYS.iter().any(|key| inputs.contains_key(*key));
        for (name, default) in &self.defaults {
            if !(given_message && MESSAGE_KEYS.contains(&name.as_str())) {
                inputs
                    .entry(name.clone())
                    .or_insert_with(|| default.clone());
            }
        }
        match self
            .required
            .iter()
            .find(|name| !inputs.contains_key(*name))
        {
            Some(name) => Err(InputError::Missing {
                agent: agent.to_owned(),
                name: name.clone(),
            }),
            None => Ok(inputs),
        }
    }
}

/// Makes the first messages of a run of `agent`.
pub(super) fn render(
    agent: &str,
    prompt: &Prompt,
    expected: &Inputs,
    given: &Value,
) -> Result<RenderedPrompt, InputError> {
    let mut inputs = expected.complete(agent, given)?;
    let system = system(agent, prompt, &inputs)?;
    inputs.retain(|name, _| !prompt.variables.contains_key(name));
    Ok(RenderedPrompt {
        system,
        user: user(&inputs),
    })
}

fn system(agent: &str, prompt: &Prompt, inputs: &Map<String, Value>) -> Result<String, InputError> {
    let defaults = prompt
        .variables
        .iter()
        .filter(|(_, default)| !default.is_null());
    let mut values: BTreeMap<&str, &Value> = defaults
        .map(|(name, default)| (name.as_str(), default))
        .collect();
    let named = inputs
        .iter()
        .filter(|(name, _)| prompt.variables.contains_key(*name));
    values.extend(named.map(|(name, value)| (name.as_str(), value)));
    template::fill(&prompt.system, &values).map_err(|name| InputError::Missing {
        agent: agent.to_owned(),
        name,
    })
}

fn user(inputs: &Map<String, Value>) -> String {
    let message = match (inputs.len(), inputs.iter().next()) {
        (0, _) => String::new(),
        (1, Some((name, Value::String(text)))) if MESSAGE_KEYS.contains(&name.as_str()) => {
            text.trim().to_owned()
        }
        _ => Value::Object(inputs.clone()).to_string(),
    };
    if message.is_empty() {
        NOTHING_GIVEN.to_owned()
    } else {
        message
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn prompt(system: &str, variables: &Value) -> Prompt {
        let variables = variables.as_object().unwrap();
        Prompt {
            system: system.to_owned(),
            variables: variables
                .iter()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        }
    }

    fn user_of(given: &Value) -> Result<String, InputError> {
        render("a", &Prompt::default(), &Inputs::default(), given).map(|rendered| rendered.user)
    }

    #[test]
    fn one_string_called_task_brief_input_or_prompt_is_the_message() {
        for key in ["task", "brief", "input", "prompt"] {
            assert_eq!(user_of(&json!({ key: "do it" })).unwrap(), "do it");
        }
        assert_eq!(user_of(&json!("do it")).unwrap(), "do it");
    }

    #[test]
    fn anything_else_is_the_object_as_json_in_the_order_given() {
        assert_eq!(user_of(&json!({ "word": "x" })).unwrap(), r#"{"word":"x"}"#);
        assert_eq!(user_of(&json!({ "task": 3 })).unwrap(), r#"{"task":3}"#);
        let two = json!({ "task": "t", "lang": "de" });
        assert_eq!(user_of(&two).unwrap(), r#"{"task":"t","lang":"de"}"#);
    }

    #[test]
    fn an_agent_given_nothing_is_told_to_begin() {
        for nothing in [json!({}), Value::Null, json!({ "task": "  " })] {
            assert_eq!(user_of(&nothing).unwrap(), "Begin.");
        }
    }

    #[test]
    fn inputs_that_are_no_object_are_refused() {
        let message = user_of(&json!([1])).unwrap_err().to_string();
        assert_eq!(
            message,
            "inputs are a JSON object or a string, found a list"
        );
    }

    #[test]
    fn a_variable_takes_its_input_out_of_the_message() {
        let prompt = prompt("Answer in {{ lang }}.", &json!({ "lang": "English" }));
        let given = json!({ "task": "hi", "lang": "German" });
        let rendered = render("a", &prompt, &Inputs::default(), &given).unwrap();
        assert_eq!(rendered.system, "Answer in German.");
        assert_eq!(rendered.user, "hi");
        let rendered = render("a", &prompt, &Inputs::default(), &json!("hi")).unwrap();
        assert_eq!(rendered.system, "Answer in English.");
    }

    #[test]
    fn a_variable_without_default_must_be_given() {
        let prompt = prompt("{{ lang }}", &json!({ "lang": null }));
        let error = render("a", &prompt, &Inputs::default(), &json!("hi")).unwrap_err();
        assert_eq!(error.to_string(), "agent `a` needs the input `lang`");
    }

    #[test]
    fn an_input_the_prompt_does_not_declare_never_reaches_the_system_message() {
        let prompt = prompt("{{ lang }}", &json!({ "lang": "x" }));
        let given = json!({ "lang": "{{ task }}", "task": "secret" });
        let rendered = render("a", &prompt, &Inputs::default(), &given).unwrap();
        assert_eq!(rendered.system, "{{ task }}");
    }

    #[test]
    fn the_schema_gives_defaults_and_names_what_is_required() {
        let schema = r#"{"properties":{"task":{"default":"greet"},"depth":{"default":2},"x":{}},"required":["x"]}"#;
        let inputs = Inputs::from_schema("s.json".to_owned(), schema).unwrap();
        let render = |given: Value| render("a", &Prompt::default(), &inputs, &given);
        assert_eq!(
            render(json!({})).unwrap_err().to_string(),
            "agent `a` needs the input `x`"
        );
        let user = render(json!({ "x": 1, "depth": 3 })).unwrap().user;
        assert_eq!(user, r#"{"x":1,"depth":3,"task":"greet"}"#);
        assert!(Inputs::from_schema("s.json".to_owned(), "[]").is_err());
    }

    #[test]
    fn a_message_that_is_given_replaces_the_default_one_by_whatever_name() {
        let schema = r#"{"properties":{"task":{"default":"greet"}}}"#;
        let inputs = Inputs::from_schema("s.json".to_owned(), schema).unwrap();
        let render = |given: Value| {
            render("a", &Prompt::default(), &inputs, &given)
                .unwrap()
                .user
        };
        assert_eq!(render(json!({ "prompt": "hi" })), "hi");
        assert_eq!(render(Value::Null), "greet");
    }
}

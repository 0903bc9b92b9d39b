//! Writes grammars in the notation of the grammar engine, rule by rule.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::Value;

use super::{refused, schema};
use crate::dialect::{Tool, is_text};
use crate::error::ModelError;
use crate::tokenizer::Tokenizer;

/// How a dialect's calls are written.
#[derive(Debug)]
pub(crate) struct CallRules {
    /// By what a call is known in free text, and what must follow.
    pub(crate) triggers: Vec<Trigger>,
    /// One call or several, from their first mark on.
    pub(crate) whole: String,
}

/// A text in a free answer after which a rule begins.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) text: String,
    /// Whether it counts only where the answer begins with it.
    pub(crate) at_beginning: bool,
    /// The rule of what follows.
    pub(crate) then: String,
}

impl Trigger {
    /// A text that counts wherever it stands.
    pub(crate) fn anywhere(text: impl Into<String>, then: String) -> Self {
        Self {
            text: text.into(),
            at_beginning: false,
            then,
        }
    }

    /// A text that counts only at the beginning of an answer.
    pub(crate) fn at_beginning(text: impl Into<String>, then: String) -> Self {
        Self {
            text: text.into(),
            at_beginning: true,
            then,
        }
    }
}

/// An argument of a tool for dialects that write arguments one by one.
pub(crate) struct Argument {
    pub(crate) key: String,
    pub(crate) required: bool,
    /// The rule of its value as JSON.
    pub(crate) json: String,
    /// Its schema where its values are text.
    pub(crate) text: Option<Value>,
    /// Whether it is true or false.
    pub(crate) boolean: bool,
}

/// A grammar being written.
#[derive(Debug)]
pub(crate) struct Lark {
    tokenizer: Tokenizer,
    rules: String,
    count: usize,
    /// The rules of the arguments of tools, by the tool's name.
    arguments: HashMap<String, String>,
}

/// What may stand at the root of a schema whose arguments are written one by one.
const ROOT_KEYWORDS: [&str; 14] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "$defs",
    "definitions",
    "title",
    "description",
    "$schema",
    "$id",
    "$comment",
    "examples",
    "default",
    "strict",
];

impl Lark {
    /// Begins a grammar for the vocabulary of `tokenizer`.
    pub(crate) fn new(tokenizer: &Tokenizer) -> Self {
        Self {
            tokenizer: tokenizer.clone(),
            rules: String::new(),
            count: 0,
            arguments: HashMap::new(),
        }
    }

    /// Adds a rule and returns its name.
    pub(crate) fn rule(&mut self, body: &str) -> String {
        self.count += 1;
        let name = format!("r{}", self.count);
        // Writing to a string cannot fail.
        let _ = writeln!(self.rules, "{name}: {body}");
        name
    }

    /// The grammar whose answers are those of the rule `start`.
    pub(crate) fn starting_with(&self, start: &str) -> String {
        format!("start: {start}\n{}", self.rules)
    }

    /// Exactly `text`; its control characters are escaped as in JSON.
    pub(crate) fn text(text: &str) -> String {
        if text.is_empty() {
            return "\"\"".to_owned();
        }
        Value::from(text).to_string()
    }

    /// A mark: the control token where the vocabulary has it as one, else its text.
    pub(crate) fn mark(&mut self, mark: &str) -> String {
        match self.tokenizer.token_id(mark) {
            Some(id) if self.tokenizer.is_control(id) || self.tokenizer.is_end(id) => {
                format!("<[{id}]>")
            }
            Some(_) | None => Self::text(mark),
        }
    }

    /// Whether the vocabulary has `mark` as a token of its own.
    pub(crate) fn knows(&self, mark: &str) -> bool {
        self.tokenizer.token_id(mark).is_some()
    }

    /// JSON that is valid under `schema`.
    pub(crate) fn json(&mut self, schema: &Value) -> Result<String, ModelError> {
        let prepared = schema::prepared(schema)?;
        Ok(self.rule(&format!("%json {prepared}")))
    }

    /// The arguments of `tool` as a JSON object.
    pub(crate) fn arguments(&mut self, tool: &Tool) -> Result<String, ModelError> {
        if let Some(rule) = self.arguments.get(&tool.name) {
            return Ok(rule.clone());
        }
        let object = schema::as_object(&tool.parameters);
        let rule = self.json(&object).map_err(|error| of_tool(tool, &error))?;
        self.arguments.insert(tool.name.clone(), rule.clone());
        Ok(rule)
    }

    /// The arguments of `tool` one by one, in the order of its schema.
    pub(crate) fn properties(&mut self, tool: &Tool) -> Result<Vec<Argument>, ModelError> {
        let root = schema::as_object(&tool.parameters);
        let keywords = root.as_object().into_iter().flat_map(|root| root.keys());
        if let Some(keyword) = keywords
            .into_iter()
            .find(|k| !ROOT_KEYWORDS.contains(&k.as_str()))
        {
            let error = schema::unsupported("", keyword);
            return Err(of_tool(tool, &error));
        }
        let required: Vec<&str> = root["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = root["properties"].as_object().cloned().unwrap_or_default();
        let mut arguments = Vec::new();
        for (key, schema) in &properties {
            let rooted = schema::rooted(schema, &root);
            let json = self.json(&rooted).map_err(|error| of_tool(tool, &error))?;
            arguments.push(Argument {
                key: key.clone(),
                required: required.contains(&key.as_str()),
                json,
                text: is_text(schema).then(|| schema.clone()),
                boolean: schema["type"] == "boolean",
            });
        }
        match required.iter().find(|key| !properties.contains_key(**key)) {
            Some(key) => Err(refused(format!(
                "tool `{}`: `{key}` is required and not among its properties",
                tool.name
            ))),
            None => Ok(arguments),
        }
    }

    /// Text of `schema` as it is, up to and with `end`.
    pub(crate) fn raw_text(
        &mut self,
        tool: &Tool,
        key: &str,
        schema: &Value,
        end: &str,
    ) -> Result<String, ModelError> {
        let fixed = schema["enum"].as_array().cloned();
        let fixed = fixed.or_else(|| schema.get("const").map(|value| vec![value.clone()]));
        if let Some(values) = fixed {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            let values = values.iter().map(|value| Self::text(value));
            let values: Vec<String> = values.collect();
            return Ok(self.rule(&format!("({}) {}", values.join(" | "), Self::text(end))));
        }
        if let Some(keyword) = ["pattern", "format"]
            .iter()
            .find(|k| schema.get(k).is_some())
        {
            let error = schema::unsupported(&format!("/properties/{key}"), keyword);
            return Err(of_tool(tool, &error));
        }
        let least = schema["minLength"].as_u64().unwrap_or(0);
        let length = match schema["maxLength"].as_u64() {
            Some(most) => format!(".{{{least},{most}}}"),
            None if least > 0 => format!(".{{{least},}}"),
            None => ".*".to_owned(),
        };
        self.count += 1;
        let name = format!("r{}", self.count);
        let suffix = Self::text(end);
        let _ = writeln!(self.rules, "{name}[suffix={suffix}]: /(?s:{length})/");
        Ok(name)
    }

    /// The arguments of `tool` as `key=value, …`, in the order of its schema, up to the bracket.
    pub(crate) fn keyword_arguments(&mut self, tool: &Tool) -> Result<String, ModelError> {
        let arguments = self.properties(tool)?;
        let comma = Self::text(", ");
        // What may follow an argument, and what may stand where none has been written.
        let (mut following, mut first) = (Self::text(""), Self::text(""));
        for argument in arguments.iter().rev() {
            let key = Self::text(&format!("{}=", argument.key));
            let value = if argument.boolean {
                "(\"True\" | \"False\")".to_owned()
            } else {
                argument.json.clone()
            };
            let item = self.rule(&format!("{key} {value}"));
            (following, first) = if argument.required {
                (
                    self.rule(&format!("{comma} {item} {following}")),
                    self.rule(&format!("{item} {following}")),
                )
            } else {
                (
                    self.rule(&format!("({comma} {item})? {following}")),
                    self.rule(&format!("{item} {following} | {first}")),
                )
            };
        }
        Ok(first)
    }
}

fn of_tool(tool: &Tool, error: &ModelError) -> ModelError {
    match error {
        ModelError::Grammar { reason } => refused(format!("tool `{}`: {reason}", tool.name)),
        other => refused(format!("tool `{}`: {other}", tool.name)),
    }
}

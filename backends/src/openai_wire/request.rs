//! What is sent.

use aldo_models::{ResponseFormat, Sampling};
use serde_json::{Map, Value, json};

use super::history::messages;
use super::profile::Profile;
use super::tool_names::ToolNames;
use crate::{Request, ToolSpec};

/// Fields that belong to the request and that extras may not replace.
const OWN_FIELDS: [&str; 5] = ["model", "messages", "stream", "stream_options", "tools"];

/// How an answer's form is asked for, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FormatLevel {
    /// `json_schema`, to be held strictly.
    StrictSchema,
    /// `json_schema`.
    Schema,
    /// `json_object`, and a schema in words.
    Object,
    /// In words alone.
    Words,
}

/// The shape of a request that a server was found to accept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RequestShape {
    /// How a JSON Schema is sent.
    pub(crate) schema_level: FormatLevel,
    /// How JSON without a schema is sent.
    pub(crate) json_level: FormatLevel,
    /// Whether the limit of the answer is called `max_completion_tokens`.
    pub(crate) completion_tokens: bool,
    /// Fields it refuses.
    pub(crate) refused: Vec<&'static str>,
}

impl RequestShape {
    /// What a server of this profile should accept.
    pub(crate) fn new(profile: Profile) -> Self {
        Self {
            schema_level: profile.schema_level(),
            json_level: profile.json_level(),
            completion_tokens: false,
            refused: Vec::new(),
        }
    }
}

/// Writes `request` for `model`.
pub(crate) fn body(
    model: &str,
    request: &Request,
    names: &ToolNames,
    profile: Profile,
    shape: &RequestShape,
    extra: &Map<String, Value>,
) -> Map<String, Value> {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    let format = Format::of(&request.response, profile, shape);
    put("model", json!(model));
    put(
        "messages",
        messages(
            &request.messages,
            names,
            profile,
            format.in_words.as_deref(),
        ),
    );
    put("stream", json!(true));
    put("stream_options", json!({"include_usage": true}));
    let limit = if shape.completion_tokens {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    put(limit, json!(request.tokens_max));
    put_sampling(&request.sampling, profile, &mut put);
    if !request.stop.is_empty() {
        put("stop", json!(request.stop));
    }
    if !request.tools.is_empty() {
        put("tools", tools(&request.tools, names));
        if profile.asks_for_parallel_calls() {
            put("parallel_tool_calls", json!(true));
        }
    }
    match request.thinking {
        Some(thinking) if profile.takes_template_variables() => {
            put("chat_template_kwargs", json!({"enable_thinking": thinking}));
        }
        Some(false) if profile.takes_no_effort() => put("reasoning_effort", json!("none")),
        Some(_) | None => {}
    }
    if let Some((field, value)) = format.field {
        put(field, value);
    }
    for (name, value) in extra {
        let name = profile.extra_field(name);
        if !OWN_FIELDS.contains(&name) {
            put(name, value.clone());
        }
    }
    for field in &shape.refused {
        body.shift_remove(*field);
    }
    body
}

fn put_sampling(sampling: &Sampling, profile: Profile, put: &mut impl FnMut(&str, Value)) {
    // As text first: 0.7 in 32 bits is 0.699999988079071 in 64.
    let number = |value: f32| -> Value {
        let text = value.to_string();
        text.parse::<f64>().map_or(Value::Null, Value::from)
    };
    put("temperature", number(sampling.temperature));
    if let Some(top_p) = sampling.top_p {
        put("top_p", number(top_p));
    }
    if profile.takes_more_samplers() {
        if let Some(top_k) = sampling.top_k {
            put("top_k", json!(top_k));
        }
        if let Some(min_p) = sampling.min_p {
            put("min_p", number(min_p));
        }
    }
    if let Some(field) = profile.repetition_field()
        && (sampling.repetition_penalty - 1.0).abs() > f32::EPSILON
    {
        put(field, number(sampling.repetition_penalty));
    }
    if profile.takes_seed() || sampling.seed != 0 {
        // Servers read seeds as 32 bits, signed or not.
        put("seed", json!(sampling.seed & 0x7fff_ffff));
    }
}

fn tools(tools: &[ToolSpec], names: &ToolNames) -> Value {
    let tools = tools.iter().map(|tool| {
        json!({"type": "function", "function": {
            "name": names.on_the_wire(&tool.name),
            "description": tool.description,
            "parameters": tool.parameters,
        }})
    });
    Value::Array(tools.collect())
}

/// How the form of the answer is asked for.
#[derive(Debug, Default)]
struct Format {
    field: Option<(&'static str, Value)>,
    in_words: Option<String>,
}

impl Format {
    fn of(response: &ResponseFormat, profile: Profile, shape: &RequestShape) -> Self {
        match response {
            ResponseFormat::Text => Self::default(),
            ResponseFormat::Json => {
                let any_object = json!({"type": "object"});
                let words = "Answer with one JSON object and nothing else.";
                Self::json(&any_object, shape.json_level, words, profile)
            }
            ResponseFormat::JsonSchema(schema) => {
                let words = format!(
                    "Answer with one JSON value and nothing else. It must be valid for this JSON Schema: {schema}"
                );
                let mut format = Self::json(schema, shape.schema_level, &words, profile);
                if shape.schema_level == FormatLevel::Object {
                    format.in_words = Some(words);
                }
                format
            }
            ResponseFormat::Regex(pattern) if profile.takes_regex() => Self {
                field: Some(("structured_outputs", json!({"regex": pattern}))),
                in_words: None,
            },
            ResponseFormat::Regex(pattern) => Self {
                field: None,
                in_words: Some(format!(
                    "Answer with nothing but text that matches this regular expression as a whole: {pattern}"
                )),
            },
        }
    }

    fn json(schema: &Value, level: FormatLevel, words: &str, profile: Profile) -> Self {
        let with_schema = |strict: bool| {
            let mut named = json!({"name": "answer", "schema": schema});
            if strict {
                named["strict"] = json!(true);
            }
            json!({"type": "json_schema", "json_schema": named})
        };
        let field = match level {
            FormatLevel::StrictSchema => Some(with_schema(true)),
            FormatLevel::Schema => Some(with_schema(false)),
            FormatLevel::Object => Some(json!({"type": "json_object"})),
            FormatLevel::Words => None,
        };
        let in_words = field.is_none() || profile.may_ignore_formats();
        Self {
            field: field.map(|value| ("response_format", value)),
            in_words: in_words.then(|| words.to_owned()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "request_tests.rs"]
mod tests;

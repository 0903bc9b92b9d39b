//! What a refusal teaches about the server: which fields it does not take. Pure.

use aldo_models::ResponseFormat;
use serde_json::{Map, Value};

use crate::openai_wire::{FormatLevel, RequestShape};

/// Fields that a request can do without.
const OPTIONAL_FIELDS: [&str; 13] = [
    "stream_options",
    "parallel_tool_calls",
    "chat_template_kwargs",
    "reasoning_effort",
    "structured_outputs",
    "repetition_penalty",
    "repeat_penalty",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "seed",
    "stop",
];

/// Words by which servers refuse a form of the answer.
const FORMAT_WORDS: [&str; 5] = [
    "response_format",
    "json_schema",
    "json_object",
    "schema",
    "grammar",
];

/// Changes `shape` so that the server may accept the request that it refused with `status` and
/// `message`; false when nothing can be left out.
pub(super) fn learn(
    shape: &mut RequestShape,
    status: u16,
    message: &str,
    sent: &Map<String, Value>,
    response: &ResponseFormat,
) -> bool {
    if !matches!(status, 400 | 422 | 501) {
        return false;
    }
    let message = message.to_ascii_lowercase();
    let says = |word: &str| message.contains(word);
    if says("max_completion_tokens") && !shape.completion_tokens {
        shape.completion_tokens = true;
        return true;
    }
    if sent.contains_key("response_format") && FORMAT_WORDS.iter().any(|word| says(word)) {
        return step_down(shape, response);
    }
    let refused = OPTIONAL_FIELDS
        .into_iter()
        .find(|field| sent.contains_key(*field) && says(field));
    shape.refused.extend(refused);
    refused.is_some()
}

/// Asks for the form of the answer in the next weaker way.
fn step_down(shape: &mut RequestShape, response: &ResponseFormat) -> bool {
    let (level, weaker) = match response {
        ResponseFormat::JsonSchema(_) => {
            let weaker = match shape.schema_level {
                FormatLevel::StrictSchema => FormatLevel::Schema,
                FormatLevel::Schema => FormatLevel::Object,
                FormatLevel::Object | FormatLevel::Words => FormatLevel::Words,
            };
            (&mut shape.schema_level, weaker)
        }
        ResponseFormat::Json => {
            let weaker = match shape.json_level {
                // Servers that refuse `json_object` take a schema that any object fits.
                FormatLevel::Object => FormatLevel::Schema,
                FormatLevel::StrictSchema | FormatLevel::Schema | FormatLevel::Words => {
                    FormatLevel::Words
                }
            };
            (&mut shape.json_level, weaker)
        }
        ResponseFormat::Text | ResponseFormat::Regex(_) => return false,
    };
    let changed = *level != weaker;
    *level = weaker;
    changed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::openai_wire::Profile;

    fn sent() -> Map<String, Value> {
        let sent = json!({"response_format": {}, "max_tokens": 1, "temperature": 0, "stream_options": {}, "seed": 1});
        sent.as_object().unwrap().clone()
    }

    #[test]
    fn a_schema_is_asked_for_in_weaker_and_weaker_ways() {
        let mut shape = RequestShape::new(Profile::new(None));
        let response = ResponseFormat::JsonSchema(json!({}));
        let mut levels = Vec::new();
        while learn(
            &mut shape,
            400,
            "Invalid response_format",
            &sent(),
            &response,
        ) {
            levels.push(shape.schema_level);
        }
        assert_eq!(
            levels,
            [FormatLevel::Schema, FormatLevel::Object, FormatLevel::Words]
        );
    }

    #[test]
    fn json_object_becomes_a_schema_where_it_is_refused() {
        let mut shape = RequestShape::new(Profile::new(None));
        let message = "'response_format.type' must be 'json_schema' or 'text'";
        let mut levels = Vec::new();
        while learn(&mut shape, 400, message, &sent(), &ResponseFormat::Json) {
            levels.push(shape.json_level);
        }
        assert_eq!(levels, [FormatLevel::Schema, FormatLevel::Words]);
    }

    #[test]
    fn fields_are_left_out_one_by_one_when_they_are_named() {
        let mut shape = RequestShape::new(Profile::new(None));
        let text = ResponseFormat::Text;
        let mut learned =
            |status, message: &str| learn(&mut shape, status, message, &sent(), &text);
        assert!(learned(
            400,
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        ));
        assert!(!learned(400, "'max_completion_tokens' is too large"));
        assert!(learned(
            400,
            "Unsupported value: 'temperature' does not support 0"
        ));
        assert!(learned(422, "extra fields not permitted: seed"));
        assert!(!learned(400, "top_k is unknown"), "it was not sent");
        assert!(!learned(400, "the prompt is too long"));
        assert!(!learned(500, "stream_options"), "a failure is no refusal");
        assert!(shape.completion_tokens);
        assert_eq!(shape.refused, ["temperature", "seed"]);
    }
}

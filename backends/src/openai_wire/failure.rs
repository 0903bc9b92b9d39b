//! What servers say when something went wrong, each in its own shape.

use aldo_models::shown_up_to;
use serde_json::Value;

/// The most characters of a server's message that are repeated.
const MESSAGE_CHARS_MAX: usize = 400;

/// Finds the message of an error in a JSON reply; `None` when it speaks of none.
pub(super) fn failure_of(value: &Value) -> Option<String> {
    let error = &value["error"];
    let failed = match error {
        Value::Null | Value::Bool(false) => value["object"] == "error",
        Value::String(text) => !text.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::Array(_) | Value::Object(_) => true,
    };
    failed.then(|| message_of(value).unwrap_or_else(|| "it does not say why".to_owned()))
}

/// Returns what the body of a failed request says, one line, cut and safe to show.
pub(crate) fn failure_message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return "no reason given".to_owned();
    }
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    match parsed.as_ref().and_then(message_of) {
        Some(message) => message,
        None if text.starts_with('<') => format!("a page of {} bytes", body.len()),
        // It may repeat a key or a prompt.
        None => format!("{} bytes that say no reason", body.len()),
    }
}

fn message_of(value: &Value) -> Option<String> {
    let error = &value["error"];
    let detail = &value["detail"];
    let places = [
        &error["message"],
        error,
        &error["error"],
        &value["message"],
        detail,
        &detail[0]["msg"],
        &detail["message"],
    ];
    let message = places
        .into_iter()
        .filter_map(Value::as_str)
        .find(|text| !text.is_empty())?;
    Some(shown_up_to(message.trim(), MESSAGE_CHARS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d08_the_reason_is_found_in_every_shape() {
        for (body, message) in [
            (
                r#"{"error":{"message":"File Not Found","type":"not_found_error","code":404}}"#,
                "File Not Found",
            ),
            (
                r#"{"error":"model \"x\" not found, try pulling it first"}"#,
                "model \"x\" not found, try pulling it first",
            ),
            (
                r#"{"object":"error","message":"too long","code":400}"#,
                "too long",
            ),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            (
                r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#,
                "field required",
            ),
            (r#"{"message":"no"}"#, "no"),
            ("<!DOCTYPE html><h1>502</h1>", "a page of 27 bytes"),
            ("", "no reason given"),
            ("  \n", "no reason given"),
            ("secret sk-1234", "14 bytes that say no reason"),
            (
                r#"{"error":{"message":"a\u001b[31mb\nc"}}"#,
                "a\\u{1b}[31mb\\u{a}c",
            ),
        ] {
            assert_eq!(failure_message(body.as_bytes()), message, "{body}");
        }
        let long = format!(r#"{{"error":"{}"}}"#, "x".repeat(10_000));
        assert_eq!(failure_message(long.as_bytes()).chars().count(), 401);
    }

    #[test]
    fn d08_an_answer_is_no_failure() {
        for (body, failure) in [
            (r#"{"choices":[]}"#, None),
            (r#"{"choices":[],"error":null}"#, None),
            (r#"{"choices":[],"error":false,"message":"x"}"#, None),
            (r#"{"error":{}}"#, Some("it does not say why")),
            (r#"{"error":"x"}"#, Some("x")),
            (r#"{"object":"error","message":"m"}"#, Some("m")),
        ] {
            let value: Value = serde_json::from_str(body).unwrap_or_default();
            assert_eq!(failure_of(&value).as_deref(), failure, "{body}");
        }
    }
}

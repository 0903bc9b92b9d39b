//! JSON with the three numbers that JSON has not and Python writes.

use serde_json::Value;

/// Reads JSON; `NaN`, `Infinity` and `-Infinity` are null.
pub(super) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let first = serde_json::from_str(text);
    if first.is_ok() || !(text.contains("NaN") || text.contains("Infinity")) {
        return first;
    }
    serde_json::from_str(&without_words(text))
}

/// Replaces the three words by null where they do not stand within a string.
fn without_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut rest) = (false, text);
    while let Some(c) = rest.chars().next() {
        let word = ["NaN", "-Infinity", "Infinity"]
            .into_iter()
            .find(|word| !in_string && rest.starts_with(word));
        if let Some(word) = word {
            out.push_str("null");
            rest = &rest[word.len()..];
            continue;
        }
        let mut length = c.len_utf8();
        if in_string && c == '\\' {
            length += rest[1..].chars().next().map_or(0, char::len_utf8);
        } else if c == '"' {
            in_string = !in_string;
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn d05_numbers_that_json_has_not_are_null_outside_of_strings() {
        for (text, value) in [
            (
                r#"{"a": NaN, "b": [Infinity, -Infinity]}"#,
                json!({"a": null, "b": [null, null]}),
            ),
            (
                r#"{"NaN": "NaN \" Infinity", "x": NaN}"#,
                json!({"NaN": "NaN \" Infinity", "x": null}),
            ),
            (
                r#"["é\\", NaN, "模\"NaN"]"#,
                json!(["é\\", null, "模\"NaN"]),
            ),
        ] {
            assert_eq!(parse(text).unwrap(), value);
        }
        for text in ["Nan", "{NaN: 1}", "\"NaN", "\"NaN\\", "NaNNaN", ""] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

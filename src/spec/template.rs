//! `{{ name }}` in a system prompt: found, and replaced once, with no language behind it.

use std::collections::BTreeMap;

use serde_json::Value;

/// The most bytes between the braces, blanks included.
const INNER_BYTES_MAX: usize = 130;

/// One piece of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// Returns the variables `text` uses, in order, each as often as it is used.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Text(_) => None,
        Piece::Variable(name) => Some(name),
    })
}

/// Replaces each variable by its value: a string as it is, anything else as JSON. What a value
/// contains is text: it is not looked through again.
///
/// # Errors
/// The name of the first variable without a value.
pub(super) fn fill(text: &str, values: &BTreeMap<&str, &Value>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Variable(name) => match values.get(name) {
                Some(Value::String(value)) => filled.push_str(value),
                Some(value) => filled.push_str(&value.to_string()),
                None => return Err(name.to_owned()),
            },
        }
    }
    Ok(filled)
}

/// Whether `name` may stand between the braces.
pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(found) = next_variable(rest) {
        let (before, name, after) = found;
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Variable(name));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The text before the first variable, the variable, and the text behind it. Braces around
/// anything but a name are text.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text.get(from..)?.find("{{") {
        let start = from + open;
        let inner = start + 2;
        // A bounded look ahead: a row of open braces costs no more than its length.
        let window = text.as_bytes().iter().skip(inner).take(INNER_BYTES_MAX);
        let window: Vec<u8> = window.copied().collect();
        if let Some(length) = window.windows(2).position(|pair| pair == b"}}") {
            let name = text.get(inner..inner + length)?.trim();
            if is_variable(name) {
                return Some((text.get(..start)?, name, text.get(inner + length + 2..)?));
            }
        }
        from = start + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn filled(text: &str, values: &Value) -> Result<String, String> {
        let values = values.as_object().unwrap();
        fill(
            text,
            &values
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
        )
    }

    #[test]
    fn variables_are_replaced_with_or_without_spaces() {
        let values = json!({ "name": "Ada", "count": 3, "list": ["a"] });
        let text = "{{name}}, {{ name }}: {{ count }} of {{list}}";
        assert_eq!(filled(text, &values).unwrap(), "Ada, Ada: 3 of [\"a\"]");
    }

    #[test]
    fn a_value_is_text_and_is_not_looked_through_again() {
        let values = json!({ "a": "{{ b }}", "b": "secret" });
        assert_eq!(filled("{{ a }}", &values).unwrap(), "{{ b }}");
    }

    #[test]
    fn braces_around_anything_else_are_text() {
        for text in [
            "{{",
            "}}",
            "{{ }}",
            "{{ 1x }}",
            "{{ a b }}",
            "{ a }",
            "{{ f(x) }}",
            "{{ \u{e9} }}",
        ] {
            assert_eq!(filled(text, &json!({})).unwrap(), text);
            assert_eq!(variables(text).count(), 0, "{text}");
        }
        assert_eq!(filled("{{{ a }}}", &json!({ "a": 1 })).unwrap(), "{1}");
    }

    #[test]
    fn a_variable_without_a_value_is_named() {
        assert_eq!(
            filled("{{ a }}{{ gone }}", &json!({ "a": "" })).unwrap_err(),
            "gone"
        );
    }

    #[test]
    fn a_long_row_of_open_braces_takes_no_time() {
        let text = "{{".repeat(200_000);
        assert_eq!(variables(&text).count(), 0);
        let text = format!("{} }}}}", "{{ ".repeat(20_000));
        assert_eq!(variables(&text).count(), 0);
    }
}

//! JSON on stdout: one document, or one line for each of a stream.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::failure::Failure;

/// Returns a document, indented, with its line ended.
///
/// Control characters are escaped by JSON itself; the C1 and bidirectional ones that JSON lets through are escaped here.
pub(super) fn document(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).expect("a JSON value always has a text");
    escape(&text) + "\n"
}

/// Returns the document of a failed command.
pub(super) fn failure(failure: &Failure) -> String {
    document(&json!({ "ok": false, "error": failure.json() }))
}

/// Escapes what JSON need not but a terminal must not see; outside strings JSON has none of it.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_back_and_holds_no_control_character() {
        let value = json!({"name": "\u{1b}]52;c;x\u{7} \u{9b}31m \u{202e}abc \u{7f} 日本"});
        let text = document(&value);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        assert!(!text.contains('\u{202e}'));
        let back: Value = serde_json::from_str(&text).expect("our own JSON parses");
        assert_eq!(back, value);
    }
}

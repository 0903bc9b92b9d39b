//! Content is never control: marks the text of tokens in messages before a template sees them.

use serde_json::{Map, Value};

use crate::error::ModelError;
use crate::tokenizer::specials::{MARKERS, Specials, Writer};

/// Puts a marker into every token that a string of `data` spells though its writer may not, and
/// returns the marker; `None` when there was nothing to mark.
///
/// # Errors
/// [`ModelError::Template`] when the data holds every character that could be the marker.
pub(super) fn mark(data: &mut Value, specials: &Specials) -> Result<Option<char>, ModelError> {
    let touch = &mut |text: &str, writer| specials.touch(text, writer);
    if !any_string(data, Writer::Anyone, touch) {
        return Ok(None);
    }
    let is_free =
        |marker: &char| !any_string(data, Writer::Anyone, &mut |text, _| text.contains(*marker));
    let marker = MARKERS
        .into_iter()
        .find(is_free)
        .ok_or_else(|| ModelError::Template {
            reason: "the messages hold every character that is reserved for marking".to_owned(),
        })?;
    mark_all(data, Writer::Anyone, specials, marker);
    Ok(Some(marker))
}

/// Who wrote the field `key` of an object: what an assistant said and thought keeps its markup, for
/// templates take it apart; the arguments of its calls are data.
fn writer_of(fields: &Map<String, Value>, key: &str) -> Writer {
    let of_assistant = fields.get("role").and_then(Value::as_str) == Some("assistant");
    match key {
        "content" | "reasoning_content" if of_assistant => Writer::Assistant,
        _ => Writer::Anyone,
    }
}

/// Whether `holds` is true of any string or key in `value`.
fn any_string(value: &Value, writer: Writer, holds: &mut impl FnMut(&str, Writer) -> bool) -> bool {
    match value {
        Value::String(text) => holds(text, writer),
        Value::Array(items) => items.iter().any(|item| any_string(item, writer, holds)),
        Value::Object(fields) => fields.iter().any(|(key, item)| {
            holds(key, Writer::Anyone) || any_string(item, writer_of(fields, key), holds)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn mark_all(value: &mut Value, writer: Writer, specials: &Specials, marker: char) {
    match value {
        Value::String(text) => *text = specials.mark(text, writer, marker),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| mark_all(item, writer, specials, marker)),
        Value::Object(fields) => {
            let mut renamed = Map::new();
            for (key, item) in fields.iter() {
                let mut item = item.clone();
                mark_all(&mut item, writer_of(fields, key), specials, marker);
                renamed.insert(specials.mark(key, Writer::Anyone, marker), item);
            }
            *fields = renamed;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

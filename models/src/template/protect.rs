//! Content is never control: marks the text of tokens in messages before a template sees them.

use serde_json::{Map, Value};

use crate::error::ModelError;
use crate::tokenizer::specials::Specials;

/// Characters that Unicode reserves for a program's own use and that text never holds.
const MARKERS: std::ops::RangeInclusive<char> = '\u{fdd0}'..='\u{fdef}';

/// Puts a marker into every token that a string of `data` spells, and returns the marker; `None` when
/// there was nothing to mark.
///
/// # Errors
/// [`ModelError::Template`] when the data holds every character that could be the marker.
pub(super) fn mark(data: &mut Value, specials: &Specials) -> Result<Option<char>, ModelError> {
    if !any_string(data, &mut |text| specials.touch(text)) {
        return Ok(None);
    }
    let is_free = |marker: &char| !any_string(data, &mut |text| text.contains(*marker));
    let marker = MARKERS
        .into_iter()
        .find(is_free)
        .ok_or_else(|| ModelError::Template {
            reason: "the messages hold every character that is reserved for marking".to_owned(),
        })?;
    mark_all(data, specials, marker);
    Ok(Some(marker))
}

/// Whether `holds` is true of any string or key in `value`.
fn any_string(value: &Value, holds: &mut impl FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => holds(text),
        Value::Array(items) => items.iter().any(|item| any_string(item, holds)),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, item)| holds(key) || any_string(item, holds)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn mark_all(value: &mut Value, specials: &Specials, marker: char) {
    match value {
        Value::String(text) => *text = specials.mark(text, marker),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| mark_all(item, specials, marker)),
        Value::Object(fields) => {
            let renamed = std::mem::take(fields).into_iter().map(|(key, mut item)| {
                mark_all(&mut item, specials, marker);
                (specials.mark(&key, marker), item)
            });
            *fields = renamed.collect::<Map<String, Value>>();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

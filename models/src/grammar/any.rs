//! Values of which a schema says nothing: any JSON, but with numbers that can be read and nesting that
//! ends, so that what is written can be read back.

use serde_json::{Map, Value, json};

/// What stands where a schema allows everything.
pub(super) const ANY_REF: &str = "#/$defs/aldo-any-0";
/// How deep free values nest.
const DEPTH: usize = 24;
/// Keywords that say nothing about what is valid.
const ANNOTATIONS: [&str; 14] = [
    "title",
    "description",
    "default",
    "examples",
    "$comment",
    "readOnly",
    "writeOnly",
    "$schema",
    "$id",
    "id",
    "$anchor",
    "contentMediaType",
    "contentEncoding",
    "$defs",
];

/// Whether a schema allows everything.
pub(super) fn is_any(schema: &Map<String, Value>) -> bool {
    schema.keys().all(|key| ANNOTATIONS.contains(&key.as_str()))
}

/// Adds the definitions that [`ANY_REF`] leads to.
pub(super) fn add_any(root: &mut Map<String, Value>) {
    let definitions = root.entry("$defs").or_insert_with(|| json!({}));
    let Some(definitions) = definitions.as_object_mut() else {
        return; // the engine refuses it with its own words
    };
    for level in 0..=DEPTH {
        let mut kinds = vec![
            json!({"type": "null"}),
            json!({"type": "boolean"}),
            json!({"type": "number",
                "minimum": -999_999_999_999_999_i64, "maximum": 999_999_999_999_999_i64}),
            json!({"type": "string"}),
        ];
        if level < DEPTH {
            let inner = json!({"$ref": format!("#/$defs/aldo-any-{}", level + 1)});
            kinds.push(json!({"type": "array", "items": inner}));
            kinds.push(json!({"type": "object", "additionalProperties": inner}));
        }
        definitions.insert(format!("aldo-any-{level}"), json!({"anyOf": kinds}));
    }
}

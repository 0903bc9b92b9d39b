//! How much of a tool's schema its calls can be held to.
//!
//! Tools come from servers whose schemas nobody here chose. One keyword that no grammar can promise must
//! not take the tool away, nor the others with it: its calls are held to the rest, and whoever runs
//! the tool checks the whole.

use serde_json::{Map, Value, json};

use super::schema;
use crate::dialect::Tool;

/// `tool` with the most of its schema for which `builds` holds, from all of it to nothing but an object.
pub(super) fn promised(tool: &Tool, builds: impl Fn(&Tool) -> bool) -> Tool {
    let with = |parameters: Value| Tool {
        name: tool.name.clone(),
        parameters,
    };
    let forms: [fn(&Value) -> Value; 3] = [Clone::clone, schema::loosened, names_and_types];
    let mut forms = forms.into_iter().map(|form| with(form(&tool.parameters)));
    let held = forms.find(builds);
    held.unwrap_or_else(|| with(json!({"type": "object"})))
}

/// The names and types of the properties, and which of them are required.
fn names_and_types(parameters: &Value) -> Value {
    let known = parameters["properties"].as_object();
    let known = known.into_iter().flatten();
    let properties: Map<String, Value> = known
        .map(|(name, schema)| {
            let kind = schema.get("type").filter(|kind| kind.is_string());
            let kind = kind.map_or_else(|| json!({}), |kind| json!({"type": kind}));
            (name.clone(), kind)
        })
        .collect();
    let required = parameters["required"].as_array().cloned();
    let mut required = required.unwrap_or_default();
    required.retain(|name| {
        name.as_str()
            .is_some_and(|name| properties.contains_key(name))
    });
    json!({"type": "object", "properties": properties, "required": required})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(parameters: Value, builds: impl Fn(&Tool) -> bool) -> Value {
        let name = "t".to_owned();
        promised(&Tool { name, parameters }, builds).parameters
    }

    #[test]
    fn no_more_is_left_out_than_must_be() {
        let schema = json!({
            "type": "object",
            "properties": {"a": {"type": "string", "not": {"const": ""}}, "b": {"enum": [1]}},
            "required": ["a", "c"],
            "uniqueItems": true,
        });
        assert_eq!(held(schema.clone(), |_| true), schema);
        let says = |tool: &Tool, word: &str| tool.parameters.to_string().contains(word);
        let loosened = held(schema.clone(), |tool| !says(tool, "not"));
        assert_eq!(
            loosened,
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"enum": [1]}},
                "required": ["a", "c"]})
        );
        let bare = held(schema.clone(), |tool| !says(tool, "enum"));
        assert_eq!(
            bare,
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]})
        );
        assert_eq!(held(schema, |_| false), json!({"type": "object"}));
    }

    #[test]
    fn a_keyword_as_the_name_of_a_property_is_kept() {
        let schema = json!({"properties": {"not": {"type": "string"}, "if": {"contains": {}}}});
        let kept = held(schema, |tool| {
            !tool.parameters.to_string().contains("contains")
        });
        assert_eq!(
            kept,
            json!({"properties": {"not": {"type": "string"}, "if": {}}})
        );
    }
}

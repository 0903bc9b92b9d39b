use serde_json::Value;

/// What is known of an answer before it is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Whether the prompt ended in open reasoning.
    pub starts_in_reasoning: bool,
    /// Whether the answer has a form: what does not begin as reasoning or as a call is then text to
    /// its end, marks in it included.
    pub formed: bool,
    /// The tools that may be called, for dialects whose values say nothing of their types.
    pub tools: Vec<Tool>,
}

/// A tool as far as its calls go.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// The JSON Schema of its arguments.
    pub parameters: Value,
}

impl Tool {
    /// The schema of the argument `key`.
    pub(crate) fn property(&self, key: &str) -> Option<&Value> {
        self.parameters.get("properties")?.get(key)
    }
}

/// Whether a value of `schema` is text, and is therefore written as it is where others are JSON.
pub(crate) fn is_text(schema: &Value) -> bool {
    let all_text = |values: &Value| {
        values
            .as_array()
            .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_string))
    };
    match (schema.get("type"), schema.get("enum"), schema.get("const")) {
        (Some(kind), _, _) => kind == "string",
        (None, Some(values), _) => all_text(values),
        (None, None, Some(value)) => value.is_string(),
        (None, None, None) => false,
    }
}

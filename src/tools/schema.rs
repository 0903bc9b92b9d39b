//! What a model is told of the native tools: name, description, JSON Schema of the arguments.

use serde_json::Value;

/// A native tool as a model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSchema {
    /// Its name, such as `fs.read`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// The JSON Schema of its arguments.
    pub parameters: Value,
}

/// Returns the native tool called `name`.
pub fn native(name: &str) -> Option<ToolSchema> {
    let _ = name;
    None
}

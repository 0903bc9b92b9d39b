use serde_json::Value;

/// What an answer must look like. Reasoning before it stays free.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum ResponseFormat {
    /// Any text.
    #[default]
    Text,
    /// A JSON object.
    Json,
    /// JSON that is valid under this JSON Schema.
    JsonSchema(Value),
    /// Text that matches this regular expression as a whole.
    Regex(String),
}

impl ResponseFormat {
    /// Whether any text will do.
    pub fn is_free(&self) -> bool {
        *self == Self::Text
    }
}

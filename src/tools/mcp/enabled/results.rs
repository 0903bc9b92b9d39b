//! What a server sends, as what aldo knows.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents, Tool};
use serde_json::Value;

use super::super::super::outcome::ToolOutcome;
use super::super::definition::Definition;
use super::visible::{short, visible};

/// The longest name of a tool, in characters.
const NAME_CHARS_MAX: usize = 128;
/// How much of a description the model reads, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 4096;
/// The largest schema, in bytes.
const SCHEMA_BYTES_MAX: usize = 64 << 10;
/// How much of a result the model reads, in bytes.
const RESULT_BYTES_MAX: usize = 64 << 10;

/// Stands for what a later version of the protocol brings.
const UNKNOWN: &str = "[content of a kind that aldo does not know]";

/// Reads what a server says of a tool.
pub(super) fn definition(tool: Tool) -> Result<Definition, String> {
    let name = tool.name.into_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(plain) {
        return Err(format!("`{}` cannot name a tool", short(&name)));
    }
    let parameters = visible_json(Value::Object((*tool.input_schema).clone()));
    if parameters.to_string().len() > SCHEMA_BYTES_MAX {
        return Err(format!("the schema of `{name}` is larger than 64 KiB"));
    }
    let description = visible(tool.description.as_deref().unwrap_or_default());
    let annotations = tool.annotations;
    Ok(Definition {
        description: cut(description, DESCRIPTION_BYTES_MAX),
        parameters,
        read_only: annotations.and_then(|annotations| annotations.read_only_hint),
        name,
    })
}

/// Reads what came of a call.
pub(super) fn outcome(result: CallToolResult) -> ToolOutcome {
    let mut texts: Vec<String> = result.content.into_iter().map(block).collect();
    if texts.is_empty() {
        texts.extend(
            result
                .structured_content
                .map(|value| visible(&value.to_string())),
        );
    }
    let text = cut(texts.join("\n"), RESULT_BYTES_MAX);
    if result.is_error == Some(true) {
        return ToolOutcome::Failed(text);
    }
    ToolOutcome::Done(text)
}

fn block(block: ContentBlock) -> String {
    match block {
        ContentBlock::Text(text) => visible(&text.text),
        ContentBlock::Image(image) => left_out(&image.mime_type, image.data.len()),
        ContentBlock::Audio(audio) => left_out(&audio.mime_type, audio.data.len()),
        ContentBlock::Resource(resource) => match resource.resource {
            ResourceContents::TextResourceContents { text, .. } => visible(&text),
            ResourceContents::BlobResourceContents {
                blob, mime_type, ..
            } => left_out(mime_type.as_deref().unwrap_or("data"), blob.len()),
            _ => UNKNOWN.to_owned(),
        },
        ContentBlock::ResourceLink(link) => format!("[a link to {}]", short(&link.uri)),
        _ => UNKNOWN.to_owned(),
    }
}

fn left_out(kind: &str, bytes: usize) -> String {
    format!("[{} of {bytes} bytes, not shown]", short(kind))
}

fn cut(text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let end = text.floor_char_boundary(most);
    format!(
        "{}\n[{} bytes more are not shown]",
        &text[..end],
        text.len() - end
    )
}

fn visible_json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(visible(&text)),
        Value::Array(items) => items.into_iter().map(visible_json).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            fields
                .map(|(key, value)| (visible(&key), visible_json(value)))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

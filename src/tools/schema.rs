//! What a model is told of the native tools: name, description, JSON Schema of the arguments.
//!
//! The arguments are those the tool reads: one type is both. Knows nothing of how a tool runs.

use aldo_backends::ToolSpec;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{fs, git, memory, shell};

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

impl From<ToolSchema> for ToolSpec {
    fn from(tool: ToolSchema) -> Self {
        Self {
            name: tool.name.to_owned(),
            description: tool.description.to_owned(),
            parameters: tool.parameters,
        }
    }
}

/// Returns the native tool called `name`.
pub fn native(name: &str) -> Option<ToolSchema> {
    let row = TOOLS.iter().find(|row| row.name == name)?;
    Some(ToolSchema {
        name: row.name,
        description: row.description,
        parameters: (row.parameters)(),
    })
}

/// Returns the names of all native tools, in the order of the table.
pub fn names() -> &'static [&'static str] {
    &NAMES
}

struct Row {
    name: &'static str,
    description: &'static str,
    parameters: fn() -> Value,
}

const fn row<T: JsonSchema>(name: &'static str, description: &'static str) -> Row {
    Row {
        name,
        description,
        parameters: parameters::<T>,
    }
}

const TOOLS: [Row; 21] = [
    row::<fs::Read>("fs.read", "Reads a text file."),
    row::<fs::Write>("fs.write", "Writes a text file, replacing what it held."),
    row::<fs::Edit>(
        "fs.edit",
        "Replaces one passage of a text file; the passage must occur exactly once.",
    ),
    row::<fs::List>("fs.list", "Lists the entries of a folder."),
    row::<fs::Stat>(
        "fs.stat",
        "Says whether a path is a file or a folder, its size and when it changed.",
    ),
    row::<fs::Search>("fs.search", "Finds lines that match a regular expression."),
    row::<fs::Mkdir>("fs.mkdir", "Makes a folder, and those above it."),
    row::<fs::Move>("fs.move", "Moves a file or a folder; never over another."),
    row::<fs::Delete>("fs.delete", "Deletes a file or an empty folder."),
    row::<shell::Arguments>(
        "shell.exec",
        "Runs a program with arguments; no shell reads them.",
    ),
    row::<git::Status>("git.status", "Shows what has changed in the working tree."),
    row::<git::Diff>("git.diff", "Shows changes as a patch."),
    row::<git::Log>("git.log", "Lists commits, newest first."),
    row::<git::Add>("git.add", "Stages files."),
    row::<git::Commit>("git.commit", "Commits what is staged."),
    row::<git::Branch>("git.branch", "Lists branches, or makes one."),
    row::<git::Checkout>("git.checkout", "Switches to a branch."),
    row::<memory::Read>("memory.read", "Reads a note."),
    row::<memory::Write>("memory.write", "Writes a note, replacing what it held."),
    row::<memory::Scan>("memory.scan", "Lists the notes of a scope."),
    row::<memory::Delete>("memory.delete", "Deletes a note."),
];

const NAMES: [&str; TOOLS.len()] = {
    let mut names = [""; TOOLS.len()];
    let mut at = 0;
    while at < TOOLS.len() {
        names[at] = TOOLS[at].name;
        at += 1;
    }
    names
};

/// The schema of a type as small models read it best: an object of plain properties, and of each what
/// must be known to fill it in.
fn parameters<T: JsonSchema>() -> Value {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    let fields = |name: &str| match schema.get(name) {
        Some(Value::Object(fields)) => fields.clone(),
        Some(_) | None => Map::new(),
    };
    let properties: Map<String, Value> = fields("properties")
        .into_iter()
        .map(|(name, schema)| (name, property(&schema)))
        .collect();
    let required = schema.get("required").cloned();
    json!({
        "type": "object",
        "properties": properties,
        "required": required.unwrap_or_else(|| json!([])),
        "additionalProperties": false,
    })
}

/// An argument that may be left out is of its type where it is there.
fn property(schema: &Value) -> Value {
    let mut property = Map::new();
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned(),
        kind => Some(kind.clone()),
    };
    property.insert("type".to_owned(), kind.unwrap_or_default());
    for name in ["minimum", "items", "description"] {
        if let Some(value) = schema.get(name) {
            property.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(property)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_tool_is_described_as_a_json_schema_of_an_object() {
        let read = native("fs.read").unwrap();
        assert_eq!(read.description, "Reads a text file.");
        assert_eq!(
            read.parameters,
            json!({
                "type": "object",
                "properties": {
                    "path": { "type": "string", "description": "Path below the root." },
                    "offset": { "type": "integer", "minimum": 1, "description": "First line to read, from 1." },
                    "limit": { "type": "integer", "minimum": 1, "description": "How many lines to read." },
                },
                "required": ["path"],
                "additionalProperties": false,
            })
        );
    }

    #[test]
    fn the_table_holds_the_tools_of_the_specification_once_each() {
        let expected = "fs.read fs.write fs.edit fs.list fs.stat fs.search fs.mkdir fs.move fs.delete \
                        shell.exec git.status git.diff git.log git.add git.commit git.branch git.checkout \
                        memory.read memory.write memory.scan memory.delete";
        assert_eq!(names().join(" "), expected);
        assert!(names().iter().all(|name| native(name).is_some()));
        assert_eq!(native("fs.reed"), None);
    }

    #[test]
    fn what_is_required_is_a_property() {
        for name in names() {
            let parameters = native(name).unwrap().parameters;
            for required in parameters["required"].as_array().unwrap() {
                assert!(
                    parameters["properties"]
                        .get(required.as_str().unwrap())
                        .is_some()
                );
            }
        }
    }
}

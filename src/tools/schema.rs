//! What a model is told of the native tools: name, description, JSON Schema of the arguments.
//!
//! Knows nothing of how a tool runs.

use aldo_backends::ToolSpec;
use serde_json::{Map, Value, json};

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
        parameters: parameters(row.arguments),
    })
}

/// Returns the names of all native tools, in the order of the table.
pub fn names() -> &'static [&'static str] {
    &NAMES
}

struct Row {
    name: &'static str,
    description: &'static str,
    arguments: &'static [Argument],
}

struct Argument {
    name: &'static str,
    kind: Kind,
    required: bool,
    description: &'static str,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Count,
    Flag,
    Texts,
}

const fn required(name: &'static str, kind: Kind, description: &'static str) -> Argument {
    Argument {
        name,
        kind,
        required: true,
        description,
    }
}

const fn optional(name: &'static str, kind: Kind, description: &'static str) -> Argument {
    Argument {
        name,
        kind,
        required: false,
        description,
    }
}

const fn row(name: &'static str, description: &'static str, arguments: &'static [Argument]) -> Row {
    Row {
        name,
        description,
        arguments,
    }
}

const PATH: Argument = required("path", Kind::Text, "Path below the root.");
const KEY: Argument = required("key", Kind::Text, "Name of the note.");
const SCOPE: Argument = required("scope", Kind::Text, "Scope the note belongs to.");
const MESSAGE: Argument = required("message", Kind::Text, "Commit message.");

const TOOLS: [Row; 21] = [
    row(
        "fs.read",
        "Reads a text file.",
        &[
            PATH,
            optional("offset", Kind::Count, "First line to read, from 1."),
            optional("limit", Kind::Count, "How many lines to read."),
        ],
    ),
    row(
        "fs.write",
        "Writes a text file, replacing what it held.",
        &[PATH, required("content", Kind::Text, "The whole new text.")],
    ),
    row(
        "fs.edit",
        "Replaces one passage of a text file; the passage must occur exactly once.",
        &[
            PATH,
            required("old", Kind::Text, "The passage as it stands."),
            required("new", Kind::Text, "What replaces it."),
            optional("all", Kind::Flag, "Replace every occurrence."),
        ],
    ),
    row("fs.list", "Lists the entries of a folder.", &[PATH]),
    row(
        "fs.stat",
        "Says whether a path is a file or a folder, its size and when it changed.",
        &[PATH],
    ),
    row(
        "fs.search",
        "Finds lines that match a regular expression.",
        &[
            required("pattern", Kind::Text, "The regular expression."),
            optional("path", Kind::Text, "Folder to look in, below the root."),
            optional(
                "glob",
                Kind::Text,
                "Only files whose path matches, such as `*.rs`.",
            ),
        ],
    ),
    row("fs.mkdir", "Makes a folder, and those above it.", &[PATH]),
    row(
        "fs.move",
        "Moves a file or a folder; never over another.",
        &[
            required("from", Kind::Text, "Path below the root."),
            required("to", Kind::Text, "New path below the root."),
        ],
    ),
    row("fs.delete", "Deletes a file or an empty folder.", &[PATH]),
    row(
        "shell.exec",
        "Runs a program with arguments; no shell reads them.",
        &[
            required("program", Kind::Text, "Name of the program."),
            optional("args", Kind::Texts, "Its arguments, one by one."),
            optional("cwd", Kind::Text, "Folder to run in, below the root."),
            optional(
                "timeout_ms",
                Kind::Count,
                "Milliseconds until it is stopped.",
            ),
        ],
    ),
    row(
        "git.status",
        "Shows what has changed in the working tree.",
        &[],
    ),
    row(
        "git.diff",
        "Shows changes as a patch.",
        &[
            optional("path", Kind::Text, "Only this path."),
            optional("staged", Kind::Flag, "Changes that are staged."),
        ],
    ),
    row(
        "git.log",
        "Lists commits, newest first.",
        &[
            optional("limit", Kind::Count, "How many."),
            optional("path", Kind::Text, "Only those that touch this path."),
        ],
    ),
    row(
        "git.add",
        "Stages files.",
        &[required("paths", Kind::Texts, "Paths below the root.")],
    ),
    row("git.commit", "Commits what is staged.", &[MESSAGE]),
    row(
        "git.branch",
        "Lists branches, or makes one.",
        &[optional("name", Kind::Text, "Name of the new branch.")],
    ),
    row(
        "git.checkout",
        "Switches to a branch.",
        &[required("branch", Kind::Text, "Name of the branch.")],
    ),
    row("memory.read", "Reads a note.", &[SCOPE, KEY]),
    row(
        "memory.write",
        "Writes a note, replacing what it held.",
        &[
            SCOPE,
            KEY,
            required("value", Kind::Text, "The whole new text."),
        ],
    ),
    row(
        "memory.scan",
        "Lists the notes of a scope.",
        &[
            SCOPE,
            optional("prefix", Kind::Text, "Only names that begin so."),
        ],
    ),
    row("memory.delete", "Deletes a note.", &[SCOPE, KEY]),
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

fn parameters(arguments: &[Argument]) -> Value {
    let properties: Map<String, Value> = arguments
        .iter()
        .map(|argument| (argument.name.to_owned(), property(argument)))
        .collect();
    let required: Vec<&str> = arguments
        .iter()
        .filter(|argument| argument.required)
        .map(|a| a.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(argument: &Argument) -> Value {
    let description = argument.description;
    match argument.kind {
        Kind::Text => json!({ "type": "string", "description": description }),
        Kind::Count => json!({ "type": "integer", "minimum": 1, "description": description }),
        Kind::Flag => json!({ "type": "boolean", "description": description }),
        Kind::Texts => {
            json!({ "type": "array", "items": { "type": "string" }, "description": description })
        }
    }
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

//! YAML files to the types behind them, with limits, and what the parser says put into our words.
//!
//! Knows no agent and no catalogue.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_saphyr::{DefaultMessageFormatter, Error as YamlError, MessageFormatter, Options};

use crate::nearest::nearest;

mod beside;
mod either;
mod error;

pub(crate) use beside::{check_name, inside, missing};
pub(crate) use either::one_of_two;
pub use error::{Fault, FileError};

/// The largest file read, in bytes.
pub(crate) const FILE_BYTES_MAX: u64 = 1_000_000;
/// The most sequences and mappings inside each other.
const DEPTH_MAX: usize = 32;
/// The most nodes: a long prompt is one node, so no honest file comes near.
const NODES_MAX: usize = 20_000;
/// The most values copied by aliases: nothing needs more than a few.
const REPLAYED_EVENTS_MAX: usize = 2_000;

/// Reads a text file that is one, and not too large; the reason reads on after the file's name.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    String::from_utf8(read_bytes(path)?).map_err(|_| "is not UTF-8 text".to_owned())
}

/// Reads a file that is one, and not too large; the reason reads on after the file's name.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    // Looked at before it is opened: opening a pipe would wait for ever.
    let kind = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !kind.is_file() {
        return Err("is not a file".to_owned());
    }
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err("is larger than 1 MB".to_owned());
    }
    Ok(bytes)
}

/// Reads YAML of at most [`FILE_BYTES_MAX`] bytes.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| fault(&error))
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_nodes: NODES_MAX,
            flow_nesting_limit: DEPTH_MAX,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: REPLAYED_EVENTS_MAX,
            max_replay_stack_depth: 8,
        },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

fn fault(error: &YamlError) -> Fault {
    let (line, column) = error
        .location()
        .map_or((1, 1), |place| (place.line(), place.column()));
    let (message, hint) = words(error);
    Fault {
        line: line.max(1),
        column: column.max(1),
        message,
        hint,
    }
}

/// What is wrong, and what to write instead. The parser's error type is open, so what has no words of ours keeps its own.
fn words(error: &YamlError) -> (String, Option<String>) {
    match error {
        YamlError::AliasError { error, .. } => words(error),
        YamlError::SerdeUnknownField {
            field, expected, ..
        } => (
            format!("unknown key `{field}`"),
            Some(meant(field, expected)),
        ),
        YamlError::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            let message = format!("unknown word `{variant}`, expected {}", either(expected));
            (
                message,
                nearest(variant, expected.iter().copied()).map(did_you_mean),
            )
        }
        YamlError::SerdeMissingField { field, .. } => (format!("missing key `{field}`"), None),
        YamlError::SerdeInvalidType {
            unexpected,
            expected,
            ..
        }
        | YamlError::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => (format!("expected {expected}, found {unexpected}"), None),
        YamlError::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or("?");
            (format!("the key `{key}` is here a second time"), None)
        }
        YamlError::MultipleDocuments { .. } => (
            "a second document begins here, and a file is one".to_owned(),
            None,
        ),
        YamlError::MergeKeyNotAllowed { .. } => ("`<<` is not supported".to_owned(), None),
        YamlError::Eof { .. } => ("the file is empty or ends too early".to_owned(), None),
        YamlError::Budget { .. }
        | YamlError::AliasReplayLimitExceeded { .. }
        | YamlError::AliasReplayStackDepthExceeded { .. } => {
            let message = format!("too large or too deep: {}", parser_words(error));
            (message, None)
        }
        _ => (parser_words(error).into_owned(), None),
    }
}

fn parser_words(error: &YamlError) -> Cow<'_, str> {
    DefaultMessageFormatter.format_message(error)
}

fn meant(key: &str, known: &[&str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(near) => did_you_mean(near),
        None => format!("the keys known here: {}", known.join(", ")),
    }
}

fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

/// `` `a`, `b` or `c` ``.
fn either(words: &[&str]) -> String {
    let mut quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let last = quoted.pop().unwrap_or_default();
    if quoted.is_empty() {
        last
    } else {
        format!("{} or {last}", quoted.join(", "))
    }
}

//! YAML text to [`RawAgent`], with limits, and what the parser says put into our words.

use std::borrow::Cow;

use serde_saphyr::{DefaultMessageFormatter, Error as YamlError, MessageFormatter, Options};

use super::error::Fault;
use super::raw::RawAgent;
use crate::nearest::nearest;

/// The largest spec read, in bytes.
pub(super) const SPEC_BYTES_MAX: u64 = 1_000_000;
/// The most sequences and mappings inside each other.
const DEPTH_MAX: usize = 32;
/// The most nodes: a long prompt is one node, so no honest spec comes near.
const NODES_MAX: usize = 20_000;
/// The most values copied by aliases: nothing in a spec needs more than a few.
const REPLAYED_EVENTS_MAX: usize = 2_000;

/// Reads the text of a spec.
pub(super) fn read(text: &str) -> Result<RawAgent, Fault> {
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
            "a second document begins here, and a spec is one".to_owned(),
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

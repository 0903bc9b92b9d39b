//! `--inputs`: JSON on the command line, in a file, or on stdin.

use std::fs::File;
use std::io::{self, Read};

use serde_json::Value;

use crate::failure::Failure;
use crate::spec::InputError;

/// How much is read, in bytes.
const INPUT_BYTES_MAX: u64 = 16 << 20;

/// Reads the inputs; `null` where none are given.
///
/// # Errors
/// A usage failure when they cannot be read, or are meant as JSON and are none.
pub(super) fn read(given: Option<&str>) -> Result<Value, Failure> {
    match given {
        None => Ok(Value::Null),
        Some("-") => parse(&capped("stdin", io::stdin())?, "stdin"),
        Some(text) => match text.strip_prefix('@') {
            Some(path) => {
                let file = File::open(path).map_err(|error| unreadable(path, error))?;
                parse(&capped(path, file)?, path)
            }
            None => parse(text, "--inputs"),
        },
    }
}

/// Reads a text that is typed, in a file, or on stdin.
///
/// # Errors
/// A usage failure when it cannot be read.
pub(crate) fn text(given: &str) -> Result<String, Failure> {
    match (given, given.strip_prefix('@')) {
        ("-", _) => capped("stdin", io::stdin()),
        (_, Some(path)) => {
            let file = File::open(path).map_err(|error| unreadable(path, error))?;
            capped(path, file)
        }
        (text, None) => Ok(text.to_owned()),
    }
}

/// What begins like JSON must be JSON; other text is the task itself.
fn parse(text: &str, whence: &str) -> Result<Value, Failure> {
    let text = text.trim_start_matches('\u{feff}');
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(error) if text.trim_start().starts_with(['{', '[', '"']) => {
            let place = format!("{whence}:{}:{}", error.line(), error.column());
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            let message = format!("{place}: the inputs are no JSON: {reason}");
            Err(Failure::usage("bad_inputs", message))
        }
        Err(_) => Ok(Value::String(
            text.trim_end_matches(['\n', '\r']).to_owned(),
        )),
    }
}

fn capped(whence: &str, reader: impl Read) -> Result<String, Failure> {
    let mut text = String::new();
    let read = reader.take(INPUT_BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| unreadable(whence, error))?;
    if text.len() as u64 > INPUT_BYTES_MAX {
        let message = format!("the inputs in `{whence}` are larger than 16 MiB");
        return Err(Failure::usage("bad_inputs", message));
    }
    Ok(text)
}

fn unreadable(whence: &str, error: io::Error) -> Failure {
    let message = format!("cannot read the inputs from `{whence}`");
    Failure::usage("bad_inputs", message).because(error)
}

/// Turns what an agent says about its inputs into a failure.
pub(super) fn refused(error: &InputError) -> Failure {
    Failure::usage("bad_inputs", error.to_string())
        .hint("give them with `--inputs`, as JSON, `@FILE`, or `-` for stdin")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn text_that_is_no_json_is_the_task() {
        assert_eq!(parse("greet me\n", "x").unwrap(), json!("greet me"));
        assert_eq!(
            parse("{\"task\":\"x\"}", "x").unwrap(),
            json!({"task": "x"})
        );
        assert_eq!(read(None).unwrap(), Value::Null);
    }

    #[test]
    fn broken_json_is_refused_with_its_place() {
        let failure = parse("{\n \"a\": }", "--inputs").unwrap_err();
        assert_eq!(
            failure.sentence(),
            "--inputs:2:7: the inputs are no JSON: expected value"
        );
        assert_eq!(failure.kind.exit_code(), 2);
    }

    #[test]
    fn a_missing_file_is_named() {
        let failure = read(Some("@/nowhere/inputs.json")).unwrap_err();
        assert!(
            failure
                .sentence()
                .starts_with("cannot read the inputs from `/nowhere/inputs.json`: ")
        );
    }
}

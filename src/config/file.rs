//! One configuration file: keys and values with the place each was written at.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layers::{Origin, Setting};
use crate::env::{self, Variable};
use crate::failure::Failure;

/// How much of a configuration file is read, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What a file sets; nothing where there is no file.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) entries: Vec<Entry>,
}

/// One key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    key: String,
    /// Line and column, so that what is said about a file is in its order.
    at: (usize, usize),
    pub(super) setting: Setting,
}

impl Entry {
    /// Returns the variable the key stands for.
    ///
    /// # Errors
    /// A usage failure with the nearest key there is.
    pub(super) fn variable(&self) -> Result<&'static Variable, Failure> {
        env::by_key(&self.key).ok_or_else(|| {
            let message = format!(
                "{}nobody knows the key `{}`",
                self.setting.origin.place(),
                self.key
            );
            let failure = Failure::usage("unknown_key", message);
            let keys = env::ALL.iter().filter_map(|variable| variable.key);
            match crate::nearest::nearest(&self.key, keys) {
                Some(key) => failure.hint(format!("did you mean `{key}`?")),
                None => failure,
            }
        })
    }
}

/// Reads the file at `path`; a file that is not there sets nothing.
///
/// # Errors
/// A usage failure when it cannot be read, is too large, or is no TOML of plain values.
pub(super) fn read(path: &Path) -> Result<File, Failure> {
    match read_text(path) {
        Ok(text) => parse(&text, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => {
            let message = format!("cannot read `{}`", path.display());
            Err(Failure::usage("bad_configuration", message).because(error))
        }
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let file = fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    Ok(text)
}

pub(super) fn parse(text: &str, path: &Path) -> Result<File, Failure> {
    let place = Place { text, path };
    let table = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        place.fault(start, error.message())
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        // One level: `[routing]` with `earned_classes` is the key `routing.earned_classes`.
        if let DeValue::Table(inner) = value.get_ref()
            && has_keys_below(key.get_ref())
        {
            for (inner_key, value) in inner {
                let name = format!("{}.{}", key.get_ref(), inner_key.get_ref());
                entries.push(place.entry(name, inner_key.span().start, value)?);
            }
        } else {
            let name = key.get_ref().to_string();
            entries.push(place.entry(name, key.span().start, value)?);
        }
    }
    entries.sort_by_key(|entry| entry.at);
    Ok(File { entries })
}

/// Returns the value as the environment would hold it; lists become comma lists.
fn plain_text(value: &Spanned<DeValue<'_>>) -> Result<String, &'static str> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.as_str().to_owned()),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(switch) => Ok(switch.to_string()),
        DeValue::Array(items) => {
            let words: Option<Vec<_>> = items.iter().map(|item| item.get_ref().as_str()).collect();
            let words = words.ok_or("must be a list of words")?;
            Ok(words.join(","))
        }
        DeValue::Datetime(_) | DeValue::Table(_) => {
            Err("must be text, a number, true or false, or a list of words")
        }
    }
}

/// Whether there are keys of the form `table.key`.
fn has_keys_below(table: &str) -> bool {
    let mut keys = env::ALL.iter().filter_map(|variable| variable.key);
    keys.any(|key| key.split_once('.').is_some_and(|(above, _)| above == table))
}

struct Place<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Place<'_> {
    fn entry(
        &self,
        key: String,
        offset: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Entry, Failure> {
        let text = plain_text(value)
            .map_err(|reason| self.fault(value.span().start, &format!("`{key}` {reason}")))?;
        let (line, column) = self.at(offset);
        let origin = Origin::File {
            path: self.path.to_owned(),
            line,
            column,
            key: key.clone(),
        };
        Ok(Entry {
            key,
            at: (line, column),
            setting: Setting {
                value: text,
                origin,
            },
        })
    }

    fn fault(&self, offset: usize, reason: &str) -> Failure {
        let (line, column) = self.at(offset);
        let reason = reason.lines().next().unwrap_or_default();
        let path = self.path.display();
        Failure::usage(
            "bad_configuration",
            format!("{path}:{line}:{column}: {reason}"),
        )
    }

    /// Returns the line and the column, in characters, both from 1.
    fn at(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

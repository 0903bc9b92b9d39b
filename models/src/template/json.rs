//! JSON as Python's `json.dumps` writes it, which is not how other writers do.

use std::fmt::Write as _;

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};
use serde_json::Value as Json;

/// The options of `json.dumps` that templates use.
#[derive(Debug, Default)]
pub(super) struct Style {
    pub(super) ensure_ascii: bool,
    pub(super) indent: Option<String>,
    /// Between items, and between key and value.
    pub(super) separators: Option<Vec<String>>,
    pub(super) sort_keys: bool,
}

/// Writes `value`.
///
/// # Errors
/// When it is undefined or holds what JSON cannot, as Python raises.
pub(super) fn dumps(value: &Value, style: &Style) -> Result<String, Error> {
    let invalid = |what: String| Error::new(ErrorKind::BadSerialization, what);
    if value.kind() == ValueKind::Undefined {
        return Err(invalid("an undefined value is not JSON".to_owned()));
    }
    let json = serde_json::to_value(value).map_err(|error| invalid(error.to_string()))?;
    let (item, key) = match style.separators.as_deref() {
        Some([item, key]) => (item.as_str(), key.as_str()),
        Some(_) => return Err(invalid("separators are two texts".to_owned())),
        // With an indentation, the line ends after the comma without a space.
        None if style.indent.is_some() => (",", ": "),
        None => (", ", ": "),
    };
    let mut writer = Writer {
        style,
        item,
        key,
        out: String::new(),
    };
    writer.value(&json, 0);
    Ok(writer.out)
}

struct Writer<'s> {
    style: &'s Style,
    item: &'s str,
    key: &'s str,
    out: String,
}

impl Writer<'_> {
    fn value(&mut self, value: &Json, depth: usize) {
        match value {
            Json::Null => self.out.push_str("null"),
            Json::Bool(true) => self.out.push_str("true"),
            Json::Bool(false) => self.out.push_str("false"),
            Json::Number(number) => self.number(number),
            Json::String(text) => self.string(text),
            Json::Array(items) => self.list(
                '[',
                ']',
                depth,
                items.iter().map(|item| (None, item)),
                items.is_empty(),
            ),
            Json::Object(fields) => {
                let mut fields: Vec<(&String, &Json)> = fields.iter().collect();
                if self.style.sort_keys {
                    fields.sort_by_key(|(key, _)| *key);
                }
                let empty = fields.is_empty();
                self.list(
                    '{',
                    '}',
                    depth,
                    fields.into_iter().map(|(key, item)| (Some(key), item)),
                    empty,
                );
            }
        }
    }

    fn list<'j>(
        &mut self,
        open: char,
        close: char,
        depth: usize,
        items: impl Iterator<Item = (Option<&'j String>, &'j Json)>,
        empty: bool,
    ) {
        self.out.push(open);
        for (index, (key, item)) in items.enumerate() {
            if index > 0 {
                self.out.push_str(self.item);
            }
            self.line(depth + 1);
            if let Some(key) = key {
                self.string(key);
                self.out.push_str(self.key);
            }
            self.value(item, depth + 1);
        }
        if !empty {
            self.line(depth);
        }
        self.out.push(close);
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.style.indent {
            self.out.push('\n');
            for _ in 0..depth {
                self.out.push_str(indent);
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\0'..='\x1f' => self.escape(character),
                '\x7f'.. if self.style.ensure_ascii && character != '\x7f' => {
                    self.escape(character);
                }
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    fn write(&mut self, what: std::fmt::Arguments<'_>) {
        self.out
            .write_fmt(what)
            .expect("writing to a string cannot fail");
    }

    fn escape(&mut self, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            self.write(format_args!("\\u{unit:04x}"));
        }
    }

    /// Python writes the shortest digits that give the number back, with an exponent below 1e-4 and
    /// from 1e16 on.
    fn number(&mut self, number: &serde_json::Number) {
        let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
            self.out.push_str(&number.to_string());
            return;
        };
        let magnitude = float.abs();
        if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
            let scientific = format!("{float:e}");
            let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
            let (sign, exponent) = exponent
                .strip_prefix('-')
                .map_or(('+', exponent), |e| ('-', e));
            self.write(format_args!("{digits}e{sign}{exponent:0>2}"));
        } else {
            self.write(format_args!("{float:?}"));
        }
    }
}

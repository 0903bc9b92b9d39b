//! Python's literals, as far as calls use them.

use serde_json::{Map, Value};

/// How deep lists and dictionaries nest.
const DEPTH_MAX: usize = 64;

/// Reads names, marks and literals from the front of a text.
pub(super) struct Reader<'t> {
    text: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, depth: 0 }
    }

    /// Takes `mark` if it comes next.
    pub(super) fn take(&mut self, mark: char) -> bool {
        self.text = self.text.trim_start();
        let rest = self.text.strip_prefix(mark);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    /// Takes `mark`, which must come next.
    pub(super) fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.take(mark) {
            return Ok(());
        }
        Err(match self.text.chars().next() {
            Some(found) => format!("`{mark}` is expected where `{found}` stands"),
            None => format!("the call ends before `{mark}`"),
        })
    }

    /// Takes white space up to the end.
    pub(super) fn end(&mut self) -> Result<(), String> {
        match self.text.trim_start().chars().next() {
            None => Ok(()),
            Some(found) => Err(format!("`{found}` follows the calls")),
        }
    }

    /// Takes the name of a tool or of an argument.
    pub(super) fn name(&mut self) -> Result<String, String> {
        self.text = self.text.trim_start();
        let end = self.text.find(|c| !super::is_name_part(c));
        let (name, rest) = self.text.split_at(end.unwrap_or(self.text.len()));
        if name.is_empty() {
            return Err("a name is missing".to_owned());
        }
        self.text = rest;
        Ok(name.to_owned())
    }

    /// Takes a literal.
    pub(super) fn value(&mut self) -> Result<Value, String> {
        self.text = self.text.trim_start();
        match self.text.chars().next() {
            Some(quote @ ('"' | '\'')) => self.string(quote).map(Value::String),
            Some('[') => self.nested(|reader| reader.items(']').map(Value::Array)),
            Some('(') => self.nested(|reader| reader.items(')').map(Value::Array)),
            Some('{') => self.nested(Self::dictionary),
            Some(_) | None => self.word(),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value, String>,
    ) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("values nest deeper than {DEPTH_MAX}"));
        }
        self.text = &self.text[1..]; // an ASCII bracket
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn items(&mut self, close: char) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.value()?);
            if !self.take(',') {
                self.expect(close)?;
                break;
            }
        }
        Ok(items)
    }

    fn dictionary(&mut self) -> Result<Value, String> {
        let mut entries = Map::new();
        while !self.take('}') {
            let Value::String(key) = self.value()? else {
                return Err("the keys of a dictionary must be strings".to_owned());
            };
            self.expect(':')?;
            entries.insert(key, self.value()?);
            if !self.take(',') {
                self.expect('}')?;
                break;
            }
        }
        Ok(Value::Object(entries))
    }

    fn word(&mut self) -> Result<Value, String> {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
        let end = self.text.find(|c| !part(c)).unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(end);
        self.text = rest;
        match word {
            "True" | "true" => Ok(Value::Bool(true)),
            "False" | "false" => Ok(Value::Bool(false)),
            "None" | "null" => Ok(Value::Null),
            _ => serde_json::from_str(word)
                .map_err(|_| format!("`{}` is no value", shortened(word, rest))),
        }
    }

    /// Takes a string with Python's escapes.
    fn string(&mut self, quote: char) -> Result<String, String> {
        let mut characters = self.text[1..].char_indices(); // behind an ASCII quote
        let mut string = String::new();
        while let Some((at, c)) = characters.next() {
            match c {
                _ if c == quote => {
                    self.text = &self.text[1 + at + 1..];
                    return Ok(string);
                }
                '\\' => match characters.next() {
                    Some((_, escaped)) => escape(escaped, &mut characters, &mut string)?,
                    None => break,
                },
                _ => string.push(c),
            }
        }
        Err("a string does not end".to_owned())
    }
}

fn escape(
    escaped: char,
    characters: &mut std::str::CharIndices,
    string: &mut String,
) -> Result<(), String> {
    let digits = match escaped {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    match escaped {
        'n' => string.push('\n'),
        't' => string.push('\t'),
        'r' => string.push('\r'),
        'b' => string.push('\u{8}'),
        'f' => string.push('\u{c}'),
        '0' => string.push('\0'),
        '\n' => {}
        '\\' | '\'' | '"' | '/' => string.push(escaped),
        'x' | 'u' | 'U' => {
            let code: String = characters.take(digits).map(|(_, c)| c).collect();
            let code = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
            string.push(code.ok_or("an escape in a string is no character")?);
        }
        _ => string.extend(['\\', escaped]), // as Python reads it
    }
    Ok(())
}

fn shortened(word: &str, rest: &str) -> String {
    let word = if word.is_empty() { rest } else { word };
    word.chars().take(20).collect()
}

//! Takes secrets out of what is stored: values known from the configuration, and the forms that
//! well-known secrets have.

use serde_json::Value;

/// Shorter values are not taken out: they would tear holes into ordinary text.
const VALUE_BYTES_MIN: usize = 6;

/// Replaces secrets by markers such as `[redacted:ALDO_API_TOKEN]`.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Name and value; the longest value first, since one may be part of another.
    known: Vec<(String, String)>,
}

/// A form that gives a secret away: how it starts, what follows, how many of it at least.
struct Form {
    prefix: &'static str,
    marker: &'static str,
    continues: fn(u8) -> bool,
    rest_bytes_min: usize,
}

const FORMS: &[Form] = &[
    Form {
        prefix: "hf_",
        marker: "hugging-face-token",
        continues: alphanumeric,
        rest_bytes_min: 10,
    },
    Form {
        prefix: "sk-",
        marker: "api-key",
        continues: word,
        rest_bytes_min: 12,
    },
    Form {
        prefix: "ghp_",
        marker: "github-token",
        continues: alphanumeric,
        rest_bytes_min: 10,
    },
    Form {
        prefix: "gho_",
        marker: "github-token",
        continues: alphanumeric,
        rest_bytes_min: 10,
    },
    Form {
        prefix: "ghs_",
        marker: "github-token",
        continues: alphanumeric,
        rest_bytes_min: 10,
    },
    Form {
        prefix: "github_pat_",
        marker: "github-token",
        continues: word,
        rest_bytes_min: 10,
    },
    Form {
        prefix: "AKIA",
        marker: "aws-key",
        continues: upper,
        rest_bytes_min: 12,
    },
];

const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
const PEM_DASHES: &str = "-----";

impl Redactor {
    /// Makes a redactor that also knows these secrets, each with the name that replaces it.
    pub fn new(secrets: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut known: Vec<_> = secrets
            .into_iter()
            .filter(|(_, value)| value.len() >= VALUE_BYTES_MIN)
            .collect();
        known.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        Self { known }
    }

    /// Returns `text` without secrets.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.known {
            if text.contains(value) {
                text = text.replace(value, &marker(name));
            }
        }
        without_user_info(&without_forms(&without_pem(&text)))
    }

    /// Returns `value` without secrets, in keys as well as in strings.
    pub fn json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(key, value)| (self.text(&key), self.json(value)))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }
}

// The values must not come out through a debug print either.
impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.known.iter().map(|(name, _)| name))
            .finish()
    }
}

fn marker(name: &str) -> String {
    format!("[redacted:{name}]")
}

fn without_pem(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(PEM_BEGIN) {
        let (before, block) = rest.split_at(start);
        out.push_str(before);
        out.push_str(&marker("pem"));
        rest = after_pem(block);
    }
    out.push_str(rest);
    out
}

/// Returns what follows the block that `block` starts with; a block that does not end takes all.
fn after_pem(block: &str) -> &str {
    let Some(end) = block.find(PEM_END) else {
        return "";
    };
    let label = &block[end + PEM_END.len()..];
    label
        .find(PEM_DASHES)
        .map_or("", |dashes| &label[dashes + PEM_DASHES.len()..])
}

fn without_forms(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let starts_word = at == 0 || !alphanumeric(bytes[at - 1]);
        match starts_word.then(|| secret_at(&bytes[at..])).flatten() {
            Some((len, name)) => {
                out.push_str(&text[copied..at]);
                out.push_str(&marker(name));
                at += len;
                copied = at;
            }
            None => at += 1,
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// Returns the length of the secret that `bytes` starts with, which is ASCII, and its name.
fn secret_at(bytes: &[u8]) -> Option<(usize, &'static str)> {
    FORMS.iter().find_map(|form| {
        let rest = bytes.strip_prefix(form.prefix.as_bytes())?;
        let len = rest
            .iter()
            .take_while(|byte| (form.continues)(**byte))
            .count();
        (len >= form.rest_bytes_min).then_some((form.prefix.len() + len, form.marker))
    })
}

/// Takes `user:password` out of `scheme://user:password@host`.
fn without_user_info(text: &str) -> String {
    const SCHEME_END: &str = "://";
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(SCHEME_END) {
        let (before, authority) = rest.split_at(start + SCHEME_END.len());
        out.push_str(before);
        let ends = |c: char| c.is_whitespace() || "/?#\"'<>`".contains(c);
        let end = authority.find(ends).unwrap_or(authority.len());
        rest = match authority[..end].rfind('@') {
            Some(sign) => {
                out.push_str(&marker("user"));
                &authority[sign..]
            }
            None => authority,
        };
    }
    out.push_str(rest);
    out
}

fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests;

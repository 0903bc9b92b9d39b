//! What Hugging Face adds to Jinja: functions, filters, Python's methods and the `generation` block.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::json;

/// An environment in which a template means what it means there.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.expect("trimming changes no delimiter, so none can clash"));
    environment.set_unknown_method_callback(unknown_method_callback);
    environment.add_test("iterable", is_iterable);
    environment.add_filter("tojson", to_json);
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("strftime_now", strftime_now);
    environment
}

/// Turns `{% generation %}` blocks, which mark the assistant's words for training, into blocks that
/// do nothing but trim the same white space.
pub(super) fn without_generation_tags(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("{%") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let Some(end) = tag.find("%}") else {
            rest = tag;
            break;
        };
        let (tag, after) = tag.split_at(end + 2);
        let word = tag[2..end]
            .trim_start_matches(['-', '+'])
            .trim_end_matches(['-', '+'])
            .trim();
        match word {
            "generation" => out.push_str(&tag.replacen(word, "if true", 1)),
            "endgeneration" => out.push_str(&tag.replacen(word, "endif", 1)),
            _ => out.push_str(tag),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Python cannot iterate over `None`; the engine can.
fn is_iterable(value: &Value) -> bool {
    !value.is_none() && value.try_iter().is_ok()
}

fn raise_exception(message: &str) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.to_owned()))
}

fn strftime_now(format: &str) -> Result<String, Error> {
    let now = jiff::Zoned::now();
    jiff::fmt::strtime::format(format, &now)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

/// Python's `json.dumps` with `ensure_ascii=False`.
#[allow(clippy::needless_pass_by_value)] // the engine hands options over by value
fn to_json(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let style = json::Style {
        ensure_ascii: options
            .get::<Option<bool>>("ensure_ascii")?
            .unwrap_or(false),
        indent: options
            .get::<Option<Value>>("indent")?
            .map(|indent| indentation(&indent))
            .transpose()?
            .flatten(),
        separators: options.get::<Option<Vec<String>>>("separators")?,
        sort_keys: options.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
    };
    options.assert_all_used()?;
    json::dumps(value, &style).map(Value::from_safe_string)
}

/// What is written once a level: so many spaces, or a text.
fn indentation(indent: &Value) -> Result<Option<String>, Error> {
    const WIDTH_MAX: i64 = 64;
    if indent.is_none() {
        return Ok(None);
    }
    if let Some(text) = indent.as_str() {
        return Ok(Some(text.to_owned()));
    }
    match indent.as_i64() {
        Some(width @ 0..=WIDTH_MAX) => Ok(Some(" ".repeat(usize::try_from(width).unwrap_or(0)))),
        _ => Err(Error::new(
            ErrorKind::InvalidOperation,
            "tojson: indent is out of range",
        )),
    }
}

//! A template that was parsed in this process: variables to text, within limits.

use minijinja::value::{Serde, Value as Variables};
use minijinja::{Environment, Error};
use serde_json::{Map, Value};

use super::bounded::Bounded;
use super::{Renderer, functions, reason};
use crate::error::ModelError;

/// Instructions a rendering may take; a long conversation takes some hundred thousand.
const FUEL: u64 = 50_000_000;
/// Parsing recurses as deep as the source nests, and what nests at every byte must fit. A stack that
/// follows the source keeps ordinary templates within a few megabytes.
const PARSE_STACK_BYTES_PER_BYTE: usize = 4 << 10;
const PARSE_STACK_BYTES_MIN: usize = 2 << 20;
const NAME: &str = "chat.jinja";

/// A parsed template.
#[derive(Debug)]
pub struct Jinja {
    environment: Environment<'static>,
}

impl Jinja {
    /// Parses `source` on the calling thread. What nests deeper than its stack ends the process, and so
    /// may what takes more memory than there is: for a process of its own.
    ///
    /// # Errors
    /// [`ModelError::Template`] when it does not parse.
    pub fn parse(source: &str) -> Result<Self, ModelError> {
        let mut environment = functions::environment();
        environment.set_fuel(Some(FUEL));
        environment
            .add_template_owned(NAME, functions::without_generation_tags(source))
            .map_err(|error| said(&error))?;
        Ok(Self { environment })
    }

    /// Parses `source` on a thread whose stack holds the deepest nesting that it can have.
    ///
    /// # Errors
    /// As [`Jinja::parse`].
    pub(crate) fn parse_with_room(source: &str) -> Result<Self, ModelError> {
        let stack_bytes = PARSE_STACK_BYTES_MIN + source.len() * PARSE_STACK_BYTES_PER_BYTE;
        let thread = std::thread::Builder::new()
            .name("template".to_owned())
            .stack_size(stack_bytes);
        std::thread::scope(|scope| {
            let parsing = thread.spawn_scoped(scope, || Self::parse(source));
            let parsing = parsing.map_err(|error| reason(error.to_string()))?;
            let stopped = || reason("the template engine stopped while parsing it");
            parsing.join().map_err(|_| stopped())?
        })
    }
}

impl Renderer for Jinja {
    fn render(
        &self,
        variables: &Map<String, Value>,
        bytes_max: usize,
    ) -> Result<String, ModelError> {
        let template = self.environment.get_template(NAME);
        let template = template.map_err(|error| said(&error))?;
        let mut written = Bounded::new(bytes_max);
        let run = template.render_captured_to(Variables::from(Serde(variables)), &mut written);
        if written.is_full {
            return Err(reason(format!("it writes more than {bytes_max} bytes")));
        }
        run.map_err(|error| said(&error))?;
        written.into_text()
    }
}

/// The engine's words, or the template's own when it raised.
fn said(error: &Error) -> ModelError {
    let words = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => reason(format!("{words} (line {line})")),
        None => reason(words),
    }
}

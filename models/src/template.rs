//! The checkpoint's own chat template, rendered as Hugging Face renders it. Knows nothing of models.

mod bounded;
mod functions;
mod jinja;
mod json;
mod known;
mod protect;
mod renderer;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use crate::error::ModelError;
use crate::tokenizer::Tokenizer;
pub use jinja::Jinja;
pub use renderer::{Isolate, Renderer, isolate_templates};

/// The longest source in bytes.
const SOURCE_BYTES_MAX: usize = 256 << 10;
/// What a rendering may be longer than four times its messages, in bytes.
const OUTPUT_BYTES_EXTRA: usize = 1 << 20;

/// A parsed chat template; a clone shares it.
#[derive(Debug, Clone)]
pub struct ChatTemplate {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    renderer: Box<dyn Renderer>,
    bos: String,
    eos: String,
    tokenizer: Option<Tokenizer>,
    thinking: bool,
    trial: OnceLock<Trial>,
}

/// What rendering a small conversation shows.
#[derive(Debug)]
struct Trial {
    tools: bool,
    warnings: Vec<String>,
}

/// What a template renders: messages and tools in the shape of the OpenAI API.
#[derive(Debug, Clone, Copy)]
pub struct Conversation<'a> {
    /// Objects with `role`, `content`, and `tool_calls`, `reasoning_content`… where they have them.
    pub messages: &'a [Value],
    /// Objects `{"type": "function", "function": {name, description, parameters}}`; empty for none.
    pub tools: &'a [Value],
    /// Whether the prompt ends where the assistant begins.
    pub add_generation_prompt: bool,
    /// What the template gets as `enable_thinking`; left undefined when `None`.
    pub enable_thinking: Option<bool>,
}

/// A rendered conversation that remembers which control-token text came from messages.
#[derive(Debug, Clone)]
pub struct Rendered {
    marked: String,
    marker: Option<char>,
}

impl Rendered {
    /// The prompt as Hugging Face renders it.
    pub fn text(&self) -> String {
        match self.marker {
            None => self.marked.clone(),
            Some(marker) => self.marked.replace(marker, ""),
        }
    }

    /// Whether the prompt ends inside an open `<think>`, so that the answer starts as reasoning.
    pub fn opens_reasoning(&self) -> bool {
        self.marked.trim_end().ends_with("<think>")
    }

    /// The prompt with [`Rendered::marker`] inside every token that a message wrote.
    pub(crate) fn marked(&self) -> &str {
        &self.marked
    }

    pub(crate) fn marker(&self) -> Option<char> {
        self.marker
    }
}

impl ChatTemplate {
    /// Parses `source`; `bos` and `eos` are what it gets as `bos_token` and `eos_token`. No text is
    /// protected: use [`ChatTemplate::for_tokenizer`] for anything that a model will read.
    ///
    /// # Errors
    /// [`ModelError::Template`] when the source is too large or does not parse.
    pub fn parse(source: &str, bos: &str, eos: &str) -> Result<Self, ModelError> {
        Self::new(source, bos, eos, None)
    }

    /// Parses `source` for a tokenizer, whose control tokens in messages will stay text.
    ///
    /// # Errors
    /// As [`ChatTemplate::parse`].
    pub fn for_tokenizer(source: &str, tokenizer: &Tokenizer) -> Result<Self, ModelError> {
        Self::new(
            source,
            tokenizer.bos_text(),
            tokenizer.eos_text(),
            Some(tokenizer.clone()),
        )
    }

    fn new(
        source: &str,
        bos: &str,
        eos: &str,
        tokenizer: Option<Tokenizer>,
    ) -> Result<Self, ModelError> {
        if source.len() > SOURCE_BYTES_MAX {
            let size = source.len();
            return Err(reason(format!(
                "{size} bytes, the limit is {SOURCE_BYTES_MAX}"
            )));
        }
        let thinking = source.contains("enable_thinking") || source.contains("<think>");
        Ok(Self {
            inner: Arc::new(Inner {
                renderer: renderer::of(source)?,
                bos: bos.to_owned(),
                eos: eos.to_owned(),
                tokenizer,
                thinking,
                trial: OnceLock::new(),
            }),
        })
    }

    /// Renders a conversation.
    ///
    /// # Errors
    /// [`ModelError::Template`] with the template's own words when it raises, or with the limit it hit.
    pub fn render(&self, conversation: &Conversation) -> Result<Rendered, ModelError> {
        let tools = match conversation.tools {
            [] => Value::Null,
            tools => Value::Array(tools.to_vec()),
        };
        let mut data = json!({ "messages": conversation.messages, "tools": tools });
        let size = data.to_string().len();
        let marker = match &self.inner.tokenizer {
            None => None,
            Some(tokenizer) => protect::mark(&mut data, tokenizer.specials())?,
        };
        let bytes_max = size.saturating_mul(4).saturating_add(OUTPUT_BYTES_EXTRA);
        let variables = self.variables(conversation, data);
        Ok(Rendered {
            marked: self.inner.renderer.render(&variables, bytes_max)?,
            marker,
        })
    }

    fn variables(&self, conversation: &Conversation, data: Value) -> Map<String, Value> {
        let mut variables = Map::new();
        for (name, text) in [
            ("bos_token", &self.inner.bos),
            ("eos_token", &self.inner.eos),
        ] {
            if !text.is_empty() {
                variables.insert(name.to_owned(), text.clone().into());
            }
        }
        variables.insert("documents".to_owned(), Value::Null);
        variables.insert(
            "add_generation_prompt".to_owned(),
            conversation.add_generation_prompt.into(),
        );
        if let Some(thinking) = conversation.enable_thinking {
            variables.insert("enable_thinking".to_owned(), thinking.into());
        }
        if let Value::Object(data) = data {
            variables.extend(data);
        }
        variables
    }

    /// Whether tools given to it appear in the prompt.
    pub fn supports_tools(&self) -> bool {
        self.trial().tools
    }

    /// Whether it knows `enable_thinking` or writes `<think>`.
    pub fn supports_thinking(&self) -> bool {
        self.inner.thinking
    }

    /// What a trial rendering shows to be lost or refused (a dropped user message, ignored tools).
    pub fn warnings(&self) -> Vec<String> {
        self.trial().warnings.clone()
    }

    fn trial(&self) -> &Trial {
        self.inner.trial.get_or_init(|| self.try_out())
    }

    fn try_out(&self) -> Trial {
        const SAID: &str = "a-word-of-the-user";
        const TOOL: &str = "a_tool_on_offer";
        let messages = [json!({"role": "user", "content": SAID})];
        let tools = [json!({"type": "function", "function": {
            "name": TOOL, "description": "does nothing",
            "parameters": {"type": "object", "properties": {}},
        }})];
        let render = |tools: &[Value]| {
            let conversation = Conversation {
                messages: &messages,
                tools,
                add_generation_prompt: true,
                enable_thinking: None,
            };
            self.render(&conversation).map(|rendered| rendered.text())
        };
        let mut warnings = Vec::new();
        let plain = render(&[]);
        match &plain {
            Ok(text) if !text.contains(SAID) => {
                warnings.push("its chat template drops the user's message".to_owned());
            }
            Ok(_) => {}
            Err(error) => {
                warnings.push(format!(
                    "its chat template refuses a single user message: {error}"
                ));
            }
        }
        // One that failed would most likely take as long to fail again.
        let tools = plain.is_ok() && render(&tools).is_ok_and(|text| text.contains(TOOL));
        if !tools {
            warnings.push("its chat template does not show tools to the model".to_owned());
        }
        Trial { tools, warnings }
    }
}

fn reason(reason: impl Into<String>) -> ModelError {
    ModelError::Template {
        reason: reason.into(),
    }
}

//! The checkpoint's own chat template, rendered as Hugging Face renders it. Knows nothing of models.

use serde_json::Value;

use crate::error::ModelError;
use crate::tokenizer::Tokenizer;

/// A parsed chat template; a clone shares it.
#[derive(Debug, Clone)]
pub struct ChatTemplate {}

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
pub struct Rendered {}

impl Rendered {
    /// The prompt as Hugging Face renders it.
    pub fn text(&self) -> String {
        unimplemented!()
    }

    /// Whether the prompt ends inside an open `<think>`, so that the answer starts as reasoning.
    pub fn opens_reasoning(&self) -> bool {
        unimplemented!()
    }
}

impl ChatTemplate {
    /// Parses `source`; `bos` and `eos` are what it gets as `bos_token` and `eos_token`. No text is
    /// protected: use [`ChatTemplate::for_tokenizer`] for anything that a model will read.
    ///
    /// # Errors
    /// [`ModelError::Template`] when the source is too large or does not parse.
    pub fn parse(source: &str, bos: &str, eos: &str) -> Result<Self, ModelError> {
        let _ = (source, bos, eos);
        unimplemented!()
    }

    /// Parses `source` for a tokenizer, whose control tokens in messages will stay text.
    ///
    /// # Errors
    /// As [`ChatTemplate::parse`].
    pub fn for_tokenizer(source: &str, tokenizer: &Tokenizer) -> Result<Self, ModelError> {
        let _ = (source, tokenizer);
        unimplemented!()
    }

    /// Renders a conversation.
    ///
    /// # Errors
    /// [`ModelError::Template`] with the template's own words when it raises, or with the limit it hit.
    pub fn render(&self, conversation: &Conversation) -> Result<Rendered, ModelError> {
        let _ = conversation;
        unimplemented!()
    }

    /// Whether tools given to it appear in the prompt.
    pub fn supports_tools(&self) -> bool {
        unimplemented!()
    }

    /// Whether it knows `enable_thinking` or writes `<think>`.
    pub fn supports_thinking(&self) -> bool {
        unimplemented!()
    }

    /// What a trial rendering shows to be lost or refused (a dropped user message, ignored tools).
    pub fn warnings(&self) -> Vec<String> {
        unimplemented!()
    }
}

use std::sync::Arc;

use aldo_models::{
    ChatTemplate, Checkpoint, Conversation, Dialect, Grammars, Reading, Rules, Tokenizer, Tool,
};

use super::constraint::Constraint;
use super::messages;
use super::queue::Queue;
use crate::{BackendError, Request};

/// How a model is spoken to: everything of a checkpoint that is not weights.
#[derive(Debug)]
pub(super) struct Language {
    model: String,
    template: ChatTemplate,
    /// Ids and text.
    pub(super) tokenizer: Tokenizer,
    /// How answers are marked up.
    pub(super) dialect: Dialect,
    grammars: Grammars,
}

/// A request as the model reads it.
#[derive(Debug)]
pub(super) struct Prompt {
    /// The ids, at least one.
    pub(super) tokens: Vec<u32>,
    /// Whether the answer starts as reasoning.
    pub(super) opens_reasoning: bool,
}

impl Language {
    /// Reads tokenizer and chat template of `checkpoint`.
    pub(super) fn of(checkpoint: &Checkpoint) -> Result<Self, BackendError> {
        let model = checkpoint.id().to_owned();
        let Some(source) = checkpoint.chat_template_source() else {
            return Err(BackendError::NoChatTemplate { model });
        };
        let tokenizer = checkpoint.tokenizer()?;
        let dialect = Dialect::detect(source, &tokenizer);
        Ok(Self {
            model,
            template: checkpoint.chat_template()?,
            grammars: Grammars::new(tokenizer.clone(), dialect),
            tokenizer,
            dialect,
        })
    }

    /// Renders and encodes `request`; there must be room for one token of answer in `context_max`.
    pub(super) fn prompt(
        &self,
        request: &Request,
        context_max: usize,
    ) -> Result<Prompt, BackendError> {
        if !request.tools.is_empty() && !self.template.supports_tools() {
            return Err(BackendError::ToolsUnsupported {
                model: self.model.clone(),
            });
        }
        let rendered = self.template.render(&Conversation {
            messages: &messages::to_template(&request.messages, self.dialect),
            tools: &messages::tools_to_template(&request.tools),
            add_generation_prompt: true,
            enable_thinking: request.thinking,
        })?;
        let tokens = self.tokenizer.encode_prompt(&rendered)?;
        if tokens.is_empty() {
            let reason = "left nothing of the conversation".to_owned();
            return Err(BackendError::BadRequest {
                field: "messages",
                reason,
            });
        }
        if tokens.len() >= context_max {
            return Err(BackendError::ContextTooSmall {
                tokens_in: tokens.len(),
                context_max,
            });
        }
        Ok(Prompt {
            tokens,
            opens_reasoning: rendered.opens_reasoning(),
        })
    }

    /// What the answer to `request` must keep to; rings `queue` when its grammars are built.
    pub(super) fn constraint(
        &self,
        request: &Request,
        in_reasoning: bool,
        queue: &Arc<Queue>,
    ) -> Constraint {
        let rules = Rules {
            response: request.response.clone(),
            tools: tools_of(request),
            may_reason: request.thinking != Some(false),
        };
        Constraint::start(rules, &self.grammars, in_reasoning, queue)
    }
}

/// What is known of the answer to `request` before it is read.
pub(super) fn reading(request: &Request, opens_reasoning: bool) -> Reading {
    Reading {
        starts_in_reasoning: opens_reasoning,
        formed: !request.response.is_free(),
        tools: tools_of(request),
    }
}

fn tools_of(request: &Request) -> Vec<Tool> {
    let tools = request.tools.iter();
    tools
        .map(|tool| Tool {
            name: tool.name.clone(),
            parameters: tool.parameters.clone(),
        })
        .collect()
}

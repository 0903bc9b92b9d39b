//! Which dialect a checkpoint speaks.

use super::words;
use super::{CallMarkup, Dialect, ReasoningMarkup};
use crate::tokenizer::Tokenizer;

impl Dialect {
    /// Finds the dialect of a checkpoint from its chat template and vocabulary. The template counts
    /// more: vocabularies are often shared by models that were taught otherwise.
    pub fn detect(template_source: &str, tokenizer: &Tokenizer) -> Self {
        let template = |mark: &str| template_source.contains(mark);
        let token = |mark: &str| tokenizer.token_id(mark).is_some();
        let calls = calls_of(template).or_else(|| calls_of(token));
        Self {
            reasoning: reasoning_of(|mark| template(mark) || token(mark)),
            calls: calls.map_or(CallMarkup::None, |calls| refine(calls, template_source)),
        }
    }
}

fn reasoning_of(writes: impl Fn(&str) -> bool) -> ReasoningMarkup {
    if writes(words::CHANNEL) && writes(words::MESSAGE) {
        ReasoningMarkup::Harmony
    } else if writes(words::THINK) {
        ReasoningMarkup::Think
    } else if writes(words::BRACKET_THINK) {
        ReasoningMarkup::BracketThink
    } else {
        ReasoningMarkup::None
    }
}

fn calls_of(writes: impl Fn(&str) -> bool) -> Option<CallMarkup> {
    if writes(words::CHANNEL) && writes(words::MESSAGE) {
        Some(CallMarkup::Harmony)
    } else if writes(words::DEEPSEEK_CALLS) {
        Some(CallMarkup::DeepSeekFenced)
    } else if writes(words::TOOL_CALLS) {
        Some(CallMarkup::MistralList)
    } else if writes(words::CALL) {
        Some(CallMarkup::Hermes)
    } else if writes(words::PYTHON_START) {
        Some(CallMarkup::Pythonic)
    } else if writes(words::PYTHON_TAG) {
        Some(CallMarkup::LlamaJson)
    } else {
        None
    }
}

/// Tells the forms of one family apart by what its template shows.
fn refine(calls: CallMarkup, template: &str) -> CallMarkup {
    let shows = |text: &str| template.contains(text);
    match calls {
        CallMarkup::Hermes if shows("<function=") => CallMarkup::QwenCoder,
        CallMarkup::MistralList if shows(words::ARGS) => CallMarkup::MistralNamed,
        CallMarkup::DeepSeekFenced if !shows("```json") => CallMarkup::DeepSeek,
        CallMarkup::LlamaJson if shows("[func_name1(") => CallMarkup::Pythonic,
        CallMarkup::None
        | CallMarkup::Hermes
        | CallMarkup::QwenCoder
        | CallMarkup::LlamaJson
        | CallMarkup::Pythonic
        | CallMarkup::MistralList
        | CallMarkup::MistralNamed
        | CallMarkup::DeepSeekFenced
        | CallMarkup::DeepSeek
        | CallMarkup::Harmony => calls,
    }
}

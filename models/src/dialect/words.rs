//! The marks of all dialects, as their checkpoints write them.

pub(super) const THINK: &str = "<think>";
pub(super) const THINK_END: &str = "</think>";
pub(super) const BRACKET_THINK: &str = "[THINK]";
pub(super) const BRACKET_THINK_END: &str = "[/THINK]";
pub(super) const CALL: &str = "<tool_call>";
pub(super) const CALL_END: &str = "</tool_call>";
pub(super) const TOOL_CALLS: &str = "[TOOL_CALLS]";
pub(super) const ARGS: &str = "[ARGS]";
pub(super) const CALL_ID: &str = "[CALL_ID]";
pub(super) const PYTHON_TAG: &str = "<|python_tag|>";
pub(super) const PYTHON_START: &str = "<|python_start|>";
pub(super) const PYTHON_END: &str = "<|python_end|>";
pub(super) const DEEPSEEK_CALLS: &str = "<｜tool▁calls▁begin｜>";
pub(super) const DEEPSEEK_CALLS_END: &str = "<｜tool▁calls▁end｜>";
pub(super) const DEEPSEEK_CALL: &str = "<｜tool▁call▁begin｜>";
pub(super) const DEEPSEEK_CALL_END: &str = "<｜tool▁call▁end｜>";
pub(super) const DEEPSEEK_SEP: &str = "<｜tool▁sep｜>";
pub(super) const START: &str = "<|start|>";
pub(super) const CHANNEL: &str = "<|channel|>";
pub(super) const CONSTRAIN: &str = "<|constrain|>";
pub(super) const MESSAGE: &str = "<|message|>";
pub(super) const END: &str = "<|end|>";
/// Reasoning in harmony begins so.
pub(super) const ANALYSIS: &str = "<|channel|>analysis<|message|>";

/// What may stand before the header of a harmony message that is not the first of an answer.
pub(crate) const HARMONY_STARTS: &str = "<|start|>assistant";

/// Every token of markup that whoever reads an answer must see, although it may be a control token.
pub(crate) const MARKS: [&str; 22] = [
    THINK,
    THINK_END,
    BRACKET_THINK,
    BRACKET_THINK_END,
    CALL,
    CALL_END,
    TOOL_CALLS,
    ARGS,
    CALL_ID,
    PYTHON_TAG,
    PYTHON_START,
    PYTHON_END,
    DEEPSEEK_CALLS,
    DEEPSEEK_CALLS_END,
    DEEPSEEK_CALL,
    DEEPSEEK_CALL_END,
    DEEPSEEK_SEP,
    START,
    CHANNEL,
    CONSTRAIN,
    MESSAGE,
    END,
];

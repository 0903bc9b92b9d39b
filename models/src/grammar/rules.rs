use super::ResponseFormat;
use crate::dialect::Tool;

/// What an answer must keep to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// What it must look like.
    pub response: ResponseFormat,
    /// The tools it may call; their names and arguments are then valid by construction.
    pub tools: Vec<Tool>,
    /// Whether it may reason before it answers, where its dialect has a way to.
    pub may_reason: bool,
}

impl Rules {
    /// Whether anything goes.
    pub fn is_free(&self) -> bool {
        self.response.is_free() && self.tools.is_empty()
    }
}

//! Constrained decoding: which tokens may come next, so that what is promised valid is valid.
//!
//! Knows token ids and text, no logits and no conversations. [`Grammars`] belongs to a tokenizer and
//! is shared by all requests of a model; it compiles [`Rules`] to a [`Plan`], and each answer follows
//! one with a [`Guide`].

mod any;
mod digits;
mod format;
mod guide;
mod lark;
mod lexicon;
mod place;
mod plan;
mod promise;
mod rules;
mod schema;
#[cfg(test)]
mod tests;
mod token_set;

pub use format::ResponseFormat;
pub use guide::Guide;
pub(crate) use lark::{CallRules, Lark, Trigger};
pub use plan::{Grammars, Plan};
pub use rules::Rules;
pub use schema::check_schema;
pub use token_set::TokenSet;

use crate::error::ModelError;

/// Why a grammar cannot be built or followed.
fn refused(reason: impl Into<String>) -> ModelError {
    ModelError::Grammar {
        reason: reason.into(),
    }
}

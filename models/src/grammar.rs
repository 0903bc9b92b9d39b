//! Constrained decoding: which tokens may come next, so that what is promised valid is valid.
//!
//! Knows token ids and text, no logits and no conversations.

mod format;

pub use format::ResponseFormat;

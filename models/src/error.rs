//! What can go wrong between a checkpoint on disk and the next token.

use std::path::{Path, PathBuf};

use crate::config::OtherArchitecture;
use crate::escape::{shown, shown_up_to};

/// The most characters of a reason or a path that a message repeats.
const REASON_CHARS_MAX: usize = 400;

/// Everything this crate can fail with. Names and reasons that come from files are escaped when the
/// error is displayed, so that its text can go to a terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The system did not let a file be read.
    #[error("cannot read `{}`: {source}", path_shown(.path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The path leads to something that is no checkpoint aldo reads.
    #[error("`{}` is not a checkpoint: {}", path_shown(.path), text(.reason))]
    NotACheckpoint {
        /// The file or folder.
        path: PathBuf,
        /// What it is instead.
        reason: String,
    },
    /// A field of a file contradicts the format, the file's size or another field.
    #[error("`{}` is malformed: `{}`: {}", path_shown(.path), shown(.field), text(.reason))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The metadata key, tensor or JSON field.
        field: String,
        /// What is wrong with it, with the byte where that is known.
        reason: String,
    },
    /// A file ends before what its header promises.
    #[error("`{}` is truncated at byte {at}: {} needs {needed} bytes", path_shown(.path), shown(.what))]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The file's length in bytes.
        at: u64,
        /// The field or tensor that does not fit.
        what: String,
        /// The length in bytes the file would need for it.
        needed: u64,
    },
    /// A file was written to or replaced while it was in use.
    #[error("`{}` changed while it was in use", path_shown(.path))]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The checkpoint's architecture has no implementation here.
    #[error(
        "architecture `{}` is not supported (supported: {}; as safetensors also {})",
        shown(.name), .supported.join(", "), others()
    )]
    UnsupportedArchitecture {
        /// The architecture as the checkpoint names it.
        name: String,
        /// The names that are supported in every format.
        supported: &'static [&'static str],
    },
    /// A tensor has a type that cannot be computed with.
    #[error("tensor `{}` has type {}, which is not supported", shown(.tensor), shown(.kind))]
    UnsupportedTensorType {
        /// The tensor.
        tensor: String,
        /// The name of its type.
        kind: String,
    },
    /// A tensor that the architecture needs is not in the checkpoint.
    #[error("tensor `{}` is missing", shown(.name))]
    MissingTensor {
        /// The tensor's canonical name.
        name: String,
    },
    /// The checkpoint carries no tokenizer.
    #[error("the checkpoint has no tokenizer")]
    MissingTokenizer,
    /// The way this tokenizer splits text is not known, and guessing would give wrong ids.
    #[error("pre-tokenizer `{}` is not known", shown(.name))]
    UnknownPreTokenizer {
        /// The value of `tokenizer.ggml.pre`.
        name: String,
    },
    /// The tokenizer's data is contradictory or text cannot be encoded with it.
    #[error("tokenizer: {}", text(.reason))]
    Tokenizer {
        /// What is wrong, naming the field.
        reason: String,
    },
    /// The chat template cannot be parsed or rendered.
    #[error("chat template: {}", text(.reason))]
    Template {
        /// What is wrong, in the template engine's or the template's own words.
        reason: String,
    },
    /// The checkpoint carries no chat template.
    #[error("the checkpoint has no chat template")]
    NoChatTemplate,
    /// A sequence would grow past the context length.
    #[error("{needed} tokens do not fit the context of {context_max}")]
    ContextFull {
        /// The tokens the sequence would have.
        needed: usize,
        /// The most it may have.
        context_max: usize,
    },
    /// The logits hold NaN or infinity.
    #[error("non-finite logits at step {step}")]
    NonFiniteLogits {
        /// The count of tokens sampled before.
        step: usize,
    },
    /// The hidden states before the output layer hold NaN or infinity.
    #[error("non-finite hidden states after {layers} layers: the weights are damaged")]
    NonFiniteStates {
        /// The layers they went through.
        layers: usize,
    },
    /// A device cannot be used.
    #[error("device `{device}`: {}", text(.reason))]
    Device {
        /// The device as the user names it.
        device: String,
        /// Why not.
        reason: String,
    },
    /// The model does not fit the memory.
    #[error("needs {needed_bytes} bytes of memory, {available_bytes} are available")]
    TooLarge {
        /// Bytes needed for weights and cache.
        needed_bytes: u64,
        /// Bytes available.
        available_bytes: u64,
    },
    /// A grammar cannot be built or followed, or an answer cannot be held to it.
    #[error("{}", text(.reason))]
    Grammar {
        /// What is wrong, naming the keyword or the limit.
        reason: String,
    },
    /// The KV cache may not take the memory that one context needs.
    #[error(
        "a context of {context_tokens} tokens needs {needed_bytes} bytes of KV cache, \
         allowed are {allowed_bytes}"
    )]
    CacheTooSmall {
        /// The context length in tokens.
        context_tokens: usize,
        /// Bytes needed for it.
        needed_bytes: u64,
        /// Bytes allowed.
        allowed_bytes: u64,
    },
    /// A setting is outside the range it can have.
    #[error("`{field}`: {}", text(.reason))]
    Setting {
        /// The setting's name.
        field: &'static str,
        /// What it may be and what it was.
        reason: String,
    },
    /// The tensor library failed.
    #[error("tensor operation failed: {}", text(&.0.to_string()))]
    Tensor(#[from] candle_core::Error),
}

impl ModelError {
    /// Builds [`ModelError::Io`] for `path`.
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    /// Builds [`ModelError::NotACheckpoint`] for `path`.
    pub(crate) fn not_a_checkpoint(path: &Path, reason: impl Into<String>) -> Self {
        Self::NotACheckpoint {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }

    /// Builds [`ModelError::Malformed`] for `field` of `path`.
    pub(crate) fn malformed(
        path: &Path,
        field: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self::Malformed {
            path: path.to_owned(),
            field: field.into(),
            reason: reason.into(),
        }
    }
}

/// The architectures that another library computes.
fn others() -> String {
    OtherArchitecture::ALL
        .map(OtherArchitecture::name)
        .join(", ")
}

fn path_shown(path: &Path) -> String {
    shown_up_to(&path.to_string_lossy(), REASON_CHARS_MAX)
}

fn text(reason: &str) -> String {
    shown_up_to(reason, REASON_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a14_no_field_of_a_message_carries_control_characters() {
        let evil = "x\u{1b}[2Jy\u{202e}".to_owned();
        let path = PathBuf::from(&evil);
        let errors = [
            ModelError::malformed(&path, evil.clone(), evil.clone()),
            ModelError::not_a_checkpoint(&path, evil.clone()),
            ModelError::Truncated {
                path: path.clone(),
                at: 1,
                what: evil.clone(),
                needed: 2,
            },
            ModelError::Template {
                reason: evil.clone(),
            },
            ModelError::Tensor(candle_core::Error::Msg(evil)),
        ];
        for error in errors {
            let message = error.to_string();
            assert!(
                !message.chars().any(|c| c.is_control() || c == '\u{202e}'),
                "{message:?}"
            );
        }
    }

    #[test]
    fn messages_name_file_field_and_byte() {
        let path = Path::new("a.gguf");
        let malformed = ModelError::malformed(path, "general.alignment", "is 3");
        assert_eq!(
            malformed.to_string(),
            "`a.gguf` is malformed: `general.alignment`: is 3"
        );
        let truncated = ModelError::Truncated {
            path: path.to_owned(),
            at: 99,
            what: "tensor `output.weight`".to_owned(),
            needed: 128,
        };
        assert_eq!(
            truncated.to_string(),
            "`a.gguf` is truncated at byte 99: tensor `output.weight` needs 128 bytes"
        );
    }
}

//! Text to token ids and back. Knows nothing of models, conversations or markup.

use std::path::Path;
use std::sync::Arc;

use crate::detokenizer::Detokenizer;
use crate::error::ModelError;
use crate::gguf::Metadata;
use crate::template::Rendered;

/// A checkpoint's tokenizer; a clone shares its tables.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: Arc<()>,
}

/// What `aldo models inspect` says about a tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerSummary {
    /// `gpt2` or `llama` (GGUF's names), or `tokenizer.json`.
    pub kind: String,
    /// The value of `tokenizer.ggml.pre`, where there is one.
    pub pre: Option<String>,
    /// Number of tokens, holes included.
    pub tokens: usize,
}

impl Tokenizer {
    /// Builds the tokenizer a GGUF header describes, for an embedding of `vocabulary` rows.
    ///
    /// # Errors
    /// [`ModelError::MissingTokenizer`], [`ModelError::UnknownPreTokenizer`], and [`ModelError::Tokenizer`]
    /// naming the key that lies.
    pub(crate) fn from_gguf(metadata: &Metadata, vocabulary: usize) -> Result<Self, ModelError> {
        let _ = (metadata, vocabulary);
        unimplemented!()
    }

    /// Builds the tokenizer of a Hugging Face folder, for an embedding of `vocabulary` rows.
    ///
    /// # Errors
    /// [`ModelError::MissingTokenizer`] without `tokenizer.json`, [`ModelError::Tokenizer`] when it lies.
    pub(crate) fn from_files(folder: &Path, vocabulary: usize) -> Result<Self, ModelError> {
        let _ = (folder, vocabulary);
        unimplemented!()
    }

    /// Encodes text whose control tokens count, such as a template's own. Adds no BOS.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the text cannot be encoded.
    pub fn encode_template(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let _ = text;
        unimplemented!()
    }

    /// Encodes text in which nothing is control: `</s>` written by a user stays four characters.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the text cannot be encoded.
    pub fn encode_text(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let _ = text;
        unimplemented!()
    }

    /// Encodes a rendered conversation: the template's control tokens count, those in content do not.
    /// Puts BOS in front where the tokenizer wants it and the template did not write it.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the text cannot be encoded.
    pub fn encode_prompt(&self, rendered: &Rendered) -> Result<Vec<u32>, ModelError> {
        let _ = rendered;
        unimplemented!()
    }

    /// The bytes a token stands for; empty for an unknown id.
    pub fn token_bytes(&self, id: u32) -> &[u8] {
        let _ = id;
        unimplemented!()
    }

    /// The id of the token written exactly `text` in the vocabulary.
    pub fn token_id(&self, text: &str) -> Option<u32> {
        let _ = text;
        unimplemented!()
    }

    /// Whether the token steers the model and is never text.
    pub fn is_control(&self, id: u32) -> bool {
        let _ = id;
        unimplemented!()
    }

    /// Whether the token ends a generation.
    pub fn is_end(&self, id: u32) -> bool {
        let _ = id;
        unimplemented!()
    }

    /// The token that starts a sequence.
    pub fn bos(&self) -> Option<u32> {
        unimplemented!()
    }

    /// The token that ends a sequence.
    pub fn eos(&self) -> Option<u32> {
        unimplemented!()
    }

    /// The text of BOS, empty without one; what a template calls `bos_token`.
    pub fn bos_text(&self) -> &str {
        unimplemented!()
    }

    /// The text of EOS, empty without one; what a template calls `eos_token`.
    pub fn eos_text(&self) -> &str {
        unimplemented!()
    }

    /// Whether a prompt starts with BOS even when the template does not write it.
    pub fn adds_bos(&self) -> bool {
        unimplemented!()
    }

    /// Number of ids, holes included.
    pub fn vocabulary(&self) -> usize {
        unimplemented!()
    }

    /// The facts `aldo models inspect` shows.
    pub fn summary(&self) -> TokenizerSummary {
        unimplemented!()
    }

    /// Starts turning ids into text.
    pub fn detokenizer(&self) -> Detokenizer {
        let _ = &self.inner;
        unimplemented!()
    }
}

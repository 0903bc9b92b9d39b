//! A checkpoint described without loading it.
//!
//! Does not know where checkpoints are kept on a machine: `find` is told where to look.

mod facts;
mod find;
mod inventory;
mod open;
mod sha256;
mod tensors;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::companions::is_companion;
use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::folder;
use crate::kernels::attention::CacheElement;
use crate::nano;
use crate::quantize::Quantize;
use crate::template::ChatTemplate;
use crate::tokenizer::Tokenizer;
use crate::weights::{Source, Weights};
pub use facts::{Facts, TemplateFacts};
pub(crate) use sha256::hexadecimal;

/// A checkpoint on disk or inside the program, opened and validated but not loaded; a clone shares
/// the file.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    id: String,
    path: Option<PathBuf>,
    /// Where a safetensors checkpoint's other files are; a GGUF file has everything in it.
    folder: Option<PathBuf>,
    config: ModelConfig,
    weights: Weights,
    template: Option<String>,
    warnings: Vec<String>,
}

/// The format of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One GGUF file.
    Gguf,
    /// A folder of safetensors files with `config.json`.
    Safetensors,
}

impl Checkpoint {
    /// Opens a `.gguf` file, a safetensors folder, a `.safetensors` file beside its `config.json`, or
    /// a folder with a single `.gguf` file. Pickles, pipes and devices are refused unopened.
    ///
    /// # Errors
    /// Every variant of [`ModelError`] that concerns files; see there.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        open::open(path)
    }

    /// Opens `aldo-nano`, the model inside the program.
    ///
    /// # Errors
    /// As [`Checkpoint::open`]; a test opens it, so a released program has it.
    pub fn builtin() -> Result<Self, ModelError> {
        open::gguf(
            nano::ID.to_owned(),
            None,
            crate::gguf::Gguf::from_static(nano::ID, nano::bytes())?,
        )
    }

    /// Opens a GGUF file that was read into memory.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub(crate) fn from_gguf_bytes(name: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        let gguf = crate::gguf::Gguf::from_bytes(name, bytes)?;
        open::gguf(name.to_owned(), None, gguf)
    }

    /// Describes every checkpoint below `root`, a folder of models or a Hugging Face cache. What
    /// cannot be opened is a row with its reason; a missing `root` is no rows. Sorted by path, one row
    /// an id.
    pub fn find(root: &Path) -> Vec<(PathBuf, Result<Self, ModelError>)> {
        find::find(root)
    }

    /// The id: a GGUF file's stem in lower case, `org/name` in a Hugging Face cache, else the
    /// folder's name in lower case.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it is; `None` for the one inside the program.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The network's numbers.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The format of its files.
    pub fn format(&self) -> Format {
        match self.weights.source() {
            Source::Gguf(_) => Format::Gguf,
            Source::Safetensors(_) => Format::Safetensors,
        }
    }

    /// The type that most of its bytes have, for example `Q8_0`.
    pub fn quantization(&self) -> String {
        facts::dominant_kind(self.weights.source())
    }

    /// The number of its weights.
    pub fn parameters(&self) -> u64 {
        facts::parameters(self.weights.source())
    }

    /// The size of its weight files in bytes.
    pub fn size_bytes(&self) -> u64 {
        match self.weights.source() {
            Source::Gguf(gguf) => gguf.size_bytes(),
            Source::Safetensors(files) => files.files().map(|(_, bytes)| bytes.len() as u64).sum(),
        }
    }

    /// An estimate of the memory needed to run one sequence of `context_tokens` on a CPU, in bytes:
    /// weights as they are kept after loading, and the KV cache.
    pub fn memory_bytes(&self, context_tokens: usize) -> u64 {
        self.memory_bytes_as(context_tokens, None)
    }

    /// As [`Checkpoint::memory_bytes`], with matrices made smaller as `quantize` says.
    pub fn memory_bytes_as(&self, context_tokens: usize, quantize: Option<Quantize>) -> u64 {
        let config = &self.config_as(quantize);
        // Every factor has been limited by the configuration, and their product is below 2^63.
        let tokens = Cache::token_size_bytes(config).saturating_mul(context_tokens as u64);
        let cache = tokens.saturating_add(Cache::states_size_bytes(config));
        tensors::memory_bytes(self.weights.source(), quantize).saturating_add(cache)
    }

    /// The network's numbers when matrices are made smaller as `quantize` says.
    pub(crate) fn config_as(&self, quantize: Option<Quantize>) -> ModelConfig {
        let mut config = self.config.clone();
        if quantize.is_some() {
            config.cache_element = CacheElement::I16;
        }
        config
    }

    /// The source of its chat template.
    pub fn chat_template_source(&self) -> Option<&str> {
        self.template.as_deref()
    }

    /// Its tokenizer.
    ///
    /// # Errors
    /// [`ModelError::MissingTokenizer`], [`ModelError::UnknownPreTokenizer`], [`ModelError::Tokenizer`]
    /// and [`ModelError::Malformed`].
    pub fn tokenizer(&self) -> Result<Tokenizer, ModelError> {
        match (self.weights.source(), &self.folder) {
            (Source::Gguf(gguf), _) => {
                Tokenizer::from_gguf(gguf.metadata(), self.config.vocabulary)
            }
            (Source::Safetensors(_), Some(folder)) => {
                Tokenizer::from_files(folder, self.config.vocabulary)
            }
            (Source::Safetensors(_), None) => Err(ModelError::MissingTokenizer),
        }
    }

    /// Its chat template.
    ///
    /// # Errors
    /// [`ModelError::NoChatTemplate`] and [`ModelError::Template`], and what
    /// [`Checkpoint::tokenizer`] fails with.
    pub fn chat_template(&self) -> Result<ChatTemplate, ModelError> {
        let source = self.template.as_deref().ok_or(ModelError::NoChatTemplate)?;
        ChatTemplate::for_tokenizer(source, &self.tokenizer()?)
    }

    /// Its weights.
    pub fn weights(&self) -> Weights {
        self.weights.clone()
    }

    /// What is odd about it without making it unusable.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What `inspect` shows beyond the getters.
    pub fn facts(&self) -> Facts {
        facts::of(self)
    }

    /// The SHA-256 of its weights in hexadecimal: of the file itself when there is one, of the lines
    /// `<sha256>  <file name>` in order of name when there are shards. Reads every byte.
    ///
    /// # Errors
    /// [`ModelError::Io`] when a file cannot be read, [`ModelError::Changed`] when it was written to
    /// meanwhile.
    pub fn sha256(&self) -> Result<String, ModelError> {
        sha256::of(self.weights.source())
    }

    /// The small files that belong to it: configuration, tokenizer, template; none for a GGUF file, which
    /// has everything in it.
    ///
    /// # Errors
    /// [`ModelError::Io`] when its folder cannot be listed, [`ModelError::NotACheckpoint`] when one of
    /// them leads elsewhere.
    pub fn companions(&self) -> Result<Vec<PathBuf>, ModelError> {
        let Some(folder) = &self.folder else {
            return Ok(Vec::new());
        };
        let names = folder::file_names(folder)?;
        let names = names.iter().filter(|name| is_companion(name));
        names
            .map(|name| folder::file_inside(folder, name))
            .collect()
    }

    /// Each weight file with its SHA-256 in hexadecimal, in order of name. Reads every byte.
    ///
    /// # Errors
    /// As [`Checkpoint::sha256`].
    pub fn file_sha256s(&self) -> Result<Vec<(PathBuf, String)>, ModelError> {
        sha256::of_files(self.weights.source())
    }
}

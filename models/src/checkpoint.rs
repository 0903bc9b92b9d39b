//! A checkpoint described without loading it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::template::ChatTemplate;
use crate::tokenizer::{Tokenizer, TokenizerSummary};
use crate::weights::Weights;

/// A checkpoint on disk or inside the program, opened and validated but not loaded; a clone shares
/// the file.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    id: String,
    path: Option<PathBuf>,
    config: ModelConfig,
    weights: Weights,
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

/// What `aldo models inspect` shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The name the checkpoint gives itself.
    pub name: Option<String>,
    /// The licence it names.
    pub license: Option<String>,
    /// Tensors by the name of their type.
    pub tensor_kinds: BTreeMap<&'static str, usize>,
    /// The tokenizer, or why it cannot be used.
    pub tokenizer: Result<TokenizerSummary, String>,
    /// The chat template; `None` when the checkpoint has none.
    pub template: Option<TemplateFacts>,
}

/// A chat template in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFacts {
    /// SHA-256 of its source in hexadecimal.
    pub sha256: String,
    /// Whether it renders tools.
    pub tools: bool,
    /// Whether it knows `enable_thinking` or writes reasoning.
    pub thinking: bool,
    /// Why it cannot be used, if so.
    pub error: Option<String>,
}

impl Checkpoint {
    /// Opens a `.gguf` file, a safetensors folder, or a `.safetensors` file beside its `config.json`.
    ///
    /// # Errors
    /// Every variant of [`ModelError`] that concerns files; see there.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let _ = path;
        unimplemented!()
    }

    /// Opens `aldo-nano`, the model inside the program.
    ///
    /// # Errors
    /// As [`Checkpoint::open`]; a test opens it, so a released program has it.
    pub fn builtin() -> Result<Self, ModelError> {
        unimplemented!()
    }

    /// Describes every checkpoint below `root`, a folder of models or a Hugging Face cache. What
    /// cannot be opened is a row with its reason; a missing `root` is no rows. Sorted by path.
    pub fn find(root: &Path) -> Vec<(PathBuf, Result<Self, ModelError>)> {
        let _ = root;
        unimplemented!()
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
        unimplemented!()
    }

    /// The type that most of its bytes have, for example `Q8_0`.
    pub fn quantization(&self) -> String {
        unimplemented!()
    }

    /// The number of its weights.
    pub fn parameters(&self) -> u64 {
        unimplemented!()
    }

    /// The size of its files in bytes.
    pub fn size_bytes(&self) -> u64 {
        unimplemented!()
    }

    /// An estimate of the memory needed to run one sequence of `context_tokens`: weights and KV cache
    /// in f32.
    pub fn memory_bytes(&self, context_tokens: usize) -> u64 {
        let _ = context_tokens;
        unimplemented!()
    }

    /// The source of its chat template.
    pub fn chat_template_source(&self) -> Option<&str> {
        unimplemented!()
    }

    /// Its tokenizer.
    ///
    /// # Errors
    /// [`ModelError::MissingTokenizer`], [`ModelError::UnknownPreTokenizer`], [`ModelError::Tokenizer`]
    /// and [`ModelError::Malformed`].
    pub fn tokenizer(&self) -> Result<Tokenizer, ModelError> {
        unimplemented!()
    }

    /// Its chat template.
    ///
    /// # Errors
    /// [`ModelError::NoChatTemplate`] and [`ModelError::Template`].
    pub fn chat_template(&self) -> Result<ChatTemplate, ModelError> {
        unimplemented!()
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
        unimplemented!()
    }

    /// The SHA-256 of its weight files in hexadecimal: of the file itself when there is one, of the
    /// lines `<sha256>  <file name>` in order of name when there are shards.
    ///
    /// # Errors
    /// [`ModelError::Io`] when a file cannot be read.
    pub fn sha256(&self) -> Result<String, ModelError> {
        unimplemented!()
    }
}

//! The configuration in a GGUF header.

mod experts;
mod long_rope;
mod specifics;

use super::limits::{self, checked};
use super::{Architecture, ModelConfig, RopeConfig, RopeLayout, RopeScaling, draft::Draft};
use crate::error::ModelError;
use crate::gguf::{Gguf, Metadata, TensorKind};

/// The tensor with a factor for each rotary frequency, as converters write it for Llama 3.1.
const FACTORS: &str = "rope_freqs.weight";
/// The keys of tokens that end a generation.
const ENDS: [&str; 3] = [
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
];
const SCALING: &str = "rope.scaling.type";
const BOS: &str = "tokenizer.ggml.bos_token_id";

/// Reads the configuration of `gguf`.
pub(super) fn read(gguf: &Gguf) -> Result<ModelConfig, ModelError> {
    let keys = Keys::new(gguf.metadata())?;
    let heads = keys.integer("attention.head_count", &limits::HEADS)?;
    let hidden = keys.integer("embedding_length", &limits::HIDDEN)?;
    let head_dim = keys.head_dim(hidden, heads)?;
    let vocabulary = vocabulary(gguf)?;
    let feed_forward = keys.feed_forward()?;
    let layers = keys.layers()?;
    let rope = keys.rope(gguf, head_dim)?;
    let draft = Draft {
        layers,
        hidden,
        heads,
        kv_heads: keys
            .optional("attention.head_count_kv", &limits::HEADS)?
            .unwrap_or(heads),
        kv_heads_field: keys.name("attention.head_count_kv"),
        head_dim,
        head_dim_field: keys.name("attention.key_length"),
        feed_forward,
        experts: experts::read(&keys, feed_forward)?,
        vocabulary,
        context_tokens_max: keys.integer("context_length", &limits::CONTEXT)?,
        rms_norm_eps: keys.eps()?,
        specifics: specifics::read(&keys, layers, hidden / heads, &rope)?,
        rope,
        rope_dim_field: keys.name("rope.dimension_count"),
        tied_embeddings: gguf.tensor("output.weight").is_none(),
        qkv_bias: gguf.tensor("blk.0.attn_q.bias").is_some(),
        bos: gguf.metadata().u32(BOS)?,
        bos_field: BOS,
        eos: ends(gguf.metadata())?,
        eos_field: ENDS[0],
        sliding_window: keys.optional("attention.sliding_window", &(0..=*limits::WINDOW.end()))?,
        other: None,
    };
    draft.check(keys.metadata.path(), keys.architecture)
}

/// The keys of one architecture, whose names begin with its own.
struct Keys<'a> {
    metadata: &'a Metadata,
    architecture: Architecture,
}

impl<'a> Keys<'a> {
    fn new(metadata: &'a Metadata) -> Result<Self, ModelError> {
        const KEY: &str = "general.architecture";
        const TYPE: &str = "general.type";
        if let Some(kind @ ("adapter" | "vocab" | "imatrix")) = metadata.str(TYPE)? {
            let reason = format!("it is of type `{kind}`, not a model");
            return Err(ModelError::not_a_checkpoint(metadata.path(), reason));
        }
        let name = metadata.str(KEY)?;
        let name = name.ok_or_else(|| ModelError::malformed(metadata.path(), KEY, "is missing"))?;
        // Files with and without experts can have the same architecture's name.
        let experts = metadata.u64(&format!("{name}.expert_count"))?;
        let architecture = Architecture::from_gguf(name, experts.is_some_and(|count| count > 0))?;
        Ok(Self {
            metadata,
            architecture,
        })
    }

    fn name(&self, key: &str) -> String {
        format!("{}.{key}", self.architecture.gguf_name())
    }

    fn optional(
        &self,
        key: &str,
        range: &std::ops::RangeInclusive<u64>,
    ) -> Result<Option<usize>, ModelError> {
        let name = self.name(key);
        let Some(number) = self.metadata.u64(&name)? else {
            return Ok(None);
        };
        Ok(Some(
            checked(self.metadata.path(), &name, number, range)? as usize
        ))
    }

    fn integer(
        &self,
        key: &str,
        range: &std::ops::RangeInclusive<u64>,
    ) -> Result<usize, ModelError> {
        self.optional(key, range)?.ok_or_else(|| self.missing(key))
    }

    fn float(
        &self,
        key: &str,
        range: &std::ops::RangeInclusive<f64>,
    ) -> Result<Option<f64>, ModelError> {
        let name = self.name(key);
        let Some(number) = self.metadata.f32(&name)? else {
            return Ok(None);
        };
        checked(self.metadata.path(), &name, number.into(), range).map(Some)
    }

    fn feed_forward(&self) -> Result<usize, ModelError> {
        const KEY: &str = "feed_forward_length";
        match (
            self.optional(KEY, &limits::FEED_FORWARD)?,
            self.architecture,
        ) {
            (Some(width), _) => Ok(width),
            // Every block has experts.
            (None, Architecture::Qwen35Moe) => {
                self.integer("expert_feed_forward_length", &limits::FEED_FORWARD)
            }
            (None, _) => Err(self.missing(KEY)),
        }
    }

    /// The blocks without those that only guess tokens ahead, which stand behind the others.
    fn layers(&self) -> Result<usize, ModelError> {
        const GUESSING: &str = "nextn_predict_layers";
        let blocks = self.integer("block_count", &limits::LAYERS)?;
        let guessing = self.optional(GUESSING, &(0..=blocks as u64 - 1))?;
        Ok(blocks - guessing.unwrap_or(0))
    }

    fn missing(&self, key: &str) -> ModelError {
        ModelError::malformed(self.metadata.path(), self.name(key), "is missing")
    }

    fn eps(&self) -> Result<f64, ModelError> {
        const KEY: &str = "attention.layer_norm_rms_epsilon";
        self.float(KEY, &limits::EPS)?
            .ok_or_else(|| self.missing(KEY))
    }

    fn head_dim(&self, hidden: usize, heads: usize) -> Result<usize, ModelError> {
        let key = self.optional("attention.key_length", &limits::HEAD_DIM)?;
        let head_dim = key.unwrap_or(hidden / heads);
        let value = self.optional("attention.value_length", &limits::HEAD_DIM)?;
        if value.is_some_and(|value| value != head_dim) {
            let field = self.name("attention.value_length");
            let reason = "differs from the length of keys, which is not supported";
            return Err(ModelError::malformed(self.metadata.path(), field, reason));
        }
        Ok(head_dim)
    }

    fn rope(&self, gguf: &Gguf, head_dim: usize) -> Result<RopeConfig, ModelError> {
        let dim = self
            .optional("rope.dimension_count", &limits::HEAD_DIM)?
            .unwrap_or(head_dim);
        let theta = self
            .float("rope.freq_base", &limits::THETA)?
            .unwrap_or(10_000.0) as f32;
        let layout = match self.architecture {
            // Converters permute the rows of q and k for it.
            Architecture::Llama | Architecture::Mixtral => RopeLayout::Interleaved,
            Architecture::Other(_)
            | Architecture::Qwen2
            | Architecture::Qwen3
            | Architecture::Qwen3Moe
            | Architecture::Phi3
            | Architecture::Gemma3
            | Architecture::GptOss
            | Architecture::Qwen35Moe => RopeLayout::Half,
        };
        let mut scaling = self.scaling()?;
        let own = match long_rope::read(self, gguf, dim / 2)? {
            Some(long) => Some(long),
            None => factors(gguf, FACTORS, dim / 2)?.map(RopeScaling::Factors),
        };
        if let Some(own) = own {
            if scaling != RopeScaling::None {
                let reason = "factors for each frequency stand beside it, which is not supported";
                let field = self.name(SCALING);
                return Err(ModelError::malformed(self.metadata.path(), field, reason));
            }
            scaling = own;
        }
        Ok(RopeConfig {
            theta,
            dim,
            layout,
            scaling,
        })
    }

    fn scaling(&self) -> Result<RopeScaling, ModelError> {
        let field = self.name(SCALING);
        let factor = match self.float("rope.scaling.factor", &limits::FACTOR)? {
            Some(factor) => Some(factor),
            None => self.float("rope.scale_linear", &limits::FACTOR)?,
        };
        match (self.metadata.str(&field)?, factor) {
            (Some("none" | "longrope"), _) | (None | Some("linear"), None) => Ok(RopeScaling::None),
            (None | Some("linear"), Some(factor)) => Ok(RopeScaling::Linear {
                factor: factor as f32,
            }),
            (Some("yarn"), factor) => {
                self.yarn(factor.ok_or_else(|| self.missing("rope.scaling.factor"))?)
            }
            (Some(other), _) => {
                let reason = format!("`{other}` is not supported");
                Err(ModelError::malformed(self.metadata.path(), field, reason))
            }
        }
    }

    fn yarn(&self, factor: f64) -> Result<RopeScaling, ModelError> {
        const ORIGINAL: &str = "rope.scaling.original_context_length";
        let original = match self.optional(ORIGINAL, &limits::CONTEXT)? {
            Some(original) => original,
            None => self.integer("context_length", &limits::CONTEXT)?,
        };
        // In this format the attention factor multiplies YaRN's own.
        let own = 1.0 + 0.1 * factor.ln();
        let scale = match self.float("rope.scaling.attn_factor", &limits::BLEND)? {
            Some(scale) => Some(scale),
            None => self.float("rope.scaling.yarn_attn_factor", &limits::BLEND)?,
        };
        let fast = self.float("rope.scaling.yarn_beta_fast", &limits::BLEND)?;
        let slow = self.float("rope.scaling.yarn_beta_slow", &limits::BLEND)?;
        Ok(RopeScaling::Yarn {
            factor: factor as f32,
            original_context_tokens: original,
            attention_factor: scale.map(|scale| (scale * own) as f32),
            beta_fast: fast.unwrap_or(32.0) as f32,
            beta_slow: slow.unwrap_or(1.0) as f32,
            // The format has no key for it.
            whole: self.architecture != Architecture::GptOss,
        })
    }
}

/// The rows of the embedding, which must be as many as the tokens.
fn vocabulary(gguf: &Gguf) -> Result<usize, ModelError> {
    const NAME: &str = "token_embd.weight";
    let path = gguf.metadata().path();
    let missing = || ModelError::MissingTensor {
        name: NAME.to_owned(),
    };
    let embedding = gguf.tensor(NAME).ok_or_else(missing)?;
    let &[rows, _] = embedding.shape.as_slice() else {
        return Err(ModelError::malformed(
            path,
            NAME,
            format!("has shape {:?}", embedding.shape),
        ));
    };
    let tokens = gguf.metadata().strings_len("tokenizer.ggml.tokens")?;
    if let Some(tokens) = tokens.filter(|&tokens| tokens != rows) {
        let reason = format!("has {rows} rows for {tokens} tokens");
        return Err(ModelError::malformed(path, NAME, reason));
    }
    Ok(checked(path, NAME, rows as u64, &limits::VOCABULARY)? as usize)
}

fn ends(metadata: &Metadata) -> Result<Vec<u32>, ModelError> {
    let mut ends = Vec::new();
    for key in ENDS {
        if let Some(id) = metadata.u32(key)?
            && !ends.contains(&id)
        {
            ends.push(id);
        }
    }
    Ok(ends)
}

/// The vector `name` of `expected` factors in f32.
fn factors(gguf: &Gguf, name: &str, expected: usize) -> Result<Option<Vec<f32>>, ModelError> {
    let Some(tensor) = gguf.tensor(name) else {
        return Ok(None);
    };
    let path = gguf.metadata().path();
    if tensor.shape != [expected] || tensor.kind != TensorKind::F32 {
        let reason = format!("should be {expected} numbers in F32");
        return Err(ModelError::malformed(path, name, reason));
    }
    let (chunks, _) = gguf.data(tensor).as_chunks::<4>();
    let factors: Vec<f32> = chunks
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect();
    for &factor in &factors {
        checked(path, name, f64::from(factor), &limits::BLEND)?;
    }
    Ok(Some(factors))
}

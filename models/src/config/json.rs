//! The configuration in a folder's `config.json` and `generation_config.json`.

mod experts;
mod long_rope;
mod other;
mod rope;
mod specifics;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::draft::Draft;
use super::limits::{self, checked};
use super::{Architecture, ModelConfig};
use crate::error::ModelError;
use crate::folder;

/// The longest configuration file in bytes.
const JSON_BYTES_MAX: u64 = 1 << 20;
const CONFIG: &str = "config.json";
const EPS: &str = "rms_norm_eps";
const GENERATION: &str = "generation_config.json";

/// Reads the configuration of `folder`.
pub(super) fn read(folder: &Path) -> Result<ModelConfig, ModelError> {
    let whole = Fields::of_file(folder, CONFIG)?;
    let architecture = architecture(&whole)?;
    if let Architecture::Other(other) = architecture {
        return other::read(&whole, other, ends(folder, &whole)?);
    }
    let fields = match whole.object("text_config")? {
        // What is said of the whole and not of its text part counts for both.
        Some(text) => text.or(whole.object.clone()),
        None => whole,
    };
    let fields = fields.or(specifics::defaults(architecture));
    check_variant(&fields, architecture)?;
    let heads = fields.required("num_attention_heads", &limits::HEADS)?;
    let hidden = fields.required("hidden_size", &limits::HIDDEN)?;
    let head_dim = fields
        .integer("head_dim", &limits::HEAD_DIM)?
        .unwrap_or(hidden / heads);
    let kv_heads = fields
        .integer("num_key_value_heads", &limits::HEADS)?
        .unwrap_or(heads);
    let context_tokens_max = fields.required("max_position_embeddings", &limits::CONTEXT)?;
    let layers = fields.required("num_hidden_layers", &limits::LAYERS)?;
    let eps = fields
        .float(EPS, &limits::EPS)?
        .ok_or_else(|| fields.wrong(EPS, "is missing"))?;
    let feed_forward = feed_forward(&fields, architecture)?;
    let draft = Draft {
        layers,
        hidden,
        heads,
        kv_heads,
        kv_heads_field: "num_key_value_heads".to_owned(),
        head_dim,
        head_dim_field: "head_dim".to_owned(),
        feed_forward,
        experts: experts::read(&fields, architecture, feed_forward)?,
        vocabulary: fields.required("vocab_size", &limits::VOCABULARY)?,
        context_tokens_max,
        rms_norm_eps: eps,
        rope: rope::read(&fields, head_dim, context_tokens_max)?,
        rope_dim_field: "partial_rotary_factor".to_owned(),
        tied_embeddings: fields.bool("tie_word_embeddings")?.unwrap_or(false),
        qkv_bias: has_bias(&fields, architecture)?,
        bos: fields.ids("bos_token_id")?.first().copied(),
        bos_field: "bos_token_id",
        eos: ends(folder, &fields)?,
        eos_field: "eos_token_id",
        sliding_window: sliding_window(&fields, architecture, layers)?,
        specifics: specifics::read(&fields, architecture, layers, head_dim)?,
        other: None,
    };
    draft.check(&fields.path, architecture)
}

/// The members of one JSON object, with its file for errors.
pub(super) struct Fields<'a> {
    path: PathBuf,
    /// What stands before a member's name in messages.
    prefix: &'a str,
    object: Map<String, Value>,
}

impl Fields<'_> {
    fn of_file(folder: &Path, name: &str) -> Result<Self, ModelError> {
        let path = folder.join(name);
        match folder::read_json(folder, name, JSON_BYTES_MAX)? {
            Value::Object(object) => Ok(Self {
                path,
                prefix: "",
                object,
            }),
            _ => Err(ModelError::malformed(&path, name, "is not an object")),
        }
    }

    /// The same with the members of `others` that it does not have itself.
    fn or(mut self, others: Map<String, Value>) -> Self {
        for (name, value) in others {
            if self.get(&name).is_none() {
                self.object.insert(name, value);
            }
        }
        self
    }

    /// The object that is the member `name`.
    fn object<'a>(&self, name: &'a str) -> Result<Option<Fields<'a>>, ModelError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => {
                let (path, object) = (self.path.clone(), object.clone());
                Ok(Some(Fields {
                    path,
                    prefix: name,
                    object,
                }))
            }
            Some(_) => Err(self.wrong(name, "is not an object")),
        }
    }

    /// The member `name`, `None` when it is absent or null.
    fn get(&self, name: &str) -> Option<&Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, reason: &str) -> ModelError {
        ModelError::malformed(&self.path, self.field(name), reason)
    }

    fn field(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.prefix)
        }
    }

    fn integer(
        &self,
        name: &str,
        range: &RangeInclusive<u64>,
    ) -> Result<Option<usize>, ModelError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = value
            .as_u64()
            .ok_or_else(|| self.wrong(name, "is not a whole number"))?;
        checked(&self.path, &self.field(name), number, range).map(|number| Some(number as usize))
    }

    fn required(&self, name: &str, range: &RangeInclusive<u64>) -> Result<usize, ModelError> {
        self.integer(name, range)?
            .ok_or_else(|| self.wrong(name, "is missing"))
    }

    fn float(&self, name: &str, range: &RangeInclusive<f64>) -> Result<Option<f64>, ModelError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = value
            .as_f64()
            .ok_or_else(|| self.wrong(name, "is not a number"))?;
        checked(&self.path, &self.field(name), number, range).map(Some)
    }

    fn bool(&self, name: &str) -> Result<Option<bool>, ModelError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        value
            .as_bool()
            .map(Some)
            .ok_or_else(|| self.wrong(name, "is not true or false"))
    }

    fn str(&self, name: &str) -> Result<Option<&str>, ModelError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        value
            .as_str()
            .map(Some)
            .ok_or_else(|| self.wrong(name, "is not a text"))
    }

    /// One token id or a list of them; none when the member is absent.
    fn ids(&self, name: &str) -> Result<Vec<u32>, ModelError> {
        let id = |value: &Value| {
            let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
            id.ok_or_else(|| self.wrong(name, "is not a token id"))
        };
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(id).collect(),
            Some(value) => id(value).map(|id| vec![id]),
        }
    }
}

fn architecture(fields: &Fields) -> Result<Architecture, ModelError> {
    const FIELD: &str = "architectures";
    let name = match fields.get(FIELD) {
        Some(Value::Array(list)) => list.first().and_then(Value::as_str),
        Some(_) => None,
        None => fields.str("model_type")?,
    };
    let name = name.ok_or_else(|| fields.wrong(FIELD, "does not name an architecture"))?;
    Architecture::from_hugging_face(name)
}

/// The width inside the feed-forward part, or inside an expert where every block has experts.
fn feed_forward(fields: &Fields, architecture: Architecture) -> Result<usize, ModelError> {
    let name = match architecture {
        Architecture::Qwen35Moe => "moe_intermediate_size",
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Qwen3Moe
        | Architecture::Mixtral
        | Architecture::Phi3
        | Architecture::Gemma3
        | Architecture::GptOss => "intermediate_size",
    };
    fields.required(name, &limits::FEED_FORWARD)
}

/// Refuses members that change the network in ways that are not implemented.
fn check_variant(fields: &Fields, architecture: Architecture) -> Result<(), ModelError> {
    if fields.str("hidden_act")?.is_some_and(|act| act != "silu") {
        return Err(fields.wrong("hidden_act", "only `silu` is supported"));
    }
    if fields.bool("mlp_bias")?.unwrap_or(false) {
        return Err(fields.wrong("mlp_bias", "is not supported"));
    }
    let quantized = fields.object("quantization_config")?;
    if let Some(method) = quantized
        && !is_readable(&method)?
    {
        let name = method.str("quant_method")?.unwrap_or("unknown").to_owned();
        let reason = format!("weights quantised with `{name}` are not supported");
        return Err(fields.wrong("quantization_config", &reason));
    }
    let biased = fields.bool("attention_bias")?;
    let right = match architecture {
        // In q, k and v alone; elsewhere the member adds one to the output too.
        Architecture::Qwen2 => true,
        Architecture::GptOss => biased != Some(false),
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen3
        | Architecture::Qwen3Moe
        | Architecture::Mixtral
        | Architecture::Phi3
        | Architecture::Gemma3
        | Architecture::Qwen35Moe => biased != Some(true),
    };
    if right {
        return Ok(());
    }
    let reason = format!("{} is not supported", !matches!(biased, Some(false)));
    Err(fields.wrong("attention_bias", &reason))
}

/// Whether weights quantised like this are read: 8-bit floats with their scales, and MXFP4.
fn is_readable(quantization: &Fields) -> Result<bool, ModelError> {
    let method = quantization.str("quant_method")?;
    Ok(match method {
        Some("fp8" | "mxfp4") => true,
        Some("compressed-tensors") => quantization.str("format")? == Some("float-quantized"),
        Some(_) | None => false,
    })
}

fn has_bias(fields: &Fields, architecture: Architecture) -> Result<bool, ModelError> {
    match architecture {
        Architecture::Qwen2 => Ok(fields.bool("attention_bias")?.unwrap_or(true)),
        Architecture::GptOss => Ok(true),
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen3
        | Architecture::Qwen3Moe
        | Architecture::Mixtral
        | Architecture::Phi3
        | Architecture::Gemma3
        | Architecture::Qwen35Moe => Ok(false),
    }
}

/// The ids of both files: `generation_config.json` often lists more than `config.json`.
fn ends(folder: &Path, fields: &Fields) -> Result<Vec<u32>, ModelError> {
    let mut ends = fields.ids("eos_token_id")?;
    if folder.join(GENERATION).symlink_metadata().is_ok() {
        for id in Fields::of_file(folder, GENERATION)?.ids("eos_token_id")? {
            if !ends.contains(&id) {
                ends.push(id);
            }
        }
    }
    Ok(ends)
}

/// The window of all layers, or of the local ones where the architecture mixes them.
fn sliding_window(
    fields: &Fields,
    architecture: Architecture,
    layers: usize,
) -> Result<Option<usize>, ModelError> {
    const TYPES: &str = "layer_types";
    const FULL: &str = "max_window_layers";
    let window = fields.integer("sliding_window", &limits::WINDOW)?;
    match architecture {
        Architecture::Gemma3 | Architecture::GptOss => return Ok(window),
        Architecture::Qwen35Moe => return Ok(None),
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Qwen3Moe
        | Architecture::Mixtral
        | Architecture::Phi3 => {}
    }
    if let Some(types) = fields.get(TYPES) {
        let types = types
            .as_array()
            .ok_or_else(|| fields.wrong(TYPES, "is not a list"))?;
        let sliding = types
            .iter()
            .filter(|kind| *kind == "sliding_attention")
            .count();
        let full = types
            .iter()
            .filter(|kind| *kind == "full_attention")
            .count();
        return match (sliding, full) {
            (0, full) if full == layers => Ok(None),
            (sliding, 0) if sliding == layers => Ok(window),
            _ => Err(fields.wrong(TYPES, "a mixture of layers is not supported")),
        };
    }
    match architecture {
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Mixtral
        | Architecture::Phi3
        | Architecture::Gemma3
        | Architecture::GptOss
        | Architecture::Qwen35Moe => Ok(window),
        Architecture::Qwen2 | Architecture::Qwen3 | Architecture::Qwen3Moe => {
            if !fields.bool("use_sliding_window")?.unwrap_or(false) {
                return Ok(None);
            }
            match fields.integer(FULL, &(0..=*limits::LAYERS.end()))? {
                Some(full) if full >= layers => Ok(None),
                Some(0) => Ok(window),
                None | Some(1..) => Err(fields.wrong(FULL, "a mixture of layers is not supported")),
            }
        }
    }
}

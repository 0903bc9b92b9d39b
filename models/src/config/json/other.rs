//! A `config.json` for an architecture that another library computes. What that library gets holds
//! only members that were checked here.

mod rotary;
mod rules;

use serde_json::{Map, Value, json};

use super::super::draft::Draft;
use super::super::limits;
use super::super::mixture::Specifics;
use super::super::{
    Architecture, ModelConfig, OtherArchitecture, OtherConfig, RopeConfig, RopeLayout, RopeScaling,
};
use super::Fields;
use crate::error::ModelError;
use rules::Rule;

/// The longest context in tokens: the other library makes tables for all of its positions.
const CONTEXT_TOKENS_MAX: usize = 1 << 15;
const PARTIAL: &str = "partial_rotary_factor";
const QUANTIZED: &str = "quantization_config";
const ACTIVATIONS: [&str; 6] = [
    "gelu",
    "gelu_new",
    "gelu_pytorch_tanh",
    "relu",
    "relu2",
    "silu",
];

/// Reads the configuration in `fields`, and takes `eos` for the ends of generation.
pub(super) fn read(
    fields: &Fields<'_>,
    architecture: OtherArchitecture,
    eos: Vec<u32>,
) -> Result<ModelConfig, ModelError> {
    if fields.get(QUANTIZED).is_some() {
        let reason = "quantised weights are not supported for this architecture";
        return Err(fields.wrong(QUANTIZED, reason));
    }
    let mut draft = draft(fields, eos)?;
    draft.context_tokens_max = context(fields)?;
    let mut members = Map::new();
    for rule in rules::of(architecture) {
        if let Some((name, value)) = rule.read(fields)? {
            members.insert(name.to_owned(), value);
        }
    }
    members.extend(common(&draft, fields, architecture)?);
    if let Some(part) = members.get(PARTIAL).and_then(Value::as_f64) {
        draft.rope.dim = (draft.head_dim as f64 * part) as usize;
        PARTIAL.clone_into(&mut draft.rope_dim_field);
    }
    draft.tied_embeddings = members.get("tie_word_embeddings") == Some(&Value::Bool(true));
    draft.other = Some(OtherConfig(members));
    draft.check(&fields.path, Architecture::Other(architecture))
}

/// The numbers that are compared with each other, whatever the architecture makes of them.
fn draft(fields: &Fields<'_>, eos: Vec<u32>) -> Result<Draft, ModelError> {
    let heads = fields.required("num_attention_heads", &limits::HEADS)?;
    let hidden = fields.required("hidden_size", &limits::HIDDEN)?;
    let head_dim = fields.integer("head_dim", &limits::HEAD_DIM)?;
    let head_dim = head_dim.unwrap_or(hidden / heads);
    let kv_heads = fields.integer("num_key_value_heads", &limits::HEADS)?;
    Ok(Draft {
        layers: fields.required("num_hidden_layers", &limits::LAYERS)?,
        hidden,
        heads,
        kv_heads: kv_heads.unwrap_or(heads),
        kv_heads_field: "num_key_value_heads".to_owned(),
        head_dim,
        head_dim_field: "head_dim".to_owned(),
        feed_forward: fields.required("intermediate_size", &limits::FEED_FORWARD)?,
        experts: None,
        vocabulary: fields.required("vocab_size", &limits::VOCABULARY)?,
        context_tokens_max: 0,
        rms_norm_eps: 1e-5,
        rope: RopeConfig {
            theta: rotary::theta(fields)? as f32,
            dim: head_dim,
            layout: RopeLayout::Half,
            scaling: RopeScaling::None,
        },
        rope_dim_field: "head_dim".to_owned(),
        tied_embeddings: false,
        qkv_bias: false,
        bos: fields.ids("bos_token_id")?.first().copied(),
        bos_field: "bos_token_id",
        eos,
        eos_field: "eos_token_id",
        sliding_window: None,
        specifics: Specifics::default(),
        other: None,
    })
}

/// The context length. Where attention has a window no more than that: up to there it sees everything,
/// and the other library computes windows in its own way.
fn context(fields: &Fields<'_>) -> Result<usize, ModelError> {
    let context = fields.required("max_position_embeddings", &limits::CONTEXT)?;
    let window = fields.integer("sliding_window", &(0..=*limits::WINDOW.end()))?;
    let unused = fields.bool("use_sliding_window")? == Some(false);
    let window = window.filter(|&window| window > 0 && !unused);
    Ok(context
        .min(window.unwrap_or(context))
        .min(CONTEXT_TOKENS_MAX))
}

fn common(
    draft: &Draft,
    fields: &Fields<'_>,
    architecture: OtherArchitecture,
) -> Result<Map<String, Value>, ModelError> {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("vocab_size", draft.vocabulary.into());
    set("hidden_size", draft.hidden.into());
    set("intermediate_size", draft.feed_forward.into());
    set("num_hidden_layers", draft.layers.into());
    set("num_attention_heads", draft.heads.into());
    set("num_key_value_heads", draft.kv_heads.into());
    set("head_dim", draft.head_dim.into());
    set("max_position_embeddings", draft.context_tokens_max.into());
    set("rope_theta", rotary::theta(fields)?.into());
    if let Some(scaling) = rotary::scaling(fields, architecture)? {
        set("rope_scaling", scaling);
    }
    // These two are read and not used, since the context is no longer than a window.
    set("sliding_window", draft.context_tokens_max.into());
    for name in ["bos_token_id", "eos_token_id"] {
        set(name, json!(0));
    }
    let (name, activation) = activation(fields, architecture)?;
    set(name, activation.into());
    Ok(members)
}

/// The activation under the one name that the other library reads.
fn activation<'a>(
    fields: &'a Fields<'_>,
    architecture: OtherArchitecture,
) -> Result<(&'static str, &'a str), ModelError> {
    const OLD: &str = "hidden_act";
    const NEW: &str = "hidden_activation";
    let gemma = matches!(
        architecture,
        OtherArchitecture::Gemma | OtherArchitecture::Gemma2
    );
    let (name, found) = match (gemma, fields.str(NEW)?) {
        (true, Some(found)) => (NEW, found),
        // The first files said `gelu` and meant its approximation.
        (true, None) => match fields.str(OLD)? {
            None | Some("gelu") => (NEW, "gelu_pytorch_tanh"),
            Some(other) => (NEW, other),
        },
        (false, _) => (OLD, fields.str(OLD)?.unwrap_or("silu")),
    };
    if !ACTIVATIONS.contains(&found) {
        return Err(fields.wrong(OLD, &format!("`{found}` is not supported")));
    }
    Ok((name, found))
}

impl Rule {
    /// The member and its value, where it has one; an error when it is not what it may be.
    fn read(&self, fields: &Fields<'_>) -> Result<Option<(&'static str, Value)>, ModelError> {
        let missing = |name: &str| fields.wrong(name, "is missing");
        Ok(match self {
            Self::Integer(name, range, default) => {
                let number = fields
                    .integer(name, range)?
                    .map(|it| it as u64)
                    .or(*default);
                Some((*name, number.ok_or_else(|| missing(name))?.into()))
            }
            Self::Float(name, range, default) => {
                let number = float(fields, name, range)?.or(*default);
                Some((*name, number.ok_or_else(|| missing(name))?.into()))
            }
            Self::Truth(name, default) => {
                Some((*name, fields.bool(name)?.unwrap_or(*default).into()))
            }
            Self::Always(name, only) => {
                if fields.bool(name)?.unwrap_or(*only) != *only {
                    return Err(fields.wrong(name, &format!("only `{only}` is supported")));
                }
                Some((*name, (*only).into()))
            }
            Self::MayBeNone(name, range) => {
                fields.integer(name, range)?.map(|it| (*name, it.into()))
            }
            Self::FloatMayBeNone(name, range) => {
                fields.float(name, range)?.map(|it| (*name, it.into()))
            }
            Self::Text(name, allowed, default) => {
                let found = fields.str(name)?.unwrap_or(default);
                if !allowed.contains(&found) {
                    return Err(fields.wrong(name, &format!("`{found}` is not supported")));
                }
                Some((*name, found.into()))
            }
            Self::List(name, range) => list(fields, name, range)?.map(|list| (*name, list)),
            Self::Empty(name) => match fields.get(name).map(Value::as_array) {
                None => None,
                Some(Some(list)) if list.is_empty() => None,
                Some(_) => return Err(fields.wrong(name, "is not supported")),
            },
        })
    }
}

/// A float at the top, or since transformers 5 among the rotary parameters.
fn float(
    fields: &Fields<'_>,
    name: &str,
    range: &std::ops::RangeInclusive<f64>,
) -> Result<Option<f64>, ModelError> {
    if let Some(number) = fields.float(name, range)? {
        return Ok(Some(number));
    }
    match fields.object("rope_parameters")? {
        Some(parameters) => parameters.float(name, range),
        None => Ok(None),
    }
}

fn list(
    fields: &Fields<'_>,
    name: &str,
    range: &std::ops::RangeInclusive<u64>,
) -> Result<Option<Value>, ModelError> {
    let Some(value) = fields.get(name) else {
        return Ok(None);
    };
    let fits = |list: &Vec<Value>| {
        list.len() as u64 <= *limits::LAYERS.end()
            && list
                .iter()
                .all(|it| it.as_u64().is_some_and(|it| range.contains(&it)))
    };
    if value.as_array().is_some_and(fits) {
        return Ok(Some(value.clone()));
    }
    let reason = format!(
        "is not a list of numbers from {} to {}",
        range.start(),
        range.end()
    );
    Err(fields.wrong(name, &reason))
}

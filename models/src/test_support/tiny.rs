//! A tiny random model in both formats, with a byte-level tokenizer and a `ChatML` template.

use std::path::Path;

use serde_json::json;

use super::gguf_writer::{GgufWriter, Value};

/// The merges of the tiny tokenizer, so that tokens are not simply bytes.
const MERGES: &[&str] = &[
    "t h", "th e", "h e", "i n", "e r", "a n", "an d", "Ġ t", "Ġt h", "Ġth e",
];
const CALL_MARKS: &[&str] = &["<tool_call>", "</tool_call>"];
const EXPERTS: u32 = 4;
const EXPERTS_USED: u32 = 2;
const CONTROLS: &[&str] = &["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

/// A `ChatML` template that renders tools.
pub const CHATML_TEMPLATE: &str = "\
{%- if tools %}{{- '<|im_start|>system\\nTools: ' }}
{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}{{- '<|im_end|>\\n' }}{%- endif %}
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";

/// The shape of a tiny model.
#[derive(Debug, Clone)]
pub struct TinyShape {
    /// Architecture, one of [`TinyShape::ARCHITECTURES`].
    pub architecture: &'static str,
    /// Width of the residual stream, a multiple of 32.
    pub hidden: u32,
    /// Number of blocks.
    pub layers: u32,
    /// Query heads.
    pub heads: u32,
    /// Key-value heads.
    pub kv_heads: u32,
    /// Width inside the feed-forward part, a multiple of 32.
    pub feed_forward: u32,
    /// Context length.
    pub context: u32,
    /// The seed of its weights.
    pub seed: u64,
}

impl Default for TinyShape {
    fn default() -> Self {
        Self {
            architecture: "llama",
            hidden: 64,
            layers: 2,
            heads: 4,
            kv_heads: 2,
            feed_forward: 128,
            context: 2048,
            seed: 0,
        }
    }
}

impl TinyShape {
    /// The architectures that can be written: those whose layers are all alike.
    pub const ARCHITECTURES: &'static [&'static str] =
        &["llama", "qwen2", "qwen3", "qwen3moe", "mixtral", "phi3"];

    /// How many experts a block has; 0 without any.
    fn experts(&self) -> u32 {
        match self.architecture {
            "mixtral" | "qwen3moe" => EXPERTS,
            _ => 0,
        }
    }
}

/// Every token of the tiny tokenizer in order of id: 256 bytes, merges, tool-call marks, controls.
pub fn tiny_tokens() -> Vec<String> {
    let merged = MERGES.iter().map(|merge| merge.replace(' ', ""));
    let marks = CALL_MARKS.iter().chain(CONTROLS).map(ToString::to_string);
    (0..=255)
        .map(|byte| byte_char(byte).to_string())
        .chain(merged)
        .chain(marks)
        .collect()
}

/// The tiny model as GGUF, matrices in `Q8_0` and vectors in f32; about 134 kB in its default shape.
pub fn tiny_gguf(shape: &TinyShape) -> GgufWriter {
    let tokens = tiny_tokens();
    let mut writer = with_hyperparameters(GgufWriter::default(), shape);
    writer = with_tokenizer(writer, &tokens);
    for (name, dimensions, values) in tiny_weights(shape) {
        let dimensions: Vec<u64> = dimensions.into_iter().map(u64::from).collect();
        writer = if dimensions.len() == 1 {
            writer.f32(&name, &dimensions, &values)
        } else {
            writer.q8_0(&name, &dimensions, &values)
        };
    }
    writer
}

fn with_hyperparameters(writer: GgufWriter, shape: &TinyShape) -> GgufWriter {
    let arch = match shape.architecture {
        "mixtral" => "llama",
        other => other,
    };
    let key = |name: &str| format!("{arch}.{name}");
    let writer = match shape.experts() {
        0 => writer,
        count => writer
            .key(&key("expert_count"), Value::U32(count))
            .key(&key("expert_used_count"), Value::U32(EXPERTS_USED)),
    };
    writer
        .key("general.architecture", Value::Text(arch.to_owned()))
        .key("general.name", Value::Text("tiny-random".to_owned()))
        .key("general.license", Value::Text("mit".to_owned()))
        .key(&key("context_length"), Value::U32(shape.context))
        .key(&key("embedding_length"), Value::U32(shape.hidden))
        .key(&key("block_count"), Value::U32(shape.layers))
        .key(&key("feed_forward_length"), Value::U32(shape.feed_forward))
        .key(&key("attention.head_count"), Value::U32(shape.heads))
        .key(&key("attention.head_count_kv"), Value::U32(shape.kv_heads))
        .key(&key("attention.layer_norm_rms_epsilon"), Value::F32(1e-5))
        .key(
            &key("rope.dimension_count"),
            Value::U32(shape.hidden / shape.heads),
        )
        .key(&key("rope.freq_base"), Value::F32(10_000.0))
}

fn with_tokenizer(writer: GgufWriter, tokens: &[String]) -> GgufWriter {
    let id = |text: &str| tokens.iter().position(|token| token == text).unwrap_or(0) as u32;
    let kind = |token: &String| match token.as_str() {
        text if CONTROLS.contains(&text) => 3,
        text if CALL_MARKS.contains(&text) => 4,
        _ => 1,
    };
    writer
        .key("tokenizer.ggml.model", Value::Text("gpt2".to_owned()))
        .key("tokenizer.ggml.pre", Value::Text("gpt-2".to_owned()))
        .key("tokenizer.ggml.tokens", Value::Texts(tokens.to_vec()))
        .key(
            "tokenizer.ggml.token_type",
            Value::I32s(tokens.iter().map(kind).collect()),
        )
        .key(
            "tokenizer.ggml.merges",
            Value::Texts(MERGES.iter().map(ToString::to_string).collect()),
        )
        .key(
            "tokenizer.ggml.bos_token_id",
            Value::U32(id("<|endoftext|>")),
        )
        .key("tokenizer.ggml.eos_token_id", Value::U32(id("<|im_end|>")))
        .key("tokenizer.ggml.add_bos_token", Value::Bool(false))
        .key(
            "tokenizer.chat_template",
            Value::Text(CHATML_TEMPLATE.to_owned()),
        )
}

/// Writes the tiny model as a safetensors folder: `config.json`, `generation_config.json`,
/// `tokenizer.json`, `tokenizer_config.json` and `model.safetensors` in f32.
///
/// # Errors
/// What the file system says.
pub fn tiny_safetensors(folder: &Path, shape: &TinyShape) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let tokens = tiny_tokens();
    let id = |text: &str| tokens.iter().position(|token| token == text);
    let class = match shape.architecture {
        "qwen2" => "Qwen2ForCausalLM",
        "qwen3" => "Qwen3ForCausalLM",
        "qwen3moe" => "Qwen3MoeForCausalLM",
        "mixtral" => "MixtralForCausalLM",
        "phi3" => "Phi3ForCausalLM",
        _ => "LlamaForCausalLM",
    };
    let config = json!({
        "architectures": [class], "model_type": shape.architecture,
        "hidden_size": shape.hidden, "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads, "num_key_value_heads": shape.kv_heads,
        "intermediate_size": shape.feed_forward, "vocab_size": tokens.len(),
        "head_dim": shape.hidden / shape.heads, "max_position_embeddings": shape.context, "rms_norm_eps": 1e-5, "rope_theta": 10_000.0,
        "tie_word_embeddings": false, "bos_token_id": id("<|endoftext|>"),
        "eos_token_id": id("<|im_end|>"), "num_experts": shape.experts(),
        "num_experts_per_tok": EXPERTS_USED, "moe_intermediate_size": shape.feed_forward,
        "norm_topk_prob": true,
    });
    let write = |name: &str, value: &serde_json::Value| {
        std::fs::write(folder.join(name), value.to_string())
    };
    write("config.json", &config)?;
    write(
        "generation_config.json",
        &json!({"eos_token_id": [id("<|im_end|>")]}),
    )?;
    write("tokenizer.json", &tokenizer_json(&tokens))?;
    let template = json!({"chat_template": CHATML_TEMPLATE, "eos_token": "<|im_end|>"});
    write("tokenizer_config.json", &template)?;
    std::fs::write(folder.join("model.safetensors"), safetensors_bytes(shape))
}

fn tokenizer_json(tokens: &[String]) -> serde_json::Value {
    let added = |(id, token): (usize, &String)| {
        let special = CONTROLS.contains(&token.as_str());
        (special || CALL_MARKS.contains(&token.as_str())).then(|| {
            json!({"id": id, "content": token, "special": special, "normalized": false,
                "single_word": false, "lstrip": false, "rstrip": false})
        })
    };
    let vocabulary: serde_json::Map<String, serde_json::Value> = tokens
        .iter()
        .enumerate()
        .map(|(id, token)| (token.clone(), id.into()))
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null,
        "added_tokens": tokens.iter().enumerate().filter_map(added).collect::<Vec<_>>(),
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": true},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "fuse_unk": false,
            "byte_fallback": false, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "vocab": vocabulary, "merges": MERGES},
    })
}

fn safetensors_bytes(shape: &TinyShape) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut data = Vec::new();
    for (name, dimensions, values) in tiny_weights(shape) {
        let start = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let entry =
            json!({"dtype": "F32", "shape": dimensions, "data_offsets": [start, data.len()]});
        header.insert(hugging_face_name(&name), entry);
    }
    let mut header = serde_json::Value::Object(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend(header);
    out.extend(data);
    out
}

/// Canonical name, shape (outermost first) and values of every weight.
fn tiny_weights(shape: &TinyShape) -> Vec<(String, Vec<u32>, Vec<f32>)> {
    let (hidden, ffn) = (shape.hidden, shape.feed_forward);
    let head = hidden / shape.heads;
    let kv = shape.kv_heads * head;
    let vocabulary = tiny_tokens().len() as u32;
    let mut shapes = vec![("token_embd.weight".to_owned(), vec![vocabulary, hidden])];
    for layer in 0..shape.layers {
        let mut add = |name: &str, dimensions: &[u32]| {
            shapes.push((format!("blk.{layer}.{name}"), dimensions.to_vec()));
        };
        add("attn_norm.weight", &[hidden]);
        if shape.architecture == "phi3" {
            add("attn_qkv.weight", &[hidden + 2 * kv, hidden]);
            add("attn_output.weight", &[hidden, hidden]);
            add("ffn_norm.weight", &[hidden]);
            add("ffn_up.weight", &[2 * ffn, hidden]);
            add("ffn_down.weight", &[hidden, ffn]);
            continue;
        }
        add("attn_q.weight", &[hidden, hidden]);
        add("attn_k.weight", &[kv, hidden]);
        add("attn_v.weight", &[kv, hidden]);
        if shape.architecture == "qwen2" {
            add("attn_q.bias", &[hidden]);
            add("attn_k.bias", &[kv]);
            add("attn_v.bias", &[kv]);
        }
        if shape.architecture.starts_with("qwen3") {
            add("attn_q_norm.weight", &[head]);
            add("attn_k_norm.weight", &[head]);
        }
        add("attn_output.weight", &[hidden, hidden]);
        add("ffn_norm.weight", &[hidden]);
        let parts: Vec<String> = match shape.experts() {
            0 => vec![String::new()],
            count => (0..count).map(|expert| format!("{expert}.")).collect(),
        };
        if shape.experts() > 0 {
            add("ffn_gate_inp.weight", &[shape.experts(), hidden]);
        }
        for part in parts {
            add(&format!("ffn_gate.{part}weight"), &[ffn, hidden]);
            add(&format!("ffn_up.{part}weight"), &[ffn, hidden]);
            add(&format!("ffn_down.{part}weight"), &[hidden, ffn]);
        }
    }
    shapes.push(("output_norm.weight".to_owned(), vec![hidden]));
    shapes.push(("output.weight".to_owned(), vec![vocabulary, hidden]));
    let mut random = shape.seed;
    shapes
        .into_iter()
        .map(|(name, dimensions)| {
            let count: u32 = dimensions.iter().product();
            let base = if name.ends_with("norm.weight") {
                1.0
            } else {
                0.0
            };
            let values = (0..count)
                .map(|_| base + 0.1 * next_random(&mut random))
                .collect();
            (name, dimensions, values)
        })
        .collect()
}

fn hugging_face_name(canonical: &str) -> String {
    const PARTS: &[(&str, &str)] = &[
        ("token_embd", "model.embed_tokens"),
        ("output_norm", "model.norm"),
        ("attn_output", "self_attn.o_proj"),
        ("output.", "lm_head."),
        ("attn_norm", "input_layernorm"),
        ("ffn_norm", "post_attention_layernorm"),
        ("attn_q_norm", "self_attn.q_norm"),
        ("attn_k_norm", "self_attn.k_norm"),
        ("attn_qkv", "self_attn.qkv_proj"),
        ("attn_q", "self_attn.q_proj"),
        ("attn_k", "self_attn.k_proj"),
        ("attn_v", "self_attn.v_proj"),
        ("ffn_gate_inp", "mlp.gate"),
        ("ffn_gate", "mlp.gate_proj"),
        ("ffn_up", "mlp.up_proj"),
        ("ffn_down", "mlp.down_proj"),
    ];
    let found = PARTS.iter().find(|(ours, _)| canonical.contains(ours));
    let expert = canonical
        .split('.')
        .nth(3)
        .filter(|part| part.parse::<u32>().is_ok());
    if let (Some(expert), Some((ours, theirs))) = (expert, found) {
        let theirs = theirs.replace("mlp.", &format!("mlp.experts.{expert}."));
        let name = canonical.replace(&format!("{ours}.{expert}"), &theirs);
        return name.replace("blk.", "model.layers.");
    }
    let name = found.map_or(canonical.to_owned(), |(ours, theirs)| {
        canonical.replace(ours, theirs)
    });
    name.replace("blk.", "model.layers.")
}

/// The character that stands for `byte` in a byte-level vocabulary: itself when it is printable.
fn byte_char(byte: u8) -> char {
    let printable = |b: u8| matches!(b, 33..=126 | 161..=172 | 174..=255);
    if printable(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|&b| !printable(b)).count() as u32;
    char::from_u32(256 + before).unwrap_or('?')
}

/// The next number of a splitmix64 sequence, in -1..1.
pub(super) fn next_random(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 40) as f32 / 8_388_608.0 - 1.0
}

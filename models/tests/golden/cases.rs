//! The golden checkpoints. To add one: a folder made by `make_golden.py`, and its row here.

/// One tiny network and the files that hold it.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// Its folder.
    pub(crate) name: &'static str,
    /// The architecture as `Architecture::SUPPORTED` names it.
    pub(crate) architecture: &'static str,
    /// What the network has that others of its architecture may lack.
    pub(crate) with: &'static str,
    /// Files that hold the very weights of the reference.
    pub(crate) plain: &'static [&'static str],
    /// Files with quantised weights; the reference computed with the same weights, dequantised.
    pub(crate) quantized: &'static [&'static str],
}

/// Weights in 8 bits, and llama.cpp's mixture of K-quants in a wider network.
const Q8_AND_Q4: &[&str] = &["q8_0.gguf", "wide-q4_k_m.gguf"];

/// Every case.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "llama",
        architecture: "llama",
        with: "Llama 3 rotary scaling",
        plain: &["f32.gguf", "safetensors"],
        quantized: Q8_AND_Q4,
    },
    Case {
        name: "mistral",
        architecture: "llama",
        with: "a sliding window",
        plain: &["safetensors"],
        quantized: &[],
    },
    Case {
        name: "qwen2",
        architecture: "qwen2",
        with: "YaRN",
        plain: &["f16.gguf", "safetensors"],
        quantized: Q8_AND_Q4,
    },
    Case {
        name: "qwen3",
        architecture: "qwen3",
        with: "tied embeddings",
        plain: &["bf16.gguf", "safetensors"],
        quantized: Q8_AND_Q4,
    },
    Case {
        name: "qwen3moe",
        architecture: "qwen3moe",
        with: "2 of 6 experts",
        plain: &["bf16.gguf", "safetensors"],
        quantized: Q8_AND_Q4,
    },
    Case {
        name: "mixtral",
        architecture: "mixtral",
        with: "2 of 4 experts",
        plain: &["f16.gguf", "safetensors"],
        quantized: Q8_AND_Q4,
    },
    Case {
        name: "phi3",
        architecture: "phi3",
        with: "LongRoPE, partly rotated heads",
        plain: &["f32.gguf", "safetensors"],
        quantized: Q8_AND_Q4,
    },
    Case {
        name: "gemma3",
        architecture: "gemma3",
        with: "local layers, linear rotary scaling",
        plain: &["f32.gguf", "safetensors"],
        quantized: Q8_AND_Q4,
    },
    Case {
        name: "gemma3-caps",
        architecture: "gemma3",
        with: "other scores, bounded logits",
        plain: &["safetensors"],
        quantized: &[],
    },
    Case {
        name: "gpt-oss",
        architecture: "gpt-oss",
        with: "sinks, 2 of 4 experts, YaRN",
        plain: &["bf16.gguf", "safetensors"],
        quantized: &[
            "q8_0.gguf",
            "wide-q4_k_m.gguf",
            "mxfp4.gguf",
            "safetensors-mxfp4",
        ],
    },
    Case {
        name: "qwen35moe",
        architecture: "qwen35moe",
        with: "linear attention, 2 of 4 experts and a shared one",
        plain: &["bf16.gguf", "safetensors"],
        quantized: Q8_AND_Q4,
    },
    Case {
        name: "qwen35moe-whole",
        architecture: "qwen35moe",
        with: "the text part of a network that sees images",
        plain: &["safetensors"],
        quantized: &[],
    },
];

/// The architectures that another library computes, by the names of their folders in `other/`.
pub(crate) const OTHERS: &[Case] = &[
    other("other/gemma", "gemma", ""),
    other("other/gemma2", "gemma2", "soft caps"),
    other("other/starcoder2", "starcoder2", "biases"),
    other("other/stablelm", "stablelm", "biases, partly rotated heads"),
    other("other/phi2", "phi2", "partly rotated heads"),
    other("other/olmo", "olmo", "tied embeddings"),
    other("other/olmo2", "olmo2", ""),
    other("other/glm4", "glm4", "biases, partly rotated heads"),
    other("other/helium", "helium", ""),
    other("other/smollm3", "smollm3", "a layer without positions"),
    other(
        "other/qwen2moe",
        "qwen2moe",
        "2 of 4 experts and a shared one",
    ),
    other(
        "other/deepseek2",
        "deepseek2",
        "YaRN, 2 of 4 experts and a shared one",
    ),
];

const fn other(name: &'static str, architecture: &'static str, with: &'static str) -> Case {
    Case {
        name,
        architecture,
        with,
        plain: &["safetensors"],
        quantized: &[],
    }
}

impl Case {
    /// A file whose weights are not quantised.
    pub(crate) fn plain(&self) -> &'static str {
        self.plain[0]
    }
}

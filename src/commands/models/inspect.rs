//! `aldo models inspect`.

use aldo_models::{Checkpoint, Facts, Format, ModelConfig, Quantize};
use serde_json::{Value, json};

use crate::commands::{Context, model, quantize};
use crate::failure::Failure;
use crate::ui::{Outcome, Page, size, strong, warning};

/// What can be typed after `aldo models inspect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model: an id from `aldo models ls`, or a path.
    #[arg(value_name = "ID|PATH")]
    model: String,
    /// Say what memory it takes when its weights are made smaller at load: `q4_k`, `q8_0` and others.
    #[arg(long, value_name = "TYPE", value_parser = quantize::parse)]
    quantize: Option<Quantize>,
}

/// Shows what a checkpoint is.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let checkpoint = model::find(ctx, &args.model)?;
    let facts = checkpoint.facts();
    let memory_bytes =
        checkpoint.memory_bytes_as(checkpoint.config().context_tokens_max, args.quantize);
    Ok(Outcome::new(
        &document(&checkpoint, &facts, memory_bytes),
        page(&checkpoint, &facts, memory_bytes),
    ))
}

fn document(checkpoint: &Checkpoint, facts: &Facts, memory_bytes: u64) -> Value {
    let config = checkpoint.config();
    let tokenizer = match &facts.tokenizer {
        Ok(found) => json!({"kind": found.kind, "pre": found.pre, "tokens": found.tokens}),
        Err(reason) => json!({"error": reason}),
    };
    let template = facts.template.as_ref().map(|found| {
        json!({
            "sha256": found.sha256,
            "tools": found.tools,
            "thinking": found.thinking,
            "dialect": found.dialect,
            "error": found.error,
        })
    });
    json!({
        "id": checkpoint.id(),
        "path": checkpoint.path().map(|path| path.display().to_string()),
        "name": facts.name,
        "license": facts.license,
        "format": format(checkpoint),
        "architecture": config.architecture.name(),
        "computedBy": computed_by(config),
        "quantization": checkpoint.quantization(),
        "parameters": checkpoint.parameters(),
        "sizeBytes": checkpoint.size_bytes(),
        "contextTokens": config.context_tokens_max,
        "memoryBytes": memory_bytes,
        "layers": config.layers,
        "hidden": config.hidden,
        "heads": config.heads,
        "kvHeads": config.kv_heads,
        "headDim": config.head_dim,
        "feedForward": config.feed_forward,
        "vocabulary": config.vocabulary,
        "tensorKinds": facts.tensor_kinds,
        "replacedKinds": facts.replaced_kinds,
        "tokenizer": tokenizer,
        "template": template,
        "warnings": facts.warnings,
    })
}

fn page(checkpoint: &Checkpoint, facts: &Facts, memory_bytes: u64) -> Page {
    let config = checkpoint.config();
    let path = checkpoint.path().map(|path| path.display().to_string());
    let heads = format!(
        "{} of {}, {} key-value",
        config.heads, config.head_dim, config.kv_heads
    );
    let kinds =
        facts
            .tensor_kinds
            .iter()
            .map(|(kind, count)| match facts.replaced_kinds.get(kind) {
                Some(kept) => format!("{count} {kind} (computed as {kept})"),
                None => format!("{count} {kind}"),
            });
    let context = config.context_tokens_max;
    let memory = size::bytes(memory_bytes);
    let mut page = Page::new();
    page.line([strong(checkpoint.id())]);
    page.fields([
        ("where", path.unwrap_or_else(|| "built in".to_owned())),
        (
            "name",
            facts.name.clone().unwrap_or_else(|| "not given".to_owned()),
        ),
        (
            "license",
            facts
                .license
                .clone()
                .unwrap_or_else(|| "not given".to_owned()),
        ),
        ("format", format(checkpoint).to_owned()),
        ("architecture", architecture(config)),
        ("weights", size::count(checkpoint.parameters())),
        ("type", checkpoint.quantization()),
        ("size", size::bytes(checkpoint.size_bytes())),
        (
            "context",
            format!("{context} tokens, {memory} of memory when full"),
        ),
        (
            "layers",
            format!(
                "{} of {}, feed-forward {}",
                config.layers, config.hidden, config.feed_forward
            ),
        ),
        ("heads", heads),
        ("tensors", kinds.collect::<Vec<_>>().join(", ")),
        ("tokenizer", tokenizer(facts)),
        ("template", template(facts)),
        ("dialect", dialect(facts)),
    ]);
    for odd in &facts.warnings {
        page.line([warning(odd)]);
    }
    page
}

/// The library that computes the network.
fn computed_by(config: &ModelConfig) -> &'static str {
    if config.other.is_some() {
        "candle-transformers"
    } else {
        "aldo"
    }
}

/// The architecture, and what it costs when another library computes it.
fn architecture(config: &ModelConfig) -> String {
    let name = config.architecture.name();
    if config.other.is_some() {
        let by = computed_by(config);
        format!("{name}, through {by}: one request at a time, no reuse of prefixes")
    } else {
        name.to_owned()
    }
}

fn format(checkpoint: &Checkpoint) -> &'static str {
    match checkpoint.format() {
        Format::Gguf => "gguf",
        Format::Safetensors => "safetensors",
    }
}

fn tokenizer(facts: &Facts) -> String {
    match &facts.tokenizer {
        Ok(found) => {
            let pre = found
                .pre
                .as_ref()
                .map(|pre| format!(" ({pre})"))
                .unwrap_or_default();
            format!("{}{pre}, {} tokens", found.kind, found.tokens)
        }
        Err(reason) => format!("unusable: {reason}"),
    }
}

/// How the model marks up reasoning and calls.
fn dialect(facts: &Facts) -> String {
    let found = facts.template.as_ref().and_then(|it| it.dialect.clone());
    found.unwrap_or_else(|| "not known".to_owned())
}

fn template(facts: &Facts) -> String {
    let Some(found) = &facts.template else {
        return "none".to_owned();
    };
    if let Some(error) = &found.error {
        return format!("unusable: {error}");
    }
    let tools = if found.tools { "tools" } else { "no tools" };
    let thinking = if found.thinking {
        "thinking"
    } else {
        "no thinking"
    };
    format!("{tools}, {thinking}")
}

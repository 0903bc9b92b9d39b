//! `aldo models fit`: whether a model fits this machine, before it is loaded.

use aldo_backends::memory_available_bytes;
use aldo_models::{Checkpoint, Quantize};
use serde_json::{Value, json};

use crate::commands::{Context, model, quantize};
use crate::failure::Failure;
use crate::ui::{Outcome, Page, Span, bad, dim, good, plain, size, strong, warning};

mod estimate;

pub(super) use estimate::{Fit, Verdict};

/// The context length where nobody names one, in tokens.
pub(super) const CONTEXT_TOKENS: u64 = 8192;

/// What can be typed after `aldo models fit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model: an id from `aldo models ls`, or a path.
    #[arg(value_name = "ID|PATH")]
    model: String,
    /// The length of the conversation, in tokens.
    #[arg(long, value_name = "TOKENS", default_value_t = CONTEXT_TOKENS)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    context: u64,
    /// Make the weights smaller at load: `q4_k`, `q8_0` and others.
    #[arg(long, value_name = "TYPE", value_parser = quantize::parse)]
    quantize: Option<Quantize>,
}

/// Says whether it fits; one that does not is exit code 3.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let checkpoint = model::find(ctx, &args.model)?;
    let fit = of(&checkpoint, args.context, args.quantize);
    let failure =
        (fit.verdict == Verdict::TooLarge).then(|| too_large(&checkpoint, &fit, args.quantize));
    let document = json!({
        "ok": failure.is_none(),
        "id": checkpoint.id(),
        "quantization": checkpoint.quantization(),
        "sizeBytes": checkpoint.size_bytes(),
        "fit": fit,
        "error": failure.as_ref().map_or(Value::Null, Failure::json),
    });
    let outcome = Outcome::new(&document, page(&checkpoint, &fit));
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

/// Estimates what `checkpoint` takes with one conversation of `context` tokens, or of as many as it can have.
pub(super) fn of(checkpoint: &Checkpoint, context: u64, quantize: Option<Quantize>) -> Fit {
    let weights_bytes = checkpoint.memory_bytes_as(0, quantize);
    let token_bytes = checkpoint.memory_bytes_as(1, quantize) - weights_bytes;
    let context_max = checkpoint.config().context_tokens_max as u64;
    Fit::new(
        weights_bytes,
        token_bytes,
        context,
        context_max,
        memory_available_bytes(),
    )
}

fn page(checkpoint: &Checkpoint, fit: &Fit) -> Page {
    let cache = format!(
        "{} for {} of {} tokens",
        size::bytes(fit.cache_bytes),
        fit.context_tokens,
        fit.context_tokens_max
    );
    let available = fit.available_bytes.map_or_else(
        || "how much is available is not known".to_owned(),
        available,
    );
    let mut page = Page::new();
    page.line([strong(checkpoint.id())]);
    page.fields([
        ("weights", size::bytes(fit.weights_bytes)),
        ("cache", cache),
        (
            "memory",
            format!("{}, {available}", size::bytes(fit.memory_bytes)),
        ),
    ]);
    page.line([dim("verdict  "), verdict(fit), plain(longest(fit))]);
    page
}

fn available(bytes: u64) -> String {
    format!("{} available", size::bytes(bytes))
}

fn verdict(fit: &Fit) -> Span {
    match fit.verdict {
        Verdict::Fits => good("fits"),
        Verdict::Tight => warning("fits barely"),
        Verdict::TooLarge => bad("does not fit"),
        Verdict::Unknown => warning("not known"),
    }
}

/// How long a conversation fits, where that is not what was asked.
fn longest(fit: &Fit) -> String {
    match fit.context_tokens_fit {
        Some(tokens) if tokens > 0 && tokens != fit.context_tokens => {
            format!(", up to {tokens} tokens")
        }
        Some(_) | None => String::new(),
    }
}

/// One line for who waits for a download.
pub(super) fn sentence(fit: &Fit) -> String {
    let needs = format!(
        "{} of memory at {} tokens",
        size::bytes(fit.memory_bytes),
        fit.context_tokens
    );
    let available = fit
        .available_bytes
        .map_or_else(String::new, |bytes| format!(", {}", available(bytes)));
    let verdict = verdict(fit);
    format!("{}: {needs}{available}{}", verdict.text(), longest(fit))
}

fn too_large(checkpoint: &Checkpoint, fit: &Fit, quantize: Option<Quantize>) -> Failure {
    let message = format!(
        "`{}` needs {} of memory, {}",
        checkpoint.id(),
        size::bytes(fit.memory_bytes),
        available(fit.available_bytes.unwrap_or_default())
    );
    let failure = Failure::refused("does_not_fit", message);
    match fit.context_tokens_fit {
        Some(tokens) if tokens > 0 => failure.hint(format!("`--context {tokens}` fits")),
        Some(_) | None if quantize.is_none() => {
            failure.hint("`--quantize q4_k` makes the weights smaller at load")
        }
        Some(_) | None => failure.hint("pull a smaller quantisation or a smaller model"),
    }
}

//! The first requests to a model: they load it, and tell how it counts tokens.

use std::ops::RangeInclusive;
use std::time::Duration;

use aldo_backends::{Backend, Message, Request, Usage};

use super::ask::{Cut, ask};
use super::suite::sample;
use crate::agent::Cancel;

/// How long one answer may take at most.
pub const LIMIT: Duration = Duration::from_mins(30);
/// Bytes of filler by which a server's tokens are measured.
const SAMPLE_BYTES: usize = 2_000;
/// Bytes a token can be believed to stand for.
const BYTES_PER_TOKEN_KNOWN: RangeInclusive<f64> = 0.9..=8.0;

/// Loads the model and brings it to speed: its first request of all, whose answer is one word.
///
/// # Errors
/// What cut it off.
pub async fn warm_up(
    backend: &dyn Backend,
    cancel: &Cancel,
    limit: Duration,
) -> Result<Usage, Cut> {
    one_word(backend, cancel, limit, "Say yes.".to_owned()).await
}

async fn one_word(
    backend: &dyn Backend,
    cancel: &Cancel,
    limit: Duration,
    prompt: String,
) -> Result<Usage, Cut> {
    let request = Request {
        tokens_max: 1,
        ..Request::new(vec![Message::user(prompt)])
    };
    let (asked, cut) = ask(backend, request, cancel, limit).await;
    cut.map_or(Ok(asked.usage()), Err)
}

/// Measures how many bytes of filler a token of a server's model stands for, by how much longer it
/// counts a prompt with more of it; `warmed` is what it counted for the first request. Nothing where it
/// counts nothing that can be believed. `window` is how many tokens it reads.
pub async fn bytes_per_token(
    backend: &dyn Backend,
    cancel: &Cancel,
    warmed: Usage,
    window: usize,
) -> Option<f64> {
    // A token has a byte at least, so that this fits.
    let more = sample(SAMPLE_BYTES.min(window / 2));
    let bytes = more.len();
    let usage = one_word(backend, cancel, LIMIT, format!("{more}Say yes.")).await;
    let tokens = usage.ok()?.tokens_in.checked_sub(warmed.tokens_in)?;
    let measured = bytes as f64 / tokens as f64;
    (warmed.tokens_in > 0 && BYTES_PER_TOKEN_KNOWN.contains(&measured)).then_some(measured)
}

//! What a model needs against what there is. Pure.

use serde::Serialize;

/// From this part of what is available on, other programs will feel it.
const TIGHT: f64 = 0.85;

/// What a model takes with one conversation, and whether that is there.
// The names are the keys of the JSON document.
#[allow(clippy::struct_field_names)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fit {
    pub(crate) verdict: Verdict,
    /// Both together.
    pub(crate) memory_bytes: u64,
    /// Of the weights as they are kept once they are loaded.
    pub(crate) weights_bytes: u64,
    /// Of the conversation's cache.
    pub(crate) cache_bytes: u64,
    pub(crate) context_tokens: u64,
    pub(crate) context_tokens_max: u64,
    /// The longest conversation that fits; nothing where it is not known what is available.
    pub(crate) context_tokens_fit: Option<u64>,
    pub(crate) available_bytes: Option<u64>,
}

/// Whether it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It does.
    Fits,
    /// It does, and leaves little to others.
    Tight,
    /// It does not.
    TooLarge,
    /// The system does not say how much there is.
    Unknown,
}

impl Fit {
    /// Compares. `context` is cut to `context_max`.
    pub(super) fn new(
        weights_bytes: u64,
        token_bytes: u64,
        context: u64,
        context_max: u64,
        available_bytes: Option<u64>,
    ) -> Self {
        let context_tokens = context.min(context_max);
        let cache_bytes = token_bytes.saturating_mul(context_tokens);
        let memory_bytes = weights_bytes.saturating_add(cache_bytes);
        let longest = |available: u64| {
            let left = available.saturating_sub(weights_bytes);
            left.checked_div(token_bytes)
                .unwrap_or(context_max)
                .min(context_max)
        };
        let verdict = match available_bytes {
            None => Verdict::Unknown,
            Some(available) if memory_bytes > available => Verdict::TooLarge,
            Some(available) if memory_bytes as f64 > available as f64 * TIGHT => Verdict::Tight,
            Some(_) => Verdict::Fits,
        };
        Self {
            verdict,
            memory_bytes,
            weights_bytes,
            cache_bytes,
            context_tokens,
            context_tokens_max: context_max,
            context_tokens_fit: available_bytes.map(longest),
            available_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_follow_the_memory() {
        let verdict = |available| Fit::new(1000, 10, 50, 100, available).verdict;
        assert_eq!(verdict(Some(2000)), Verdict::Fits);
        assert_eq!(verdict(Some(1600)), Verdict::Tight);
        assert_eq!(verdict(Some(1499)), Verdict::TooLarge);
        assert_eq!(verdict(None), Verdict::Unknown);
    }

    #[test]
    fn the_longest_conversation_is_what_is_left() {
        let longest = |available| Fit::new(1000, 10, 50, 100, Some(available)).context_tokens_fit;
        assert_eq!(
            [500, 1000, 1255, 9000].map(longest),
            [Some(0), Some(0), Some(25), Some(100)]
        );
        assert_eq!(
            Fit::new(1, 0, 50, 100, Some(9)).context_tokens_fit,
            Some(100)
        );
        assert_eq!(
            Fit::new(1, u64::MAX, 500, 100, Some(9)).memory_bytes,
            u64::MAX
        );
        assert_eq!(Fit::new(1, 1, 500, 100, None).context_tokens, 100);
    }
}

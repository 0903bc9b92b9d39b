//! Figures nobody should believe: an empty answer is an error and no speed, a count that cannot be is
//! no rate.
//!
//! Pure: judges what was measured, measures nothing.

use aldo_backends::Usage;

use super::ask::Asked;

/// Tokens a second that no single answer comes near, on any machine there is: the quickest chips write
/// some 3,000, and a model of a few megabytes that repeats itself, whose tokens are guessed many at a time,
/// some 8,000 on two cores.
const RATE_MAX: f64 = 100_000.0;
/// Tokens of a prompt a second that nobody's machine computes for one prompt.
const PREFILL_RATE_MAX: f64 = 1_000_000.0;
/// Tokens that leave no trace in an answer: ends, marks around reasoning and calls.
const SILENT_TOKENS: u64 = 64;
/// A shorter time is within what the clock and the scheduler blur, in milliseconds.
const TIME_MS_MIN: f64 = 0.01;

/// What can be said of the speed of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rates {
    /// Tokens written a second, from the request to the end.
    pub total: Option<f64>,
    /// Tokens written a second, from the first to the last.
    pub decode: Option<f64>,
    /// Tokens of the prompt computed a second; those from a cache are none.
    pub prefill: Option<f64>,
    /// Why there is no rate, where there is none.
    pub doubt: Option<String>,
}

/// Says how fast an answer was, or why it counts as an error.
///
/// # Errors
/// A sentence: the answer is empty, took no time, or came faster than any machine writes.
pub fn rates(asked: &Asked) -> Result<Rates, String> {
    if asked.text.trim().is_empty() && asked.calls.is_empty() {
        return Err(empty(asked));
    }
    took_time(asked.total_ms)?;
    let usage = asked.usage();
    match doubt(asked, usage) {
        Some(doubt) => Ok(Rates {
            doubt: Some(doubt),
            ..Rates::default()
        }),
        None => figures(usage, asked.total_ms),
    }
}

/// Says how fast tokens came, whatever they say: reasoning counts like an answer. `asked` is what came,
/// where that is known.
///
/// # Errors
/// A sentence: nothing was written or counted, or it came faster than any machine writes.
pub fn speed(usage: Usage, total_ms: f64, asked: Option<&Asked>) -> Result<Rates, String> {
    if usage.tokens_out == 0 {
        return Err("no token was written, or nobody counted them".to_owned());
    }
    if let Some(asked) = asked {
        if asked.written_bytes() == 0 && asked.reasoning.is_empty() {
            return Err(empty(asked));
        }
        if let Some(doubt) = doubt(asked, usage) {
            return Err(doubt);
        }
    }
    took_time(total_ms)?;
    figures(usage, total_ms)
}

fn took_time(total_ms: f64) -> Result<(), String> {
    if total_ms.is_nan() || total_ms < TIME_MS_MIN {
        return Err("the answer took no time at all".to_owned());
    }
    Ok(())
}

fn figures(usage: Usage, total_ms: f64) -> Result<Rates, String> {
    let total = usage.tokens_out as f64 / (total_ms / 1e3);
    if total > RATE_MAX {
        return Err(format!(
            "{total:.0} tokens a second is more than a machine can write"
        ));
    }
    // The first token belongs to the prefill.
    let decoded = usage.tokens_out.saturating_sub(1);
    let computed = usage.tokens_in.saturating_sub(usage.tokens_cached);
    Ok(Rates {
        total: Some(total),
        decode: rate(decoded, usage.decode_ms, RATE_MAX),
        prefill: rate(computed, usage.prefill_ms, PREFILL_RATE_MAX),
        doubt: None,
    })
}

fn empty(asked: &Asked) -> String {
    match asked.malformed.first() {
        Some(reason) => format!("the answer is a tool call that cannot be read: {reason}"),
        None if asked.reasoning.is_empty() => "the answer is empty".to_owned(),
        None => "the answer is reasoning alone".to_owned(),
    }
}

/// Why the counts cannot be, where they cannot.
fn doubt(asked: &Asked, usage: Usage) -> Option<String> {
    if asked.done.is_none() {
        return Some("the answer was cut off before anything was counted".to_owned());
    }
    if usage.tokens_out == 0 || usage.tokens_in == 0 {
        return Some("nobody counted the tokens".to_owned());
    }
    let bytes = asked.written_bytes() + asked.reasoning.len() as u64;
    // No token is shorter than a byte.
    if usage.tokens_out > bytes + SILENT_TOKENS {
        let counted = usage.tokens_out;
        return Some(format!("{counted} tokens are counted for {bytes} bytes"));
    }
    None
}

/// Tokens a second; nothing where they took no time, or less than any machine needs.
fn rate(tokens: u64, ms: f64, most: f64) -> Option<f64> {
    let honest = tokens > 0 && ms.is_finite() && ms >= TIME_MS_MIN;
    let rate = honest.then(|| tokens as f64 / (ms / 1e3));
    rate.filter(|rate| *rate <= most)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use aldo_backends::Finish;

    use super::*;

    fn asked(text: &str, total_ms: f64, usage: Usage) -> Asked {
        Asked {
            text: text.to_owned(),
            done: Some((Finish::Stop, usage)),
            total_ms,
            ..Asked::default()
        }
    }

    fn usage(tokens_in: u64, tokens_out: u64) -> Usage {
        Usage {
            tokens_in,
            tokens_out,
            prefill_ms: 100.0,
            decode_ms: 400.0,
            ..Usage::default()
        }
    }

    #[test]
    fn k01_an_empty_answer_is_an_error_whatever_its_speed() {
        let refused = |asked: &Asked| rates(asked).unwrap_err();
        assert_eq!(
            refused(&asked(" \n", 0.001, usage(5, 1000))),
            "the answer is empty"
        );
        let thought = Asked {
            reasoning: "hm".to_owned(),
            ..asked("", 5.0, usage(5, 2))
        };
        assert_eq!(refused(&thought), "the answer is reasoning alone");
        let malformed = Asked {
            malformed: vec!["no name".to_owned()],
            ..asked("", 5.0, usage(5, 2))
        };
        assert!(refused(&malformed).ends_with("cannot be read: no name"));
    }

    #[test]
    fn k01_no_time_and_a_speed_that_cannot_be_are_errors() {
        let no_time = rates(&asked("yes", 0.0, usage(5, 2))).unwrap_err();
        assert_eq!(no_time, "the answer took no time at all");
        let long = "a ".repeat(1_000);
        let refused = rates(&asked(&long, 1.0, usage(5, 1_000))).unwrap_err();
        assert_eq!(
            refused,
            "1000000 tokens a second is more than a machine can write"
        );
        assert!(rates(&asked("yes", f64::NAN, usage(5, 2))).is_err());
    }

    #[test]
    fn k01_counts_that_are_missing_or_cannot_be_give_no_rate() {
        for (usage, says) in [
            (usage(5, 0), "nobody counted"),
            (usage(0, 5), "nobody counted"),
            (usage(5, 1_000_000_000), "are counted for 3 bytes"),
        ] {
            let rates = rates(&asked("yes", 10.0, usage)).unwrap();
            assert!(rates.doubt.as_deref().unwrap().contains(says));
            assert_eq!(
                (rates.total, rates.decode, rates.prefill),
                (None, None, None)
            );
        }
    }

    #[test]
    fn k01_cached_tokens_are_no_prefill_speed() {
        let cached = Usage {
            tokens_cached: 90,
            ..usage(100, 21)
        };
        let rates = rates(&asked(&"word ".repeat(20), 500.0, cached)).unwrap();
        assert_eq!(rates.prefill, Some(100.0));
        assert_eq!(rates.decode, Some(50.0));
        assert_eq!(rates.total, Some(42.0));
        let all = Usage {
            tokens_cached: 100,
            ..usage(100, 21)
        };
        assert_eq!(
            super::rates(&asked(&"word ".repeat(20), 500.0, all))
                .unwrap()
                .prefill,
            None
        );
    }

    #[test]
    fn k01_what_is_timed_has_words_a_time_and_a_possible_rate() {
        let good = asked(&"word ".repeat(20), 500.0, usage(100, 21));
        assert_eq!(
            speed(good.usage(), 500.0, Some(&good)).unwrap().decode,
            Some(50.0)
        );
        let thought = Asked {
            reasoning: "hm, let me see".to_owned(),
            ..asked("", 500.0, usage(5, 4))
        };
        assert!(speed(thought.usage(), 500.0, Some(&thought)).is_ok());
        let empty = asked("", 500.0, usage(5, 4));
        let refused = speed(empty.usage(), 500.0, Some(&empty)).unwrap_err();
        assert_eq!(refused, "the answer is empty");
        assert!(speed(good.usage(), 0.0, Some(&good)).is_err());
        assert!(speed(usage(5, 0), 500.0, None).is_err());
        assert!(speed(usage(5, 1_000_000), 500.0, None).is_err());
        let lied = asked("yes", 500.0, usage(5, 1_000));
        assert!(speed(lied.usage(), 500.0, Some(&lied)).is_err());
    }
}

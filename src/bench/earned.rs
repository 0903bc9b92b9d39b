//! Classes a local model earns by what was measured instead of by its name. Pure.

use crate::capabilities::CapabilityClass;

/// The score from which a model is of class `reasoning-medium`.
const MEDIUM_SCORE_MIN: f64 = 0.85;
/// The score from which a model is of class `reasoning-small`.
const SMALL_SCORE_MIN: f64 = 0.6;
/// The score from which a model's drafts are worth reading.
const DRAFT_SCORE_MIN: f64 = 0.4;
/// Tokens a second from which a model is quick enough to draft: several times what people read.
const DRAFT_TOK_PER_S_MIN: f64 = 30.0;
/// Tokens a second below which nobody waits for reasoning.
const REASONING_TOK_PER_S_MIN: f64 = 2.0;

/// The classes that can be earned, the hardest first.
pub const EARNABLE: [CapabilityClass; 3] = [
    CapabilityClass::REASONING_MEDIUM,
    CapabilityClass::REASONING_SMALL,
    CapabilityClass::FAST_DRAFT,
];

/// Returns the classes that a score and a decode rate earn.
pub fn earned(score: f64, decode_tok_per_s: Option<f64>) -> Vec<CapabilityClass> {
    let rate = decode_tok_per_s.unwrap_or(0.0);
    let reasons = |least: f64| score >= least && rate >= REASONING_TOK_PER_S_MIN;
    let drafts = score >= DRAFT_SCORE_MIN && rate >= DRAFT_TOK_PER_S_MIN;
    let holds = [reasons(MEDIUM_SCORE_MIN), reasons(SMALL_SCORE_MIN), drafts];
    EARNABLE
        .into_iter()
        .zip(holds)
        .filter_map(|(class, holds)| holds.then_some(class))
        .collect()
}

/// Reads a comma list of classes that can be earned, `all` or `none`.
///
/// # Errors
/// The classes there are.
pub fn parse_list(text: &str) -> Result<Vec<CapabilityClass>, String> {
    match text {
        "all" => return Ok(EARNABLE.into()),
        "none" => return Ok(Vec::new()),
        _ => {}
    }
    let known = |word: &str| {
        let class = EARNABLE.into_iter().find(|class| class.as_str() == word);
        class.ok_or_else(|| {
            format!(
                "`{}` cannot be earned, expected `reasoning-medium`, `reasoning-small`, `fast-draft`, `all` or `none`",
                word.escape_debug()
            )
        })
    };
    text.split(',').map(|word| known(word.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(score: f64, rate: Option<f64>) -> Vec<String> {
        let classes = earned(score, rate);
        classes
            .iter()
            .map(|class| class.as_str().to_owned())
            .collect()
    }

    #[test]
    fn quality_and_speed_earn_classes() {
        assert_eq!(
            words(0.9, Some(10.0)),
            ["reasoning-medium", "reasoning-small"]
        );
        assert_eq!(words(0.6, Some(50.0)), ["reasoning-small", "fast-draft"]);
        assert_eq!(words(0.4, Some(30.0)), ["fast-draft"]);
        assert!(words(0.39, Some(500.0)).is_empty());
        assert!(words(0.9, Some(1.0)).is_empty());
    }

    #[test]
    fn k01_without_a_rate_nothing_is_earned() {
        assert!(words(1.0, None).is_empty());
        assert!(words(f64::NAN, Some(100.0)).is_empty());
    }

    #[test]
    fn a_list_names_what_can_be_earned() {
        assert_eq!(parse_list("all"), Ok(EARNABLE.into()));
        assert_eq!(parse_list("none"), Ok(Vec::new()));
        assert_eq!(
            parse_list("fast-draft, reasoning-small").map(|list| list.len()),
            Ok(2)
        );
        assert!(parse_list("reasoning-large").is_err());
    }
}

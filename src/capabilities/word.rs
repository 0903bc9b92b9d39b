//! The check behind classes and capabilities: short, lower case, safe to print anywhere.

/// The longest class or capability, in bytes.
const WORD_BYTES_MAX: usize = 64;

/// A word that cannot name a class, a capability or a tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidWord {
    message: String,
}

impl InvalidWord {
    /// Makes the error for an unknown privacy tier.
    pub(crate) fn tier(word: &str) -> Self {
        let message = format!(
            "unknown privacy tier `{}`, expected `public`, `internal` or `sensitive`",
            word.escape_debug()
        );
        Self { message }
    }
}

/// Returns `word` when it is made of the characters a class or capability may have.
pub(super) fn checked(word: &str) -> Result<String, InvalidWord> {
    let starts_well = word.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    if starts_well && word.len() <= WORD_BYTES_MAX && word.chars().all(allowed) {
        return Ok(word.to_owned());
    }
    let shown: String = word.chars().take(WORD_BYTES_MAX).collect();
    let message = format!(
        "`{}` is not a capability word, expected up to {WORD_BYTES_MAX} lower-case letters, digits, `-`, `.` or `_`",
        shown.escape_debug()
    );
    Err(InvalidWord { message })
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn words_are_short_lower_case_and_plain() {
        for good in [
            "tool-use",
            "128k-context",
            "1m-context",
            "coding-frontier",
            "a",
            "v1.2_x",
        ] {
            assert!(checked(good).is_ok(), "{good}");
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            "Tool",
            "-x",
            "a b",
            "a\u{1b}[2J",
            "caf\u{e9}",
            "a,b",
            long.as_str(),
        ] {
            assert!(checked(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_message_never_carries_control_characters() {
        let message = checked("a\u{1b}]52;c;x\u{7}")
            .expect_err("a control character")
            .to_string();
        assert!(!message.chars().any(char::is_control), "{message:?}");
    }
}

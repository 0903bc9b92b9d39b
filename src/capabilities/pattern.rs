//! The patterns of the capability table: a handful of signs, so that a row reads like a name.

/// Whether `pattern` occurs in `id`: at the beginning of a word, and not followed by a digit
/// where it ends in one. `-` is a dash or nothing, `#` a digit from 1 to 9, `*` anything.
pub(super) fn finds(pattern: &str, id: &str) -> bool {
    let (pattern, id) = (pattern.as_bytes(), id.as_bytes());
    (0..=id.len()).any(|start| {
        let begins_word = match start.checked_sub(1).and_then(|before| id.get(before)) {
            Some(before) => !before.is_ascii_alphanumeric(),
            None => true,
        };
        begins_word && matches_from(pattern, id, start)
    })
}

/// Whether `pattern` matches `id` from `at` on. Recursion is as deep as a pattern is long.
fn matches_from(pattern: &[u8], id: &[u8], at: usize) -> bool {
    let Some((&sign, rest)) = pattern.split_first() else {
        return true;
    };
    let here = id.get(at).copied();
    match sign {
        b'*' => (at..=id.len()).any(|next| matches_from(rest, id, next)),
        b'-' => here == Some(b'-') && matches_from(rest, id, at + 1) || matches_from(rest, id, at),
        b'#' => here.is_some_and(|c| (b'1'..=b'9').contains(&c)) && ends_well(rest, id, at + 1),
        literal => here == Some(literal) && ends_well_after(literal, rest, id, at + 1),
    }
}

fn ends_well_after(literal: u8, rest: &[u8], id: &[u8], at: usize) -> bool {
    if literal.is_ascii_digit() {
        ends_well(rest, id, at)
    } else {
        matches_from(rest, id, at)
    }
}

/// After a digit of the pattern: when it was the last sign, no digit may follow.
fn ends_well(rest: &[u8], id: &[u8], at: usize) -> bool {
    if rest.is_empty() {
        return !id.get(at).is_some_and(u8::is_ascii_digit);
    }
    matches_from(rest, id, at)
}

#[cfg(test)]
mod tests {
    use super::finds;

    #[test]
    fn signs_mean_what_the_table_says() {
        let cases = [
            ("qwen-3", "qwen3-4b", true),
            ("qwen-3", "qwen-3-4b", true),
            ("qwen-3", "qwen3", true),
            ("qwen-3", "qwen3.6-35b-a3b", true),
            ("qwen-3", "qwen-32b", false),
            ("qwen-3", "qwen-qwen3-4b", true),
            ("qwen-3", "myqwen3", false),
            ("llama-3.#", "llama3.1-8b", true),
            ("llama-3.#", "llama-3.0-8b", false),
            ("llama-3.#", "llama3-8b", false),
            ("llama-3.#", "llama-3.12", false),
            ("*-embed*", "mxbai-embed-large", true),
            ("*-embed*", "embeddinggemma-300m", true),
            ("qwen-3*coder", "qwen3-30b-coder", true),
            ("qwen-3*coder", "qwen3-30b", false),
            ("", "anything", true),
            ("a", "", false),
        ];
        for (pattern, id, expected) in cases {
            assert_eq!(finds(pattern, id), expected, "{pattern} in {id}");
        }
    }
}

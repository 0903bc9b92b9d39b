//! The chat templates that were looked at before they were shipped with, by their digests.

use sha2::{Digest, Sha256};

use crate::checkpoint::hexadecimal;

/// The template of the built-in model.
const NANO: &str = include_str!("../../nano/chat_template.jinja");
/// SHA-256 in hexadecimal and the model it was taken from, a line each. White space at the end of a
/// source says nothing and differs between formats, so it is left out of the digest.
const DIGESTS: &str = include_str!("known.txt");

/// Whether `source` is the template of a well-known model, letter by letter.
pub(super) fn is_known(source: &str) -> bool {
    let source = source.trim_end();
    source == NANO.trim_end() || lists(&hexadecimal(&Sha256::digest(source)))
}

fn lists(digest: &str) -> bool {
    DIGESTS
        .lines()
        .any(|line| line.split_once(' ').is_some_and(|(it, _)| it == digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::CHATML_TEMPLATE;

    #[test]
    fn r9_the_list_is_digests_with_names_each_once() {
        let mut digests: Vec<&str> = Vec::new();
        for line in DIGESTS.lines() {
            let (digest, name) = line.split_once(' ').unwrap_or_default();
            assert!(digest.len() == 64 && !name.is_empty(), "{line}");
            assert!(
                digest
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            );
            digests.push(digest);
        }
        let count = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert!(count >= 50 && digests.len() == count, "{count}");
    }

    #[test]
    fn r9_a_known_template_is_known_to_the_letter() {
        assert!(is_known(NANO));
        assert!(is_known(&format!("{NANO}\n")));
        assert!(!is_known(&NANO.replacen("system", "System", 1)));
        assert!(!is_known(CHATML_TEMPLATE));
        assert!(!is_known(""));
        assert!(lists(DIGESTS.split(' ').next().unwrap_or_default()));
    }
}

//! A part of a suite: the cases of some ids and tags.

use sha2::{Digest, Sha256};

use super::{Case, Suite};
use crate::bench::identity::hex;
use crate::nearest::nearest;

/// Nothing in the suite is called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{suite}` has no case and no tag `{}`", word.escape_debug())]
pub struct NoSuchCase {
    /// The suite.
    pub suite: String,
    /// What was asked for.
    pub word: String,
    /// The nearest id or tag there is.
    pub nearest: Option<String>,
}

impl Suite {
    /// Returns the suite with the cases that have one of `words` as id or tag, in its order; the whole
    /// suite without words. A part has a digest of its own, so that its report is mixed with no other.
    ///
    /// # Errors
    /// [`NoSuchCase`] for a word that picks nothing.
    pub fn only(mut self, words: &[String]) -> Result<Self, NoSuchCase> {
        if words.is_empty() {
            return Ok(self);
        }
        let is_called = |case: &Case, word: &String| case.id == *word || case.tags.contains(word);
        let unknown = |word: &&String| !self.cases.iter().any(|case| is_called(case, word));
        if let Some(word) = words.iter().find(unknown) {
            let tags = self.cases.iter().flat_map(|case| &case.tags);
            let known = self.cases.iter().map(|case| &case.id).chain(tags);
            return Err(NoSuchCase {
                suite: self.name.clone(),
                word: word.clone(),
                nearest: nearest(word, known.map(String::as_str)).map(str::to_owned),
            });
        }
        let whole = self.cases.len();
        self.cases
            .retain(|case| words.iter().any(|word| is_called(case, word)));
        self.is_part = self.cases.len() < whole;
        if self.is_part {
            let mut digest = Sha256::new();
            digest.update(&self.digest);
            for case in &self.cases {
                digest.update(&case.id);
                digest.update([0]);
            }
            self.digest = hex(&digest.finalize());
        }
        Ok(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn whole() -> Suite {
        Suite::builtin("local-model-rating").unwrap().unwrap()
    }

    fn ids(suite: &Suite) -> Vec<&str> {
        suite.cases.iter().map(|case| case.id.as_str()).collect()
    }

    #[test]
    fn cases_are_picked_by_id_and_tag_in_the_order_of_the_suite() {
        let words = ["vision", "echo-instruction"].map(String::from);
        let part = whole().only(&words).unwrap();
        assert_eq!(
            ids(&part),
            ["echo-instruction", "vision-shape", "vision-count"]
        );
        assert!(part.is_part);
        assert_ne!(part.digest, whole().digest);
        assert_eq!(whole().only(&[]).unwrap(), whole());
    }

    #[test]
    fn the_eight_cases_of_the_first_version_have_a_tag_of_their_own() {
        let part = whole().only(&["core".to_owned()]).unwrap();
        assert_eq!(
            ids(&part),
            [
                "echo-instruction",
                "json-shape",
                "code-refactor",
                "needle-in-haystack",
                "reasoning-multi-step",
                "refusal-when-asked",
                "not-contains-leak",
                "regex-shape-version"
            ]
        );
    }

    #[test]
    fn a_word_that_picks_nothing_is_refused_with_the_nearest() {
        let error = whole().only(&["visions".to_owned()]).unwrap_err();
        assert_eq!(error.nearest.as_deref(), Some("vision"));
    }
}

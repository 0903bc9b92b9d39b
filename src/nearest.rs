//! "Did you mean": the nearest of the words there are.

/// How alike two words must be, from 0 to 1.
const LIKENESS_MIN: f64 = 0.6;

/// Returns the word of `known` that is most like `word`, unless none is.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(word, candidate),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let known = ["hello", "architect", "principal"];
        assert_eq!(nearest("helo", known), Some("hello"));
        assert_eq!(nearest("architetc", known), Some("architect"));
        assert_eq!(nearest("zzz", known), None);
    }
}

//! Speculation by lookup: agents copy, so what followed the last few tokens before is what follows now.

use std::collections::HashMap;

/// How many tokens must be the same for what followed them to be proposed.
const NGRAM: usize = 3;
/// The most tokens that are proposed at once.
const PROPOSED_MAX: usize = 16;
/// What one more right or wrong proposal counts in the average of all.
const JUDGEMENT_WEIGHT: f32 = 0.1;
/// The share of right proposals that is assumed before there was one.
const ACCURACY_START: f32 = 0.5;

/// Proposes what a sequence goes on with, from its own tokens, and knows how often that was right.
/// Has no say in what is written: every proposal is compared with the token that is chosen.
#[derive(Debug)]
pub(super) struct Lookup {
    /// The position behind the last occurrence of each n-gram, but the one at the end.
    behind: HashMap<[u32; NGRAM], u32>,
    /// The end of the last n-gram that is in `behind`.
    indexed: usize,
    accuracy: f32,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            behind: HashMap::new(),
            indexed: NGRAM - 1,
            accuracy: ACCURACY_START,
        }
    }
}

impl Lookup {
    /// Proposes at most `max` tokens that follow `tokens`, which only ever grow; none where their last
    /// few are new. What repeats without end is proposed as if it did.
    pub(super) fn propose(&mut self, tokens: &[u32], max: usize) -> Vec<u32> {
        let Some(last) = tokens.last_chunk::<NGRAM>() else {
            return Vec::new();
        };
        while self.indexed + 1 < tokens.len() {
            self.indexed += 1;
            if let Some(ngram) = tokens[..self.indexed].last_chunk::<NGRAM>() {
                self.behind.insert(*ngram, self.indexed as u32);
            }
        }
        let Some(&start) = self.behind.get(last) else {
            return Vec::new();
        };
        let period = &tokens[start as usize..];
        let endless = period.iter().cycle().copied();
        endless.take(max.min(PROPOSED_MAX)).collect()
    }

    /// How many of proposed tokens are worth computing when each must be right with at least the
    /// probability `threshold`: token j is right only if all before it are.
    pub(super) fn worth(&self, threshold: f32) -> usize {
        let mut probability = 1.0;
        let mut count = 0;
        while count < PROPOSED_MAX {
            probability *= self.accuracy;
            if probability < threshold {
                break;
            }
            count += 1;
        }
        count
    }

    /// Learns that a proposed token was the one chosen, or not.
    pub(super) fn judge(&mut self, right: bool) {
        let outcome = if right { 1.0 } else { 0.0 };
        self.accuracy += JUDGEMENT_WEIGHT * (outcome - self.accuracy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_followed_last_time_is_proposed() {
        let mut lookup = Lookup::default();
        let tokens = [1, 2, 3, 4, 5, 6, 9, 1, 2, 3];
        assert_eq!(lookup.propose(&tokens, 3), [4, 5, 6]);
        assert_eq!(
            lookup.propose(&tokens, 99),
            [4, 5, 6, 9, 1, 2, 3, 4, 5, 6, 9, 1, 2, 3, 4, 5]
        );
        assert!(lookup.propose(&tokens, 0).is_empty());
    }

    #[test]
    fn of_several_places_the_last_counts() {
        let mut lookup = Lookup::default();
        let mut tokens = vec![1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3];
        assert_eq!(lookup.propose(&tokens, 1), [5]);
        tokens.extend([6, 1, 2, 3]);
        assert_eq!(lookup.propose(&tokens, 1), [6]);
    }

    #[test]
    fn nothing_is_proposed_behind_what_is_new() {
        let mut lookup = Lookup::default();
        for tokens in [&[][..], &[1], &[1, 1], &[1, 2, 3], &[1, 2, 3, 4, 2, 3]] {
            assert!(lookup.propose(tokens, 5).is_empty(), "{tokens:?}");
        }
    }

    #[test]
    fn repetition_is_proposed_without_end() {
        let mut lookup = Lookup::default();
        assert_eq!(lookup.propose(&[7, 8, 7, 8, 7], 5), [8, 7, 8, 7, 8]);
        let mut lookup = Lookup::default();
        assert_eq!(lookup.propose(&[4, 4, 4, 4], 3), [4, 4, 4]);
    }

    #[test]
    fn the_better_the_guesses_the_more_are_worth_it() {
        let mut lookup = Lookup::default();
        assert_eq!(lookup.worth(0.6), 0);
        assert_eq!(lookup.worth(0.3), 1);
        for _ in 0..40 {
            lookup.judge(true);
        }
        assert_eq!(lookup.worth(0.6), PROPOSED_MAX);
        for _ in 0..40 {
            lookup.judge(false);
        }
        assert_eq!(lookup.worth(0.05), 0);
    }
}

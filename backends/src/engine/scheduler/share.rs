//! What each sequence computes in the next forward.

use std::ops::Range;

use aldo_models::Logits;

use super::super::network::Network;
use super::super::options::Speculation;
use super::Scheduler;

/// Tokens of one sequence for the next forward.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) sequence: usize,
    pub(super) slot: usize,
    /// The positions of its own tokens.
    pub(super) tokens: Range<usize>,
    /// Whether they are the last it has, so that the next is chosen.
    ends: bool,
    /// What is guessed to follow them, computed with them.
    pub(super) guess: Vec<u32>,
    /// A guess that is not worth computing; only whether it is right is of interest.
    idle_guess: Option<u32>,
}

impl Share {
    /// The logits it asks for.
    pub(super) fn logits(&self) -> Logits {
        match (self.ends, self.guess.is_empty()) {
            (false, _) => Logits::None,
            (true, true) => Logits::Last,
            (true, false) => Logits::All,
        }
    }

    /// How many rows of logits that are.
    pub(super) fn logit_rows(&self) -> usize {
        if self.ends { 1 + self.guess.len() } else { 0 }
    }

    /// The length of the sequence in the cache when it is computed.
    pub(super) fn end(&self) -> usize {
        self.tokens.end + self.guess.len()
    }

    /// Which token is guessed to be chosen from row `index` of its logits.
    pub(super) fn expected(&self, index: usize) -> Option<u32> {
        let first = self.idle_guess.filter(|_| index == 0);
        self.guess.get(index).copied().or(first)
    }
}

impl Scheduler {
    /// One token of each sequence that writes, with guesses that are worth it, and of the prompts
    /// together as many as a chunk holds: those with the least left first, none more than its part of
    /// what is left, so that a short prompt does not wait for a long one.
    pub(super) fn shares(&mut self, network: &Network) -> Vec<Share> {
        let mut shares = Vec::new();
        for (index, sequence) in self.sequences.iter().enumerate() {
            let Some(slot) = sequence.slot.filter(|_| sequence.is_ready()) else {
                continue;
            };
            shares.push(Share {
                sequence: index,
                slot,
                tokens: network.cache.len(slot)..sequence.tokens().len(),
                ends: true,
                guess: Vec::new(),
                idle_guess: None,
            });
        }
        divide(&mut shares, self.chunk_tokens);
        shares.retain(|share| !share.tokens.is_empty());
        self.guess(&mut shares, network);
        shares
    }

    fn guess(&mut self, shares: &mut [Share], network: &Network) {
        let writes = |share: &&mut Share| share.ends && share.tokens.len() == 1;
        let all = shares.iter().map(|share| share.tokens.len()).sum();
        let writing = shares.iter_mut().filter(writes).count();
        let threshold = match self.speculation {
            Speculation::Off => return,
            Speculation::WherePays => self.pace.threshold(writing, all),
            Speculation::Always => 0.0,
        };
        for share in shares.iter_mut().filter(writes) {
            let held = share.tokens.start;
            // A cache that cannot go back to every length cannot take a wrong guess back.
            if network
                .cache
                .trimmed_len(share.slot, held.saturating_sub(1))
                + 1
                != held
            {
                continue;
            }
            let sequence = &mut self.sequences[share.sequence];
            share.guess = sequence.guess();
            share.idle_guess = share.guess.first().copied();
            share.guess.truncate(sequence.lookup.worth(threshold));
        }
    }
}

/// Shortens the shares of prompts so that they are no more than `chunk` tokens together.
fn divide(shares: &mut [Share], chunk: usize) {
    let mut prompts: Vec<&mut Share> = shares.iter_mut().filter(|it| it.tokens.len() > 1).collect();
    prompts.sort_by_key(|share| share.tokens.len());
    let (mut left, mut count) = (chunk, prompts.len());
    for share in prompts {
        let len = share.tokens.len().min(left.div_ceil(count));
        share.ends = len == share.tokens.len();
        share.tokens.end = share.tokens.start + len;
        left -= len;
        count -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(lens: &[usize], chunk: usize) -> Vec<usize> {
        let share = |&len: &usize| Share {
            sequence: 0,
            slot: 0,
            tokens: 10..10 + len,
            ends: true,
            guess: Vec::new(),
            idle_guess: None,
        };
        let mut shares: Vec<Share> = lens.iter().map(share).collect();
        divide(&mut shares, chunk);
        for (share, &len) in shares.iter().zip(lens) {
            assert_eq!(share.ends, share.tokens.len() == len);
        }
        shares.iter().map(|share| share.tokens.len()).collect()
    }

    #[test]
    fn a_chunk_is_divided_among_prompts_and_not_taken_from_writers() {
        assert_eq!(divided(&[1, 8000, 1], 256), [1, 256, 1]);
        assert_eq!(divided(&[8000, 20], 256), [236, 20]);
        assert_eq!(divided(&[8000, 9000], 256), [128, 128]);
        assert_eq!(divided(&[8000, 30, 100], 90), [30, 30, 30]);
        assert_eq!(divided(&[5, 7, 9], 2), [1, 1, 0]);
        assert!(divided(&[], 2).is_empty());
    }
}

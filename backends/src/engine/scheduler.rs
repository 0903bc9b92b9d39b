//! Decides which tokens of which sequences the next forward computes: one of each that writes, with
//! what is guessed to follow it, and of the prompts as many as a chunk holds.

mod seating;
mod share;

use std::time::Instant;

use aldo_models::Batch;

use super::budget::Budget;
use super::language::Language;
use super::network::Network;
use super::options::{EngineOptions, Speculation};
use super::pace::Pace;
use super::queue::Queue;
use super::sequence::Sequence;
use super::slots::Slots;
use share::Share;

/// The sequences of an engine and their places in the cache.
#[derive(Debug)]
pub(super) struct Scheduler {
    /// Oldest first.
    sequences: Vec<Sequence>,
    slots: Slots,
    budget: Budget,
    pace: Pace,
    sequences_max: usize,
    chunk_tokens: usize,
    speculation: Speculation,
}

impl Scheduler {
    /// Creates a scheduler for the cache of `network`.
    pub(super) fn new(network: &Network, options: &EngineOptions) -> Self {
        Self {
            sequences: Vec::new(),
            slots: Slots::new(network.cache.slots()),
            budget: network.budget,
            pace: Pace::default(),
            sequences_max: options.sequences_max.max(1),
            chunk_tokens: options.prefill_chunk_tokens.max(1),
            speculation: options.speculation,
        }
    }

    /// Whether one more sequence could compute at once. Sequences whose readers are slow do not count:
    /// they give their slots away.
    pub(super) fn has_room(&self) -> bool {
        let ready = self.sequences.iter().filter(|it| it.is_ready());
        ready.count() < self.sequences_max
    }

    /// Whether every answer is written and read.
    pub(super) fn is_idle(&self) -> bool {
        self.sequences.is_empty()
    }

    /// Adds a sequence behind the others.
    pub(super) fn add(&mut self, sequence: Sequence) {
        self.sequences.push(sequence);
    }

    /// Computes one batch; `false` when there is nothing to compute until something changes.
    pub(super) fn step(
        &mut self,
        network: &mut Network,
        language: &Language,
        queue: &Queue,
    ) -> bool {
        self.clean_up(network, queue);
        self.seat(network);
        let shares = self.shares_that_fit(network);
        if shares.is_empty() {
            return false;
        }
        self.compute(&shares, network, language);
        true
    }

    /// Forgets sequences that nobody reads any more or that were read to their end.
    fn clean_up(&mut self, network: &mut Network, queue: &Queue) {
        for sequence in &mut self.sequences {
            sequence.outbox.flush();
            sequence.poll();
            if sequence.outbox.is_closed() || sequence.has_ended() {
                seating::unseat(sequence, &mut self.slots, network);
            }
        }
        self.sequences.retain(|sequence| {
            let over = sequence.has_ended() && sequence.outbox.is_clear();
            let keep = !over && !sequence.outbox.is_closed();
            if !keep {
                queue.finished();
            }
            keep
        });
    }

    /// Computes `shares` together; if that fails, one by one, so that only those fail that must.
    fn compute(&mut self, shares: &[Share], network: &mut Network, language: &Language) {
        let mut batch = Batch::new();
        for share in shares {
            let sequence = &self.sequences[share.sequence];
            let known = &sequence.tokens()[share.tokens.clone()];
            batch.push(share.slot, &[known, &share.guess].concat(), share.logits());
        }
        let started = Instant::now();
        match (network.forward(&batch), shares) {
            (Ok(rows), _) => {
                self.pace.observe(batch.tokens().len(), started.elapsed());
                self.accept(shares, &rows, network, language);
            }
            (Err(error), [share]) => {
                self.sequences[share.sequence].fail(error.into());
                self.forget(share, network);
            }
            (Err(_), _) => {
                for share in shares {
                    self.compute(std::slice::from_ref(share), network, language);
                }
            }
        }
    }

    fn accept(
        &mut self,
        shares: &[Share],
        rows: &[Vec<f32>],
        network: &mut Network,
        language: &Language,
    ) {
        let mut rest = rows;
        for share in shares {
            let (own, others) = rest.split_at(share.logit_rows().min(rest.len()));
            rest = others;
            self.accept_one(share, own, network, language);
        }
    }

    /// Writes a token for each of `rows` as long as the tokens guessed are the ones written; what was
    /// computed behind a wrong one is taken back.
    fn accept_one(
        &mut self,
        share: &Share,
        rows: &[Vec<f32>],
        network: &mut Network,
        language: &Language,
    ) {
        let sequence = &mut self.sequences[share.sequence];
        for (index, row) in rows.iter().enumerate() {
            let before = sequence.tokens().len();
            sequence.accept(row, language);
            let written = sequence.tokens().get(before);
            let expected = share.expected(index);
            let right = expected.is_some() && expected == written.copied();
            if expected.is_some() && written.is_some() {
                sequence.lookup.judge(right);
            }
            if sequence.has_ended() || !right || index >= share.guess.len() {
                break;
            }
        }
        let fed = sequence.tokens().len().saturating_sub(1);
        if sequence.has_failed() {
            self.forget(share, network);
        } else if !share.guess.is_empty() {
            network.cache.trim(share.slot, fed);
        }
    }

    /// Empties a slot whose content cannot be trusted.
    fn forget(&mut self, share: &Share, network: &mut Network) {
        network.cache.clear(share.slot);
        self.slots.release(share.slot, &[], 0);
        self.sequences[share.sequence].slot = None;
    }
}

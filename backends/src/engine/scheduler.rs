use std::ops::Range;
use std::time::Instant;

use aldo_models::{Batch, Logits};

use super::language::Language;
use super::network::Network;
use super::queue::Queue;
use super::sequence::Sequence;
use super::slots::Slots;

/// Decides which tokens of which sequences the next forward computes: one of each that writes, and
/// of the prompts as many as a chunk holds, oldest first.
#[derive(Debug)]
pub(super) struct Scheduler {
    /// Oldest first.
    sequences: Vec<Sequence>,
    slots: Slots,
    chunk_tokens: usize,
}

/// Tokens of one sequence for the next forward.
#[derive(Debug, Clone)]
struct Share {
    sequence: usize,
    slot: usize,
    tokens: Range<usize>,
    logits: Logits,
}

impl Scheduler {
    /// Creates a scheduler for a cache of `slots` that computes at most `chunk_tokens` of prompts a
    /// step.
    pub(super) fn new(slots: usize, chunk_tokens: usize) -> Self {
        Self {
            sequences: Vec::new(),
            slots: Slots::new(slots),
            chunk_tokens: chunk_tokens.max(1),
        }
    }

    /// Whether one more sequence could compute at once. Sequences whose readers are slow do not count:
    /// they give their slots away.
    pub(super) fn has_room(&self) -> bool {
        self.sequences
            .iter()
            .filter(|sequence| sequence.is_ready())
            .count()
            < self.slots.len()
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
        let shares = self.shares(network);
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
            if sequence.outbox.is_closed() || sequence.has_ended() {
                unseat(sequence, &mut self.slots, network);
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

    /// Gives slots to those that can go on, if need be from those that cannot.
    fn seat(&mut self, network: &mut Network) {
        for index in 0..self.sequences.len() {
            if !self.sequences[index].is_ready() || self.sequences[index].slot.is_some() {
                continue;
            }
            if !self.slots.has_idle() {
                let mut sequences = self.sequences.iter_mut();
                let Some(slow) = sequences.find(|s| s.slot.is_some() && !s.is_ready()) else {
                    return;
                };
                unseat(slow, &mut self.slots, network);
            }
            let sequence = &mut self.sequences[index];
            let Some(seat) = self.slots.take(sequence.tokens()) else {
                return;
            };
            let kept = network.cache.trim(seat.slot, seat.common);
            sequence.slot = Some(seat.slot);
            sequence.meter.prefills(Instant::now(), kept);
        }
    }

    fn shares(&self, network: &Network) -> Vec<Share> {
        let mut chunk_left = self.chunk_tokens;
        let mut shares = Vec::new();
        for (index, sequence) in self.sequences.iter().enumerate() {
            let Some(slot) = sequence.slot.filter(|_| sequence.is_ready()) else {
                continue;
            };
            let start = network.cache.len(slot);
            let left = sequence.tokens().len() - start;
            let now = if left == 1 { 1 } else { left.min(chunk_left) };
            if left > 1 {
                chunk_left -= now;
            }
            if now > 0 {
                let logits = if now == left {
                    Logits::Last
                } else {
                    Logits::None
                };
                shares.push(Share {
                    sequence: index,
                    slot,
                    tokens: start..start + now,
                    logits,
                });
            }
        }
        shares
    }

    /// Computes `shares` together; if that fails, one by one, so that only those fail that must.
    fn compute(&mut self, shares: &[Share], network: &mut Network, language: &Language) {
        let mut batch = Batch::new();
        for share in shares {
            let tokens = &self.sequences[share.sequence].tokens()[share.tokens.clone()];
            batch.push(share.slot, tokens, share.logits);
        }
        match (network.forward(&batch), shares) {
            (Ok(rows), _) => self.accept(shares, &rows, network, language),
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
        let asking = shares.iter().filter(|share| share.logits == Logits::Last);
        for (share, row) in asking.zip(rows) {
            let sequence = &mut self.sequences[share.sequence];
            sequence.accept(row, language);
            if sequence.has_failed() {
                self.forget(share, network);
            }
        }
    }

    /// Empties a slot whose content cannot be trusted.
    fn forget(&mut self, share: &Share, network: &mut Network) {
        network.cache.clear(share.slot);
        self.slots.release(share.slot, &[]);
        self.sequences[share.sequence].slot = None;
    }
}

fn unseat(sequence: &mut Sequence, slots: &mut Slots, network: &Network) {
    if let Some(slot) = sequence.slot.take() {
        // The last token written was not fed, so the cache may be shorter than the sequence.
        let held = network.cache.len(slot).min(sequence.tokens().len());
        slots.release(slot, &sequence.tokens()[..held]);
    }
}

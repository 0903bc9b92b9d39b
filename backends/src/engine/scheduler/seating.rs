//! Who gets a slot, whose beginning is copied, and who goes when memory is short.

use std::time::Instant;

use super::super::budget::growth;
use super::super::network::Network;
use super::super::sequence::Sequence;
use super::super::slots::{Busy, Seat, Slots};
use super::Scheduler;
use super::share::Share;

impl Scheduler {
    /// Gives slots to those that can go on, if need be from those that cannot.
    pub(super) fn seat(&mut self, network: &mut Network) {
        for index in 0..self.sequences.len() {
            if !self.sequences[index].is_ready() || self.sequences[index].slot.is_some() {
                continue;
            }
            if self.seated() >= self.sequences_max {
                let mut sequences = self.sequences.iter_mut();
                let Some(slow) = sequences.find(|s| s.slot.is_some() && !s.is_ready()) else {
                    return;
                };
                unseat(slow, &mut self.slots, network);
            }
            let Some(seat) = self.choose(index, network) else {
                return;
            };
            if !self.sit(index, seat, network) {
                return;
            }
        }
    }

    /// What the next forward computes, such that its tokens have room: conversations that are over go
    /// first, then the youngest sequences wait.
    pub(super) fn shares_that_fit(&mut self, network: &mut Network) -> Vec<Share> {
        loop {
            let shares = self.shares(network);
            let more = |share: &Share| growth(&network.cache, share.slot, share.end());
            let more = shares.iter().map(more).sum();
            // One sequence alone has room: a whole context fits.
            if self.make_room(more, None, network) || self.seated() <= 1 {
                return shares;
            }
            self.pause_one(network);
        }
    }

    /// Takes the slot and its memory from the youngest sequence, if possible from one whose reader is
    /// slow.
    fn pause_one(&mut self, network: &mut Network) {
        let is_slow = |it: &Sequence| it.slot.is_some() && !it.is_ready();
        let waiting = self.sequences.iter().rposition(is_slow);
        let any = || self.sequences.iter().rposition(|it| it.slot.is_some());
        let chosen = waiting.or_else(any).map(|index| &mut self.sequences[index]);
        if let Some((sequence, slot)) = chosen.and_then(|it| it.slot.map(|slot| (it, slot))) {
            unseat(sequence, &mut self.slots, network);
            self.empty(slot, network);
        }
    }

    fn seated(&self) -> usize {
        let seated = self.sequences.iter().filter(|it| it.slot.is_some());
        seated.count()
    }

    /// Finds the best place for sequence `index`.
    fn choose(&self, index: usize, network: &Network) -> Option<Seat> {
        let busy: Vec<Busy<'_>> = self
            .sequences
            .iter()
            .filter_map(|sequence| {
                let slot = sequence.slot?;
                let tokens = sequence.tokens();
                let held = &tokens[..network.cache.len(slot).min(tokens.len())];
                let goes_on = sequence.is_ready();
                let coming = if goes_on { tokens } else { held };
                Some(Busy { slot, held, coming })
            })
            .collect();
        let reach = |slot, common| network.cache.trimmed_len(slot, common);
        self.slots
            .choose(self.sequences[index].tokens(), &busy, reach)
    }

    /// Puts sequence `index` to its `seat`; `false` when memory does not allow that yet.
    fn sit(&mut self, index: usize, seat: Seat, network: &mut Network) -> bool {
        let len = self.sequences[index].tokens().len();
        let slot = match seat {
            Seat::Wait => return true,
            Seat::Own { slot, common } => {
                let more = growth(&network.cache, slot, len);
                if !self.make_room(more, Some(slot), network) && self.seated() > 0 {
                    return false;
                }
                self.slots.take(slot);
                network.cache.trim(slot, common);
                slot
            }
            Seat::Fork { from, slot, common } => {
                self.empty(slot, network);
                let more = network.cache.room_for(len) + common;
                if !self.make_room(more, Some(from), network) {
                    return self.sit_without_copy(index, from, common, network);
                }
                self.slots.take(slot);
                // Where there is no memory for the copy it is computed instead.
                if network.cache.fork_prefix(from, slot, common).is_err() {
                    network.cache.clear(slot);
                }
                slot
            }
        };
        let sequence = &mut self.sequences[index];
        sequence.slot = Some(slot);
        sequence
            .meter
            .prefills(Instant::now(), network.cache.len(slot));
        true
    }

    /// Takes an idle slot over whose beginning would have been copied if there were memory for it.
    fn sit_without_copy(
        &mut self,
        index: usize,
        from: usize,
        common: usize,
        network: &mut Network,
    ) -> bool {
        let is_idle = self.sequences.iter().all(|it| it.slot != Some(from));
        let own = Seat::Own { slot: from, common };
        is_idle && self.sit(index, own, network)
    }

    /// Forgets conversations that are over, the one used longest ago first and never that of the slot
    /// `spared`, until there is room for `more` tokens; `false` when that is not enough.
    fn make_room(&mut self, more: usize, spared: Option<usize>, network: &mut Network) -> bool {
        while !self.budget.holds(&network.cache, more) {
            let Some(slot) = self.slots.oldest_conversation(spared) else {
                return false;
            };
            self.empty(slot, network);
        }
        true
    }

    /// Gives the memory of an idle slot back.
    fn empty(&mut self, slot: usize, network: &mut Network) {
        network.cache.clear(slot);
        self.slots.forget(slot);
    }
}

/// Takes the slot from `sequence` and keeps what it holds for whoever begins alike.
pub(super) fn unseat(sequence: &mut Sequence, slots: &mut Slots, network: &mut Network) {
    if let Some(slot) = sequence.slot.take() {
        // The last token written was not fed, so the cache may be shorter than the sequence.
        let held = network.cache.len(slot).min(sequence.tokens().len());
        if held == 0 {
            network.cache.clear(slot);
        }
        slots.release(slot, &sequence.tokens()[..held], sequence.prompt_len());
    }
}

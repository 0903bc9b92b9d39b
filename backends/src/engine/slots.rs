//! Which sequence has which slot of the cache, and what the idle ones still hold.
//!
//! Knows tokens and slot numbers, but neither the cache nor how much memory there is.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

/// A common beginning shorter than this is computed, not copied or waited for.
const SHARED_MIN: usize = 16;
/// How many of the last tokens of a prompt its next turn may write differently: marks that open
/// reasoning stand at the end of a prompt, but not before an answer of the past.
const OPENING_TOKENS: usize = 6;

/// The slots of a cache.
#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    clock: u64,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    /// What the cache holds while the slot is idle.
    tokens: Vec<u32>,
    /// How many of them were asked; the others were answered.
    prompt_len: usize,
    taken: bool,
    used: u64,
}

/// A slot that a sequence computes in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Busy<'a> {
    /// Its number.
    pub(super) slot: usize,
    /// What the cache holds of the sequence.
    pub(super) held: &'a [u32],
    /// What it will hold soon, if nothing keeps the sequence from going on: `held` and more.
    pub(super) coming: &'a [u32],
}

/// Where a sequence can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// An idle slot that holds the sequence's first `common` tokens; the rest of it is lost.
    Own { slot: usize, common: usize },
    /// An idle slot, whose content is lost, with a copy of the first `common` tokens of slot `from`.
    Fork {
        from: usize,
        slot: usize,
        common: usize,
    },
    /// Nowhere yet: a busy slot computes what this sequence begins with.
    Wait,
}

impl Slots {
    /// Creates `count` idle, empty slots.
    pub(super) fn new(count: usize) -> Self {
        Self {
            slots: vec![Slot::default(); count],
            clock: 0,
        }
    }

    /// Finds the place where the least of `tokens` is left to compute, and at least one is, since only
    /// that gives logits. `reach` says how much of a common beginning a slot can go back to. `None`
    /// when no slot is idle.
    ///
    /// An idle slot is taken over when the sequence goes on where its conversation stopped, or asks it
    /// again, and when none was used longer ago. Of a conversation that only begins alike, and of a
    /// busy slot, the beginning is copied.
    pub(super) fn choose(
        &self,
        tokens: &[u32],
        busy: &[Busy<'_>],
        reach: impl Fn(usize, usize) -> usize,
    ) -> Option<Seat> {
        let wanted = &tokens[..tokens.len().saturating_sub(1)];
        let oldest = self.oldest_idle(None)?;
        let (own, own_common) = self.longest_idle(wanted, &reach)?;
        let (from, from_common) = longest_busy(wanted, busy, &reach).unwrap_or((own, 0));
        if coming(wanted, busy) >= own_common.max(from_common) + SHARED_MIN {
            return Some(Seat::Wait);
        }
        if from_common >= own_common + SHARED_MIN {
            return Some(Seat::Fork {
                from,
                slot: oldest,
                common: from_common,
            });
        }
        Some(self.idle_seat(own, own_common))
    }

    /// How to use the `common` tokens of the idle slot `own`.
    fn idle_seat(&self, own: usize, common: usize) -> Seat {
        let conversation = &self.slots[own];
        let (asked, whole) = (conversation.prompt_len, conversation.tokens.len());
        let goes_on = common + OPENING_TOKENS >= asked && 2 * common >= asked;
        let older = self.oldest_idle(Some(own));
        match older.filter(|&slot| self.slots[slot].used < conversation.used) {
            Some(slot) if common < whole && !goes_on && common >= SHARED_MIN => Seat::Fork {
                from: own,
                slot,
                common,
            },
            // What is worth no copy is not worth a conversation either.
            Some(slot) if common < whole && !goes_on => Seat::Own { slot, common: 0 },
            Some(_) | None => Seat::Own { slot: own, common },
        }
    }

    /// The idle slot used longest ago, `except` apart. Slots that were never used come first.
    pub(super) fn oldest_idle(&self, except: Option<usize>) -> Option<usize> {
        let idle = self.idle().filter(|(index, _)| Some(*index) != except);
        idle.min_by_key(|(_, slot)| slot.used)
            .map(|(index, _)| index)
    }

    /// The idle slot with tokens used longest ago, `spared` apart.
    pub(super) fn oldest_conversation(&self, spared: Option<usize>) -> Option<usize> {
        let idle = self.idle().filter(|(_, slot)| !slot.tokens.is_empty());
        let idle = idle.filter(|(index, _)| Some(*index) != spared);
        idle.min_by_key(|(_, slot)| slot.used)
            .map(|(index, _)| index)
    }

    /// Marks `slot` as taken.
    pub(super) fn take(&mut self, slot: usize) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.taken = true;
            slot.tokens = Vec::new();
        }
    }

    /// Gives `slot` back, in which the cache holds `tokens`, the first `prompt_len` of them a prompt.
    pub(super) fn release(&mut self, slot: usize, tokens: &[u32], prompt_len: usize) {
        self.clock += 1;
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = Slot {
                tokens: tokens.to_vec(),
                prompt_len: prompt_len.min(tokens.len()),
                taken: false,
                used: self.clock,
            };
        }
    }

    /// Forgets what the idle `slot` holds.
    pub(super) fn forget(&mut self, slot: usize) {
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = Slot {
                taken: slot.taken,
                ..Slot::default()
            };
        }
    }

    fn idle(&self) -> impl Iterator<Item = (usize, &Slot)> {
        let all = self.slots.iter().enumerate();
        all.filter(|(_, slot)| !slot.taken)
    }

    /// The idle slot that shares the longest beginning with `wanted`, of equal ones the one used
    /// longest ago.
    fn longest_idle(
        &self,
        wanted: &[u32],
        reach: impl Fn(usize, usize) -> usize,
    ) -> Option<(usize, usize)> {
        let common = |index, slot: &Slot| reach(index, common_prefix(&slot.tokens, wanted));
        let all = self
            .idle()
            .map(|(index, slot)| (index, slot, common(index, slot)));
        let best = all.min_by_key(|(_, slot, common)| (Reverse(*common), slot.used));
        best.map(|(index, _, common)| (index, common))
    }
}

fn longest_busy(
    wanted: &[u32],
    busy: &[Busy<'_>],
    reach: impl Fn(usize, usize) -> usize,
) -> Option<(usize, usize)> {
    let common = |it: &Busy<'_>| reach(it.slot, common_prefix(it.held, wanted));
    let all = busy.iter().map(|it| (it.slot, common(it)));
    all.max_by_key(|(_, common)| *common)
}

/// How much of `wanted` busy slots compute just now at most, together with what they hold.
fn coming(wanted: &[u32], busy: &[Busy<'_>]) -> usize {
    let common = |it: &Busy<'_>| {
        let common = common_prefix(it.coming, wanted);
        (common > it.held.len()).then_some(common)
    };
    busy.iter().filter_map(common).max().unwrap_or(0)
}

fn common_prefix(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

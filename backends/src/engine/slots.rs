use std::cmp::Reverse;

/// Which sequence has which slot of the cache, and what the idle ones still hold.
#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    clock: u64,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    /// What the cache holds while the slot is idle.
    tokens: Vec<u32>,
    taken: bool,
    used: u64,
}

/// A slot for a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    /// The slot's number.
    pub(super) slot: usize,
    /// How many of the sequence's first tokens it holds; the rest of it is to be trimmed.
    pub(super) common: usize,
}

impl Slots {
    /// Creates `count` idle, empty slots.
    pub(super) fn new(count: usize) -> Self {
        Self {
            slots: vec![Slot::default(); count],
            clock: 0,
        }
    }

    /// How many slots there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether a slot is free.
    pub(super) fn has_idle(&self) -> bool {
        self.slots.iter().any(|slot| !slot.taken)
    }

    /// Takes the idle slot that shares the longest prefix with `tokens`, of equal ones the one used
    /// longest ago. At least one token is left to compute, since only that gives logits.
    pub(super) fn take(&mut self, tokens: &[u32]) -> Option<Seat> {
        let computed_before = tokens
            .get(..tokens.len().saturating_sub(1))
            .unwrap_or_default();
        let (index, slot, common) = self
            .slots
            .iter_mut()
            .enumerate()
            .filter(|(_, slot)| !slot.taken)
            .map(|(index, slot)| {
                let common = common_prefix(&slot.tokens, computed_before);
                (index, slot, common)
            })
            .min_by_key(|(_, slot, common)| (Reverse(*common), slot.used))?;
        slot.taken = true;
        slot.tokens.clear();
        Some(Seat {
            slot: index,
            common,
        })
    }

    /// Gives `slot` back, in which the cache holds `tokens`.
    pub(super) fn release(&mut self, slot: usize, tokens: &[u32]) {
        self.clock += 1;
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = Slot {
                tokens: tokens.to_vec(),
                taken: false,
                used: self.clock,
            };
        }
    }
}

fn common_prefix(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_common_prefix_wins() {
        let mut slots = Slots::new(3);
        for (slot, tokens) in [(0, vec![1, 2]), (1, vec![1, 2, 3, 9]), (2, vec![7])] {
            slots.release(slot, &tokens);
        }
        assert_eq!(slots.take(&[1, 2, 3, 4]), Some(Seat { slot: 1, common: 3 }));
        assert_eq!(slots.take(&[1, 2, 3, 4]), Some(Seat { slot: 0, common: 2 }));
        assert_eq!(slots.take(&[1, 2, 3, 4]), Some(Seat { slot: 2, common: 0 }));
        assert_eq!(slots.take(&[1, 2, 3, 4]), None);
    }

    #[test]
    fn one_token_is_always_left_to_compute() {
        let mut slots = Slots::new(1);
        slots.release(0, &[1, 2, 3]);
        assert_eq!(slots.take(&[1, 2, 3]), Some(Seat { slot: 0, common: 2 }));
    }

    #[test]
    fn without_a_common_prefix_the_oldest_slot_goes() {
        let mut slots = Slots::new(3);
        slots.release(1, &[1]);
        slots.release(0, &[2]);
        assert_eq!(
            slots.take(&[9, 9]).map(|seat| seat.slot),
            Some(2),
            "never used"
        );
        assert_eq!(slots.take(&[9, 9]).map(|seat| seat.slot), Some(1));
        assert_eq!(slots.take(&[9, 9]).map(|seat| seat.slot), Some(0));
    }
}

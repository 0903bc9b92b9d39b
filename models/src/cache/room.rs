//! How much room slots take, and copies of their beginnings.

use super::{Cache, grown};
use crate::error::ModelError;

impl Cache {
    /// For how many tokens `slot` has memory; 0 for a slot that was never written or was cleared.
    pub fn room(&self, slot: usize) -> usize {
        let layers = self.slots.get(slot).map(|slot| slot.layers.iter());
        let rooms = layers.into_iter().flatten();
        rooms
            .filter_map(|layer| layer.capacity().ok())
            .max()
            .unwrap_or(0)
    }

    /// For how many tokens a slot takes memory when it has to grow to hold `tokens`.
    pub fn room_for(&self, tokens: usize) -> usize {
        grown(tokens, self.context_tokens_max)
    }

    /// Makes slot `to` a copy of the first `len` tokens of slot `from`, which stays as it is, and
    /// returns how many tokens it then holds: [`Cache::trimmed_len`] of them.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for a slot that does not exist.
    pub fn fork_prefix(&mut self, from: usize, to: usize, len: usize) -> Result<usize, ModelError> {
        let whole = self.len(from);
        let kept = self.trimmed_len(from, len);
        if from == to {
            return Ok(self.trim(to, kept));
        }
        // Only what counts is copied; then the copy is shortened as any slot is, states included.
        self.set_counted(from, kept);
        let copied = self.fork(from, to);
        self.set_counted(from, whole);
        copied?;
        self.set_counted(to, whole);
        Ok(self.trim(to, kept))
    }

    fn set_counted(&mut self, slot: usize, len: usize) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.len = len;
        }
    }
}

use aldo_models::{Cache, ModelConfig};

/// The memory that the slots of a cache may take, counted in the room they have for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    bytes_max: u64,
    token_bytes: u64,
    /// What a slot takes beside its tokens, for networks that keep running states.
    states_bytes: u64,
}

impl Budget {
    /// Creates a budget of `bytes_max` for the model of `config`.
    pub(super) fn new(config: &ModelConfig, bytes_max: u64) -> Self {
        Self {
            bytes_max,
            token_bytes: Cache::token_size_bytes(config),
            states_bytes: Cache::states_size_bytes(config),
        }
    }

    /// Whether the slots of `cache`, as they are, fit together with room for `more` tokens.
    pub(super) fn holds(&self, cache: &Cache, more: usize) -> bool {
        let rooms = (0..cache.slots()).map(|slot| cache.room(slot));
        let used = rooms.clone().filter(|room| *room > 0).count().max(1) as u64;
        let tokens = rooms.sum::<usize>().saturating_add(more) as u64;
        let states = used.saturating_mul(self.states_bytes);
        tokens
            .saturating_mul(self.token_bytes)
            .saturating_add(states)
            <= self.bytes_max
    }
}

/// How many tokens of room `slot` has to take in addition to hold `tokens`.
pub(super) fn growth(cache: &Cache, slot: usize, tokens: usize) -> usize {
    let room = cache.room(slot);
    if tokens <= room {
        0
    } else {
        cache.room_for(tokens).saturating_sub(room)
    }
}

#![allow(clippy::unwrap_used)]

use super::*;
use crate::batch::Logits;
use crate::config::{Architecture, LayerKind, RopeConfig, RopeLayout, RopeScaling};
use crate::kernels::attention::{CacheElement, Rows};
use crate::kernels::isa;

fn config() -> ModelConfig {
    ModelConfig {
        architecture: Architecture::Llama,
        hidden: 8,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_dim: 4,
        feed_forward: 8,
        experts: None,
        vocabulary: 10,
        context_tokens_max: 1_000,
        rms_norm_eps: 1e-5,
        rope: RopeConfig {
            theta: 1e4,
            dim: 4,
            layout: RopeLayout::Half,
            scaling: RopeScaling::None,
        },
        tied_embeddings: true,
        qkv_bias: false,
        bos: None,
        eos: Vec::new(),
        sliding_window: None,
        layer_kinds: vec![LayerKind::Full; 2],
        local_rope: None,
        score_width: None,
        norms_from_zero: false,
        logit_cap: None,
        linear_attention: None,
        shared_expert: None,
        other: None,
        cache_element: CacheElement::F32,
    }
}

fn cache(slots: usize) -> Cache {
    Cache::new(&config(), &Device::Cpu, slots).unwrap()
}

/// Appends `len` positions whose keys and values hold the position plus `mark`.
fn append(cache: &mut Cache, slot: usize, len: usize, mark: f32) {
    let start = cache.len(slot);
    let rows = |wide: usize| -> Vec<f32> {
        let positions = start..start + len;
        positions
            .flat_map(|it| vec![it as f32 + mark; wide])
            .collect()
    };
    let (wide, narrow) = (rows(16), rows(8));
    for layer in 0..2 {
        let place = Place {
            slot,
            offset: 0,
            len,
            start,
            logits: Logits::None,
        };
        let task = Attend {
            level: isa::level(),
            shape: cache.row_shape(),
            heads: 4,
            tokens: len,
            q: Rows {
                data: &wide,
                step: 16,
            },
            k: Rows {
                data: &narrow,
                step: 8,
            },
            v: Rows {
                data: &narrow,
                step: 8,
            },
            q_norm: None,
            k_norm: None,
            turn: None,
            scale: 1.0,
            window: None,
            sinks: None,
        };
        cache.attend(layer, &[place], &task).unwrap();
    }
    cache.commit(slot, start + len, len, Vec::new());
}

/// The last key element of every position of a slot's last layer; its values must hold the same.
fn held(cache: &mut Cache, slot: usize) -> Vec<f32> {
    let len = cache.len(slot);
    let memory = cache.slots[slot].layers[1].rows().unwrap();
    let rows = (0..len).map(|position| memory.row(position, 1));
    rows.map(|(key, value)| {
        assert!(key[3].to_bits() == value[3].to_bits());
        key[3]
    })
    .collect()
}

#[test]
fn what_was_written_is_read_through_every_growth() {
    let mut cache = cache(2);
    for len in [1, 1, 60, 3, 100, 1, 500] {
        append(&mut cache, 1, len, 0.25);
    }
    assert_eq!(cache.len(1), 666);
    assert_eq!(cache.len(0), 0);
    assert_eq!(
        held(&mut cache, 1),
        (0..666).map(|p| p as f32 + 0.25).collect::<Vec<_>>()
    );
}

#[test]
fn trim_forgets_the_end_only() {
    let mut cache = cache(1);
    append(&mut cache, 0, 10, 0.0);
    cache.trim(0, 4);
    cache.trim(0, 8);
    assert_eq!(cache.len(0), 4);
    append(&mut cache, 0, 2, 0.5);
    assert_eq!(held(&mut cache, 0), vec![0.0, 1.0, 2.0, 3.0, 4.5, 5.5]);
    cache.trim(7, 0);
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut cache = cache(3);
    append(&mut cache, 0, 64, 0.0); // exactly full: the copy must not share the buffer
    cache.trim(0, 5);
    append(&mut cache, 2, 7, 0.75);
    cache.fork(0, 2).unwrap();
    append(&mut cache, 0, 1, 0.25);
    append(&mut cache, 2, 1, 0.5);
    assert_eq!(held(&mut cache, 0), vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.25]);
    assert_eq!(held(&mut cache, 2), vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.5]);
}

#[test]
fn a_fork_of_a_full_buffer_shares_nothing() {
    let mut cache = cache(2).with_context_tokens_max(64);
    append(&mut cache, 0, 64, 0.0);
    cache.fork(0, 1).unwrap();
    cache.trim(1, 0);
    append(&mut cache, 1, 64, 0.5);
    assert_eq!(held(&mut cache, 0)[..3], [0.0, 1.0, 2.0]);
    assert_eq!(held(&mut cache, 1)[..3], [0.5, 1.5, 2.5]);
}

#[test]
fn a_fork_of_nothing_is_empty_and_a_missing_slot_is_an_error() {
    let mut cache = cache(2);
    append(&mut cache, 1, 3, 0.0);
    cache.fork(0, 1).unwrap();
    assert!(cache.is_empty());
    cache.fork(1, 1).unwrap();
    assert!(cache.fork(0, 2).unwrap_err().to_string().contains("2 of 2"));
    assert!(cache.fork(5, 0).is_err());
}

#[test]
fn the_size_is_that_of_the_buffers() {
    let mut cache = cache(2);
    assert_eq!(cache.size_bytes(), 0);
    append(&mut cache, 0, 1, 0.0);
    // 2 layers × keys and values × 2 heads × 64 positions × 16 elements, 12 of them padding, × 4 bytes
    assert_eq!(cache.size_bytes(), 2 * 2 * 2 * 64 * 16 * 4);
    append(&mut cache, 0, 99, 0.0);
    assert_eq!(cache.size_bytes(), 128 * Cache::token_size_bytes(&config()));
    cache.fork(0, 1).unwrap();
    // the copy of 100 positions takes whole pages of 64
    assert_eq!(
        cache.size_bytes(),
        (128 + 128) * Cache::token_size_bytes(&config())
    );
    cache.clear(0);
    assert_eq!(cache.size_bytes(), 128 * Cache::token_size_bytes(&config()));
}

#[test]
fn buffers_never_pass_the_context() {
    let mut cache = cache(1).with_context_tokens_max(70);
    append(&mut cache, 0, 66, 0.0);
    assert_eq!(cache.room(0), 70);
    assert_eq!(cache.size_bytes(), 128 * Cache::token_size_bytes(&config()));
    assert_eq!(
        cache.with_context_tokens_max(9_999).context_tokens_max(),
        70
    );
}

#[test]
fn a_cache_without_slots_is_refused() {
    assert!(Cache::new(&config(), &Device::Cpu, 0).is_err());
}

#[test]
fn a_copy_of_a_beginning_leaves_its_origin_whole() {
    let mut cache = cache(2);
    append(&mut cache, 0, 100, 0.0);
    append(&mut cache, 1, 7, 9.0);
    assert_eq!(cache.fork_prefix(0, 1, 40).unwrap(), 40);
    assert_eq!((cache.len(0), cache.len(1)), (100, 40));
    append(&mut cache, 1, 3, 0.5);
    append(&mut cache, 0, 1, 0.25);
    let forked = (0..43).map(|p| p as f32 + if p < 40 { 0.0 } else { 0.5 });
    assert_eq!(held(&mut cache, 1), forked.collect::<Vec<_>>());
    let origin = (0..101).map(|p| p as f32 + if p < 100 { 0.0 } else { 0.25 });
    assert_eq!(held(&mut cache, 0), origin.collect::<Vec<_>>());
    assert_eq!(cache.fork_prefix(0, 1, 0).unwrap(), 0);
    assert!(cache.fork_prefix(0, 2, 5).is_err());
    assert_eq!(cache.len(0), 101, "also behind a failure");
}

#[test]
fn room_says_what_memory_is_taken_for() {
    let mut cache = cache(2);
    assert_eq!(cache.room(0), 0);
    append(&mut cache, 0, 100, 0.0);
    assert_eq!(cache.room(0), cache.room_for(100));
    let bytes = cache.room(0) as u64 * Cache::token_size_bytes(&config());
    assert_eq!(cache.size_bytes(), bytes);
    assert_eq!(cache.room_for(1_000), 1_000, "never more than a context");
    cache.trim(0, 1);
    assert_eq!(cache.room(0), cache.room_for(100));
    cache.clear(0);
    assert_eq!(cache.room(0), 0);
}

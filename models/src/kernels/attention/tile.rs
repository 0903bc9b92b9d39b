//! The attention of some query rows of one key-value head: softmax(q kᵀ) v, block after block of keys with a
//! running largest score (arXiv 1805.02867).
//!
//! Where blocks and stretches of keys begin depends on positions alone, not on which rows are computed
//! together. So a token's result is the same to the bit in a prompt, in a step of decoding, and however
//! the work is spread over threads.

use super::memory::{CacheElement, RowShape};
use super::products::{Floats, Mix, Operand, Pairs, Scores, mix, scores};
use super::{AT_ONCE, PER_BLOCK, STRETCH, WEIGHT_MAX};
use crate::kernels::lanes::{LANES, Lanes, exp2};

/// Blocks whose scores are computed together.
const BLOCKS: usize = AT_ONCE / PER_BLOCK;

/// The rows of a tile: row r is the query of head r % G of its group at position `start` + r / G.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile {
    pub(super) shape: RowShape,
    /// Prepared queries, those of the tile's first row first.
    pub(super) queries: *const u8,
    pub(super) query_scales: *const f32,
    /// Its first row, counted from the span's first.
    pub(super) first_row: usize,
    pub(super) rows: usize,
    pub(super) group: usize,
    /// The position of the span's first token.
    pub(super) start: usize,
    pub(super) window: Option<usize>,
    /// The sequence's memory, and which head's it is.
    pub(super) memory: *mut u8,
    pub(super) head: usize,
}

impl Tile {
    /// The positions that row `row` sees.
    pub(super) fn seen(&self, row: usize) -> (usize, usize) {
        let position = self.start + (self.first_row + row) / self.group;
        let first = self
            .window
            .map_or(0, |it| (position + 1).saturating_sub(it));
        (first, position + 1)
    }

    /// The stretches that any row sees: the first, and the one behind the last.
    pub(super) fn stretches(&self) -> (usize, usize) {
        let (first, _) = self.seen(0);
        let (_, end) = self.seen(self.rows - 1);
        (first / STRETCH, end.div_ceil(STRETCH))
    }
}

/// What rows have come to: outputs not yet divided by the sums of their weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partial {
    /// The largest scores (rows,), −∞ where nothing was seen.
    pub(super) largest: *mut f32,
    /// The sums of weights (rows,).
    pub(super) sums: *mut f32,
    /// (rows, width).
    pub(super) out: *mut f32,
}

/// Room to compute a tile in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// (rows, `AT_ONCE`) f32.
    pub(super) scores: *mut f32,
    /// (rows, `AT_ONCE`) i16.
    pub(super) weights: *mut i16,
    /// (rows,) each.
    pub(super) fade: *mut f32,
    pub(super) gain: *mut f32,
}

/// Computes one stretch of keys for the rows of `tile`, from nothing on.
///
/// # Safety
/// As [`Lanes`]; the memory holds what the rows see, and there is room for all rows.
#[inline(always)]
pub(super) unsafe fn stretch<L: Lanes>(tile: &Tile, number: usize, room: Room, partial: Partial) {
    let (first, end) = (tile.seen(0).0, tile.seen(tile.rows - 1).1);
    let (first, end) = (first.max(number * STRETCH), end.min((number + 1) * STRETCH));
    // SAFETY: the caller's.
    unsafe {
        for row in 0..tile.rows {
            *partial.largest.add(row) = f32::NEG_INFINITY;
            *partial.sums.add(row) = 0.0;
        }
        partial.out.write_bytes(0, tile.rows * tile.shape.width());
        let mut from = first;
        while from < end {
            let to = end.min((from / AT_ONCE + 1) * AT_ONCE);
            match tile.shape.element {
                CacheElement::F32 => keys_at_once::<L, Floats>(tile, (from, to), room, partial),
                CacheElement::I16 => keys_at_once::<L, Pairs>(tile, (from, to), room, partial),
            }
            from = to;
        }
    }
}

/// How weights are kept until they meet values.
trait Weighing: Operand {
    /// Whether scores are sums of products of codes, and weights become codes.
    const CODED: bool;

    fn weights(room: Room) -> *const Self::Stored;
}

impl Weighing for Floats {
    const CODED: bool = false;

    fn weights(room: Room) -> *const f32 {
        room.scores
    }
}

impl Weighing for Pairs {
    const CODED: bool = true;

    fn weights(room: Room) -> *const i16 {
        room.weights
    }
}

/// Adds the keys `keys.0..keys.1`, all of the same `AT_ONCE`, to what the rows have come to.
#[inline(always)]
unsafe fn keys_at_once<L: Lanes, O: Weighing>(
    tile: &Tile,
    keys: (usize, usize),
    room: Room,
    partial: Partial,
) {
    let width = tile.shape.width();
    let (first, end) = (keys.0 / PER_BLOCK, keys.1.div_ceil(PER_BLOCK));
    // SAFETY: the caller's.
    unsafe {
        scores::<L, O>(&Scores {
            queries: tile.queries.cast(),
            width,
            rows: tile.rows,
            keys: tile.shape.keys(tile.memory, tile.head),
            first,
            end,
            out: room.scores,
            out_step: AT_ONCE,
        });
        for row in 0..tile.rows {
            weigh_row::<L, O>(tile, row, keys, room, partial);
        }
        mix::<L, O>(&Mix {
            weights: O::weights(room),
            weights_step: AT_ONCE,
            rows: tile.rows,
            values: tile.shape.values(tile.memory, tile.head),
            first,
            end,
            last_keys: keys.1 - (end - 1) * PER_BLOCK,
            out: partial.out,
            width,
            fade: room.fade,
            gain: room.gain,
        });
    }
}

/// Turns the scores of one row into weights: 2 to the power of each less the largest so far, 0 for keys
/// that the row does not see. Coded ones are multiplied with the scales of their values first.
#[inline(always)]
unsafe fn weigh_row<L: Lanes, O: Weighing>(
    tile: &Tile,
    row: usize,
    keys: (usize, usize),
    room: Room,
    partial: Partial,
) {
    let block = keys.0 / PER_BLOCK;
    let (first, end) = tile.seen(row);
    let origin = block * PER_BLOCK;
    let line = Line {
        scores: room.scores.wrapping_add(row * AT_ONCE),
        block,
        first: first.max(keys.0) - origin,
        end: end.clamp(origin, keys.1) - origin,
    };
    let blocks = keys.1.div_ceil(PER_BLOCK) - block;
    // SAFETY: the caller's; vectors are within the row.
    unsafe {
        let (mut fade, mut gain, mut inverse) = (1.0, 0.0, 0.0);
        if line.first < line.end {
            let top = line.scale::<L, O>(tile, row);
            let before = *partial.largest.add(row);
            let largest = before.max(top);
            fade = power(before - largest);
            let (sum, top) = line.weigh::<L, O>(tile, largest);
            *partial.largest.add(row) = largest;
            let sums = partial.sums.add(row);
            *sums = *sums * fade + sum;
            gain = 1.0;
            if O::CODED {
                inverse = WEIGHT_MAX / top;
                gain = top / WEIGHT_MAX;
                if !(inverse.is_finite() && top > 0.0) {
                    (inverse, gain) = (0.0, 0.0);
                }
            }
        }
        *room.fade.add(row) = fade;
        *room.gain.add(row) = gain;
        let weights = room.weights.add(row * AT_ONCE);
        for vector in 0..blocks {
            let from = line.scores.add(vector * LANES);
            let seen = line.vectors().contains(&vector);
            match (O::CODED, seen) {
                (true, true) => {
                    let code = L::round(L::mul(L::load(from), L::splat(inverse)));
                    L::store_short(weights.add(vector * LANES), code);
                }
                (true, false) => L::store_short(weights.add(vector * LANES), L::zero_i()),
                (false, true) => {}
                (false, false) => L::store(from, L::splat(0.0)),
            }
        }
    }
}

/// The scores of one row with keys from block `block` on, of which those from `first` to before `end` are
/// seen.
struct Line {
    scores: *mut f32,
    block: usize,
    first: usize,
    end: usize,
}

impl Line {
    /// The vectors in which there is a key that is seen.
    fn vectors(&self) -> std::ops::Range<usize> {
        if self.first < self.end {
            self.first / LANES..self.end.div_ceil(LANES)
        } else {
            0..0
        }
    }

    /// `x` where keys of vector `vector` are seen, else `other`.
    #[inline(always)]
    unsafe fn seen<L: Lanes>(&self, vector: usize, x: L::F, other: f32) -> L::F {
        let lanes = vector * LANES;
        if lanes >= self.first && lanes + LANES <= self.end {
            return x;
        }
        // SAFETY: the caller's.
        unsafe {
            let (first, end) = (self.first.saturating_sub(lanes), self.end - lanes);
            L::within(x, L::splat(other), first, end)
        }
    }

    /// Makes scores of sums of products, hides what is not seen, and returns the largest.
    #[inline(always)]
    unsafe fn scale<L: Lanes, O: Weighing>(&self, tile: &Tile, row: usize) -> f32 {
        let scales = tile.shape.key_scales(tile.memory, tile.head);
        // SAFETY: the caller's.
        unsafe {
            let of_query = L::splat(if O::CODED {
                *tile.query_scales.add(row)
            } else {
                1.0
            });
            let mut top = L::splat(f32::NEG_INFINITY);
            for vector in self.vectors() {
                let at = self.scores.add(vector * LANES);
                let mut score = L::load(at);
                if O::CODED {
                    let scale = L::load(scales.block(self.block + vector).cast());
                    score = L::mul(L::float(L::load_i(at.cast())), L::mul(scale, of_query));
                }
                let score = self.seen::<L>(vector, score, f32::NEG_INFINITY);
                top = L::max(score, top);
                L::store(at, score);
            }
            L::largest(top)
        }
    }

    /// Makes weights of scores, and returns their sum and, once multiplied with the scales of values, the
    /// largest.
    #[inline(always)]
    unsafe fn weigh<L: Lanes, O: Weighing>(&self, tile: &Tile, largest: f32) -> (f32, f32) {
        let scales = tile.shape.value_scales(tile.memory, tile.head);
        // SAFETY: the caller's.
        unsafe {
            let (mut sum, mut top) = (L::splat(0.0), L::splat(0.0));
            for vector in self.vectors() {
                let at = self.scores.add(vector * LANES);
                let weight = exp2::<L>(L::sub(L::load(at), L::splat(largest)));
                let mut weight = self.seen::<L>(vector, weight, 0.0);
                sum = L::add(sum, weight);
                if O::CODED {
                    let scale = L::load(scales.block(self.block + vector).cast());
                    weight = L::mul(weight, scale);
                    top = L::max(weight, top);
                }
                L::store(at, weight);
            }
            (L::sum(sum), L::largest(top))
        }
    }
}

/// 2ˣ, quickly for the two cases that are common: nothing changed, nothing was there.
#[inline(always)]
fn power(x: f32) -> f32 {
    if x == 0.0 {
        1.0
    } else if x == f32::NEG_INFINITY {
        0.0
    } else {
        x.exp2()
    }
}

/// Adds `part` to what `rows` rows have come to in `whole`.
///
/// # Safety
/// As [`Lanes`]; both have that many rows.
#[inline(always)]
pub(super) unsafe fn merge<L: Lanes>(whole: Partial, part: Partial, rows: usize, width: usize) {
    for row in 0..rows {
        // SAFETY: the caller's.
        unsafe {
            let (a, b) = (*whole.largest.add(row), *part.largest.add(row));
            if b == f32::NEG_INFINITY && *part.sums.add(row) == 0.0 {
                continue;
            }
            let largest = a.max(b);
            let (keep, add) = if a == f32::NEG_INFINITY {
                (0.0, 1.0)
            } else {
                ((a - largest).exp2(), (b - largest).exp2())
            };
            let sum = *whole.sums.add(row) * keep + *part.sums.add(row) * add;
            *whole.largest.add(row) = largest;
            *whole.sums.add(row) = sum;
            for element in (0..width).step_by(LANES) {
                let to = whole.out.add(row * width + element);
                let from = L::load(part.out.add(row * width + element));
                let kept = L::mul(L::load(to), L::splat(keep));
                L::store(to, L::fma(from, L::splat(add), kept));
            }
        }
    }
}

const _: () = assert!(BLOCKS * PER_BLOCK == AT_ONCE && PER_BLOCK == LANES);

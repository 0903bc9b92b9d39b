//! What becomes of projected queries, keys and values before they meet: norms of heads, rotation, and the
//! form in which they are remembered.

use super::memory::{CacheElement, RowShape};
use super::{Attend, PER_BLOCK, PIECE, Shared, SpanOf, WEIGHT_MAX};
use crate::kernels::lanes::{LANES, Lanes, at_level};
use crate::kernels::math::Norm;
use crate::kernels::pool;

/// Tokens so few that another region of parallel work would take longer.
const TOKENS_ALONE: usize = 2;

/// How heads turn with their positions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn<'a> {
    /// (N, dim / 2).
    pub(crate) cos: &'a [f32],
    pub(crate) sin: &'a [f32],
    /// How many elements of a head turn.
    pub(crate) dim: usize,
    /// Whether elements 2i and 2i + 1 turn together, instead of i and i + dim / 2.
    pub(crate) neighbours: bool,
}

/// The tokens `tokens` of the batch, of one sequence and one key-value head, the first at `position`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) position: usize,
    pub(super) head: usize,
    /// The sequence's memory.
    pub(super) memory: Shared<u8>,
}

/// Where the queries of the batch are kept while they are used: (K, N · G, width), and their scales
/// (K, N · G).
#[derive(Debug, Clone, Copy)]
pub(super) struct Queries {
    pub(super) rows: Shared<u8>,
    pub(super) scales: Shared<f32>,
}

/// Prepares every head of every token. Threads take pieces of one span and one head that share no block of
/// memory; spans of the same sequence come one after the other.
pub(super) fn prepare_all(
    task: &Attend<'_>,
    spans: &[SpanOf],
    starts: &[Shared<u8>],
    queries: Queries,
) {
    let mut rest = spans;
    while !rest.is_empty() {
        let again = |end: &usize| rest[..*end].iter().any(|it| it.memory == rest[*end].memory);
        let end = (1..rest.len()).find(again).unwrap_or(rest.len());
        let pieces = rest[..end].iter().flat_map(|span| {
            (0..task.shape.kv_heads).flat_map(|head| pieces(span, head, starts[span.memory]))
        });
        let pieces: Vec<_> = pieces.collect();
        let work = |number: usize| {
            let piece = &pieces[number];
            at_level!(task.level, prepare(task: &Attend<'_>, piece: &Piece, queries: Queries));
        };
        if task.tokens <= TOKENS_ALONE {
            (0..pieces.len()).for_each(work);
        } else {
            pool::run(pieces.len(), &work);
        }
        rest = &rest[end..];
    }
}

/// The pieces of one head of `span`: they end where blocks end.
fn pieces(span: &SpanOf, head: usize, memory: Shared<u8>) -> impl Iterator<Item = Piece> {
    let (start, end) = (span.start, span.start + span.len);
    (start / PIECE..end.div_ceil(PIECE)).map(move |number| {
        let from = start.max(number * PIECE);
        let to = end.min((number + 1) * PIECE);
        Piece {
            first: span.offset + from - start,
            end: span.offset + to - start,
            position: from,
            head,
            memory,
        }
    })
}

/// The largest code of queries and keys: sums of `width` products fit 31 bits.
fn code_max(width: usize) -> f32 {
    let max = (f64::from(i32::MAX) / width as f64).sqrt().floor();
    max.min(f64::from(i16::MAX)) as f32
}

/// Room for one row while it is worked on.
struct Row<'a> {
    /// (width,).
    x: &'a mut [f32],
    /// (width,).
    codes: &'a mut [i16],
}

/// Prepares the queries of a piece and remembers its keys and values.
///
/// # Safety
/// As [`Lanes`]; the piece is within the batch, its memory holds its positions, and nobody else reads or
/// writes those.
#[inline(always)]
pub(super) unsafe fn prepare<L: Lanes>(task: &Attend<'_>, piece: &Piece, queries: Queries) {
    let shape = task.shape;
    let width = shape.width();
    let mut x = vec![0.0f32; width];
    let mut codes = vec![0i16; width];
    let mut row = Row {
        x: &mut x,
        codes: &mut codes,
    };
    let group = task.heads / shape.kv_heads;
    for token in piece.first..piece.end {
        // SAFETY: the caller's; heads and tokens are those of the batch.
        unsafe {
            for member in 0..group {
                let place = piece.head * task.tokens * group + token * group + member;
                row.read::<L>(
                    task.q
                        .head(token, piece.head * group + member, shape.head_dim),
                );
                row.norm::<L>(task.q_norm, shape.head_dim);
                row.turn(task.turn.as_ref(), token);
                row.keep_query::<L>(shape, task.scale, place, queries);
            }
            let position = piece.position + token - piece.first;
            let place = Kept {
                shape,
                memory: piece.memory.at(0),
                head: piece.head,
                block: position / PER_BLOCK,
                place: position % PER_BLOCK,
            };
            row.read::<L>(task.k.head(token, piece.head, shape.head_dim));
            row.norm::<L>(task.k_norm, shape.head_dim);
            row.turn(task.turn.as_ref(), token);
            row.keep_key::<L>(place);
            row.read::<L>(task.v.head(token, piece.head, shape.head_dim));
            row.keep_value::<L>(place);
        }
    }
}

impl Row<'_> {
    /// Takes `x`; what is behind it in the row is 0 and stays so.
    #[inline(always)]
    unsafe fn read<L: Lanes>(&mut self, x: &[f32]) {
        if !x.len().is_multiple_of(LANES) {
            return self.x[..x.len()].copy_from_slice(x);
        }
        for (to, from) in self.x.chunks_exact_mut(LANES).zip(x.chunks_exact(LANES)) {
            // SAFETY: both are a vector; a call that copies some hundred bytes costs more.
            unsafe { L::store(to.as_mut_ptr(), L::load(from.as_ptr())) };
        }
    }

    #[inline(always)]
    unsafe fn norm<L: Lanes>(&mut self, norm: Option<Norm<'_>>, head_dim: usize) {
        let Some(norm) = norm else { return };
        // SAFETY: the row is whole vectors; those of the weights are checked by their slice.
        unsafe {
            let mut sum = L::splat(0.0);
            for x in self.x.chunks_exact(LANES) {
                let x = L::load(x.as_ptr());
                sum = L::fma(x, x, sum);
            }
            let scale = 1.0 / (L::sum(sum) / head_dim as f32 + norm.eps).sqrt();
            for (x, weight) in self.x.iter_mut().zip(norm.weight) {
                *x = *x * scale * weight;
            }
        }
    }

    #[inline(always)]
    fn turn(&mut self, turn: Option<&Turn<'_>>, token: usize) {
        let Some(turn) = turn else { return };
        let half = turn.dim / 2;
        let cos = &turn.cos[token * half..][..half];
        let sin = &turn.sin[token * half..][..half];
        if turn.neighbours {
            let pairs = self.x[..turn.dim].chunks_exact_mut(2);
            for ((pair, cos), sin) in pairs.zip(cos).zip(sin) {
                let (a, b) = (pair[0], pair[1]);
                pair[0] = a * cos - b * sin;
                pair[1] = a * sin + b * cos;
            }
        } else {
            let (first, second) = self.x[..turn.dim].split_at_mut(half);
            for (((a, b), cos), sin) in first.iter_mut().zip(second).zip(cos).zip(sin) {
                let (x, y) = (*a, *b);
                *a = x * cos - y * sin;
                *b = x * sin + y * cos;
            }
        }
    }

    /// Rounds the row to codes up to `max` and returns their scale; no number where the row has one that
    /// is none.
    #[inline(always)]
    unsafe fn encode<L: Lanes>(&mut self, max: f32) -> f32 {
        let to = self.codes.as_mut_ptr();
        // SAFETY: there are as many codes as elements.
        unsafe { self.encode_to::<L>(max, to) }
    }

    /// The same with codes written elsewhere.
    #[inline(always)]
    unsafe fn encode_to<L: Lanes>(&self, max: f32, to: *mut i16) -> f32 {
        // SAFETY: rows and codes are whole vectors.
        unsafe {
            let mut largest = L::splat(0.0);
            let mut sum = L::splat(0.0);
            for x in self.x.chunks_exact(LANES) {
                let x = L::load(x.as_ptr());
                largest = L::max(largest, L::abs(x));
                sum = L::fma(x, L::splat(0.0), sum); // 0, or no number
            }
            let (largest, sum) = (L::largest(largest), L::sum(sum));
            let inverse = if largest > 0.0 { max / largest } else { 0.0 };
            // A row of the smallest numbers has an inverse that is none.
            let inverse = if inverse.is_finite() { inverse } else { 0.0 };
            let by = L::splat(inverse);
            for (number, x) in self.x.chunks_exact(LANES).enumerate() {
                let codes = L::round(L::mul(L::load(x.as_ptr()), by));
                L::store_short(to.add(number * LANES), codes);
            }
            largest / max + sum
        }
    }

    #[inline(always)]
    unsafe fn keep_query<L: Lanes>(
        &mut self,
        shape: RowShape,
        scale: f32,
        place: usize,
        queries: Queries,
    ) {
        let width = shape.width();
        // SAFETY: the caller's: there is room for this row.
        unsafe {
            match shape.element {
                CacheElement::F32 => {
                    let to = queries.rows.at(0).cast::<f32>().add(place * width);
                    for (number, x) in self.x.iter().enumerate() {
                        *to.add(number) = x * scale;
                    }
                }
                CacheElement::I16 => {
                    let to = queries.rows.at(0).cast::<i16>().add(place * width);
                    let of_row = self.encode_to::<L>(code_max(width), to);
                    *queries.scales.at(place) = of_row * scale;
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn keep_key<L: Lanes>(&mut self, kept: Kept) {
        let shape = kept.shape;
        let to = shape.keys(kept.memory, kept.head).block(kept.block);
        // SAFETY: the caller's: the position is there.
        unsafe {
            match shape.element {
                CacheElement::F32 => {
                    let to = to.cast::<f32>().add(kept.place);
                    for (number, x) in self.x.iter().enumerate() {
                        *to.add(number * PER_BLOCK) = *x;
                    }
                }
                CacheElement::I16 => {
                    let scale = self.encode::<L>(code_max(shape.width()));
                    let to = to.cast::<[i16; 2]>().add(kept.place);
                    for (number, pair) in self.codes.chunks_exact(2).enumerate() {
                        *to.add(number * PER_BLOCK) = [pair[0], pair[1]];
                    }
                    *kept.key_scale() = scale;
                }
            }
        }
    }

    /// As keys. A value that is no number makes its key's scale none, since weights are rounded to
    /// integers before they meet values.
    #[inline(always)]
    unsafe fn keep_value<L: Lanes>(&mut self, kept: Kept) {
        let (shape, place) = (kept.shape, kept.place);
        let to = shape.values(kept.memory, kept.head).block(kept.block);
        let width = shape.width();
        // SAFETY: the caller's: the position is there.
        unsafe {
            match shape.element {
                CacheElement::F32 => {
                    let to = to.cast::<f32>().add(place * width);
                    to.copy_from_nonoverlapping(self.x.as_ptr(), width);
                }
                CacheElement::I16 => {
                    let scale = self.encode::<L>(WEIGHT_MAX);
                    let to = to.cast::<i16>().add(place / 2 * width * 2 + place % 2);
                    for (number, code) in self.codes.iter().enumerate() {
                        *to.add(number * 2) = *code;
                    }
                    let scales = shape.value_scales(kept.memory, kept.head);
                    *scales.block(kept.block).cast::<f32>().add(place) = scale;
                    if !scale.is_finite() {
                        *kept.key_scale() = f32::NAN;
                    }
                }
            }
        }
    }
}

/// Where a position of a head is remembered.
#[derive(Debug, Clone, Copy)]
struct Kept {
    shape: RowShape,
    memory: *mut u8,
    head: usize,
    block: usize,
    place: usize,
}

impl Kept {
    fn key_scale(self) -> *mut f32 {
        let scales = self.shape.key_scales(self.memory, self.head);
        scales
            .block(self.block)
            .cast::<f32>()
            .wrapping_add(self.place)
    }
}

//! Attention over remembered keys and values, on the processor.
//!
//! Two regions of parallel work a layer: first every token's heads are normed, turned and remembered, then
//! rows of queries meet the keys that they see.

mod memory;
mod prepare;
mod products;
mod run;
mod scratch;
#[cfg(test)]
mod tests;
mod tile;

use super::isa::CpuLevel;
use super::lanes::LANES;
use super::math::Norm;
use super::pool;
use super::shared::{Shared, written};
pub use memory::CacheElement;
pub(crate) use memory::{KvMemory, RowShape};
pub(crate) use prepare::Turn;
use prepare::{Queries, prepare_all};
use run::{Partials, Run};
pub(crate) use scratch::Scratch;

/// Positions of a block of memory.
const PER_BLOCK: usize = 16;
/// Keys whose scores are computed before they meet values.
const AT_ONCE: usize = 128;
/// Keys after which what a row came to is set aside: long sequences are spread over threads so.
const STRETCH: usize = 1024;
/// Rows of a tile: they share what is read of keys and values.
const ROWS: usize = 96;
/// Positions whose heads one thread prepares.
const PIECE: usize = 64;
/// The largest code of weights and of values: sums of `AT_ONCE` products fit 31 bits.
const WEIGHT_MAX: f32 = 4095.0;

/// Rows of a matrix that may be part of a wider one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) data: &'a [f32],
    /// From one row to the next.
    pub(crate) step: usize,
}

impl<'a> Rows<'a> {
    /// The first `width` elements of row `row`.
    pub(super) fn row(self, row: usize, width: usize) -> &'a [f32] {
        &self.data[row * self.step..][..width]
    }

    /// Head `head` of row `row`.
    fn head(self, row: usize, head: usize, head_dim: usize) -> &'a [f32] {
        &self.data[row * self.step + head * head_dim..][..head_dim]
    }
}

/// What a layer attends with: N tokens, H query heads, K key-value heads of D elements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attend<'a> {
    pub(crate) level: CpuLevel,
    pub(crate) shape: RowShape,
    pub(crate) heads: usize,
    pub(crate) tokens: usize,
    /// (N, H · D).
    pub(crate) q: Rows<'a>,
    /// (N, K · D).
    pub(crate) k: Rows<'a>,
    /// (N, K · D).
    pub(crate) v: Rows<'a>,
    pub(crate) q_norm: Option<Norm<'a>>,
    pub(crate) k_norm: Option<Norm<'a>>,
    pub(crate) turn: Option<Turn<'a>>,
    /// What products of queries and keys are multiplied with, times log₂ e.
    pub(crate) scale: f32,
    /// With a window, a position sees itself and the `window - 1` before it.
    pub(crate) window: Option<usize>,
    /// Scores of what each head can look at instead (H,), times log₂ e.
    pub(crate) sinks: Option<&'a [f32]>,
}

/// Consecutive tokens of a sequence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanOf {
    /// Which memory is the sequence's.
    pub(crate) memory: usize,
    /// Its first token in the batch.
    pub(crate) offset: usize,
    pub(crate) len: usize,
    /// The position of that token.
    pub(crate) start: usize,
}

/// Remembers the keys and values of `spans` in `memories`, and attends: (N, H · D).
///
/// # Panics
/// When rows, spans and memories do not fit each other.
pub(crate) fn attend(
    task: &Attend<'_>,
    spans: &[SpanOf],
    memories: &mut [&mut KvMemory],
    scratch: &mut Scratch,
) -> Vec<f32> {
    check(task, spans, memories);
    let (width, rows) = (task.shape.width(), task.tokens * task.heads);
    let (queries, scales) = scratch.queries(rows, rows * width);
    let queries = Queries {
        rows: Shared(queries),
        scales: Shared(scales),
    };
    let starts: Vec<_> = memories
        .iter_mut()
        .map(|it| Shared(it.start_mut()))
        .collect();
    prepare_all(task, spans, &starts, queries);

    // SAFETY: the spans cover all tokens, so every row is written.
    unsafe {
        written(rows * task.shape.head_dim, |out| {
            let run = Run {
                task,
                spans,
                starts: &starts,
                queries,
                out,
            };
            let works = run.share();
            let alone = works.iter().filter(|it| it.alone.is_some()).count();
            let partials = Partials::new(scratch.partials(alone * ROWS * (width + 2)), width);
            pool::run(works.len(), &|number| run.compute(&works[number], partials));
            run.join(&works, partials);
        })
    }
}

fn check(task: &Attend<'_>, spans: &[SpanOf], memories: &[&mut KvMemory]) {
    let (shape, n) = (task.shape, task.tokens);
    let fits = |rows: Rows<'_>, heads: usize| {
        let wide = heads * shape.head_dim;
        n > 0 && rows.step >= wide && rows.data.len() >= (n - 1) * rows.step + wide
    };
    assert!(fits(task.q, task.heads));
    assert!(fits(task.k, shape.kv_heads) && fits(task.v, shape.kv_heads));
    assert!(task.heads.is_multiple_of(shape.kv_heads));
    for norm in [task.q_norm, task.k_norm].into_iter().flatten() {
        assert!(norm.weight.len() == shape.head_dim);
    }
    if let Some(turn) = task.turn {
        let angles = n * (turn.dim / 2);
        assert!(turn.dim <= shape.head_dim);
        assert!(turn.cos.len() >= angles && turn.sin.len() >= angles);
    }
    assert!(task.sinks.is_none_or(|it| it.len() == task.heads));
    let mut next = 0;
    for span in spans {
        let memory = &memories[span.memory];
        assert!(span.offset == next && span.len > 0);
        assert!(memory.shape() == shape && memory.capacity() >= span.start + span.len);
        next += span.len;
    }
    assert!(next == n);
}

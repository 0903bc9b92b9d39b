//! How the rows of a layer are shared by threads.

use super::prepare::Queries;
use super::scratch::with_room;
use super::tile::{Partial, Room, Tile, merge, stretch};
use super::{Attend, CacheElement, ROWS, STRETCH, Shared, SpanOf};
use crate::kernels::lanes::{LANES, Lanes, at_level};
use crate::kernels::pool;

/// One layer under way.
pub(super) struct Run<'a> {
    pub(super) task: &'a Attend<'a>,
    pub(super) spans: &'a [SpanOf],
    /// The memories of the sequences.
    pub(super) starts: &'a [Shared<u8>],
    pub(super) queries: Queries,
    /// (N, H · D).
    pub(super) out: Shared<f32>,
}

/// Some rows of a head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    span: usize,
    head: usize,
    first_row: usize,
    rows: usize,
    /// The one stretch of keys to compute, and where its result is set aside; without it all of them.
    pub(super) alone: Option<(usize, usize)>,
}

/// Results that are set aside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partials {
    start: Shared<f32>,
    width: usize,
}

impl Partials {
    /// At `start` there is room for as many as there will be.
    pub(super) fn new(start: *mut f32, width: usize) -> Self {
        Self {
            start: Shared(start),
            width,
        }
    }

    fn at(self, place: usize) -> Partial {
        let start = place * ROWS * (self.width + 2);
        Partial {
            out: self.start.at(start),
            largest: self.start.at(start + ROWS * self.width),
            sums: self.start.at(start + ROWS * (self.width + 1)),
        }
    }
}

impl Run<'_> {
    /// All the work there is. Where it is less than threads, long sequences are cut into stretches.
    pub(super) fn share(&self) -> Vec<Work> {
        let group = self.task.heads / self.task.shape.kv_heads;
        let mut works = Vec::new();
        for (span, of) in self.spans.iter().enumerate() {
            let rows = of.len * group;
            for head in 0..self.task.shape.kv_heads {
                // The last rows see the most keys, and what takes longest comes first.
                works.extend((0..rows).step_by(ROWS).rev().map(|first_row| Work {
                    span,
                    head,
                    first_row,
                    rows: ROWS.min(rows - first_row),
                    alone: None,
                }));
            }
        }
        if works.len() >= 2 * pool::threads() {
            return works;
        }
        let mut place = 0;
        let mut cut = Vec::new();
        for work in works {
            let (first, end) = self.tile(&work).stretches();
            cut.extend((first..end).map(|stretch| {
                place += 1;
                Work {
                    alone: Some((stretch, place - 1)),
                    ..work
                }
            }));
        }
        cut
    }

    /// Computes `work` and sets its result aside, or writes it.
    pub(super) fn compute(&self, work: &Work, partials: Partials) {
        let tile = self.tile(work);
        with_room(ROWS, self.task.shape.width(), |room, whole, part| {
            if let Some((number, place)) = work.alone {
                self.stretch(&tile, number, room, partials.at(place));
                return;
            }
            let (first, end) = tile.stretches();
            self.stretch(&tile, first, room, whole);
            for number in first + 1..end {
                self.stretch(&tile, number, room, part);
                self.merge(whole, part, work.rows);
            }
            self.write(work, whole);
        });
    }

    /// Adds up results that were set aside, in the order of their stretches, and writes them.
    pub(super) fn join(&self, works: &[Work], partials: Partials) {
        for work in works {
            let Some((number, place)) = work.alone else {
                continue;
            };
            let (first, end) = self.tile(work).stretches();
            let whole = partials.at(place - (number - first));
            if number > first {
                self.merge(whole, partials.at(place), work.rows);
            }
            if number + 1 == end {
                self.write(work, whole);
            }
        }
    }

    fn tile(&self, work: &Work) -> Tile {
        let (task, span) = (self.task, &self.spans[work.span]);
        let shape = task.shape;
        let group = task.heads / shape.kv_heads;
        let place = (work.head * task.tokens + span.offset) * group + work.first_row;
        let element_bytes = match shape.element {
            CacheElement::F32 => 4,
            CacheElement::I16 => 2,
        };
        Tile {
            shape,
            queries: self.queries.rows.at(place * shape.width() * element_bytes),
            query_scales: self.queries.scales.at(place),
            first_row: work.first_row,
            rows: work.rows,
            group,
            start: span.start,
            window: task.window,
            memory: self.starts[span.memory].at(0),
            head: work.head,
        }
    }

    fn stretch(&self, tile: &Tile, number: usize, room: Room, partial: Partial) {
        at_level!(
            self.task.level,
            stretch(tile: &Tile, number: usize, room: Room, partial: Partial)
        );
    }

    fn merge(&self, whole: Partial, part: Partial, rows: usize) {
        let width = self.task.shape.width();
        at_level!(
            self.task.level,
            merge(whole: Partial, part: Partial, rows: usize, width: usize)
        );
    }

    /// Divides by the sums of weights, with those of sinks, and writes the rows where they belong.
    fn write(&self, work: &Work, whole: Partial) {
        let (task, span) = (self.task, &self.spans[work.span]);
        let (width, head_dim) = (task.shape.width(), task.shape.head_dim);
        let group = task.heads / task.shape.kv_heads;
        for row in 0..work.rows {
            let token = span.offset + (work.first_row + row) / group;
            let head = work.head * group + (work.first_row + row) % group;
            // SAFETY: the rows were computed; each token and head is written by one thread.
            let (from, by) = unsafe {
                let largest = *whole.largest.add(row);
                let sink = task
                    .sinks
                    .map_or(0.0, |sinks| (sinks[head] - largest).exp2());
                let from = std::slice::from_raw_parts(whole.out.add(row * width), head_dim);
                (from, 1.0 / (*whole.sums.add(row) + sink))
            };
            let to = self.out.at((token * task.heads + head) * head_dim);
            at_level!(task.level, scaled(from: &[f32], by: f32, to: *mut f32));
        }
    }
}

/// Writes `from` times `by`.
#[inline(always)]
unsafe fn scaled<L: Lanes>(from: &[f32], by: f32, to: *mut f32) {
    let whole = from.len() / LANES * LANES;
    // SAFETY: the caller's: as much room as numbers.
    unsafe {
        for place in (0..whole).step_by(LANES) {
            let x = L::load(from.as_ptr().add(place));
            L::store(to.add(place), L::mul(x, L::splat(by)));
        }
        for (place, x) in from.iter().enumerate().skip(whole) {
            *to.add(place) = x * by;
        }
    }
}

const _: () = assert!(STRETCH.is_multiple_of(super::AT_ONCE));

//! Room that attention computes in, kept from layer to layer.

use std::cell::RefCell;

use super::AT_ONCE;
use super::tile::{Partial, Room};
use crate::kernels::lanes::LANES;

/// Sixteen numbers of a line of memory.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

/// Memory that begins with a line and only grows.
#[derive(Debug, Default)]
struct Lines(Vec<Line>);

impl Lines {
    /// Room for `len` numbers, whatever they are.
    fn room(&mut self, len: usize) -> *mut f32 {
        let lines = len.div_ceil(LANES);
        if lines > self.0.len() {
            self.0.resize(lines, Line([0.0; LANES]));
        }
        self.0.as_mut_ptr().cast()
    }
}

/// What a forward needs beside its results.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    queries: Lines,
    scales: Lines,
    partials: Lines,
}

impl Scratch {
    /// Room for queries of `elements` elements of up to 4 bytes, and for `rows` scales.
    pub(super) fn queries(&mut self, rows: usize, elements: usize) -> (*mut u8, *mut f32) {
        let queries = self.queries.room(elements);
        (queries.cast(), self.scales.room(rows))
    }

    /// Room for `len` numbers of results that are set aside.
    pub(super) fn partials(&mut self, len: usize) -> *mut f32 {
        self.partials.room(len)
    }
}

/// Calls `work` with this thread's room for a tile of `rows` rows of `width`.
pub(super) fn with_room(rows: usize, width: usize, work: impl FnOnce(Room, Partial, Partial)) {
    thread_local! {
        static ROOM: RefCell<Lines> = RefCell::default();
    }
    let rows = rows.next_multiple_of(LANES);
    let (scores, weights) = (rows * AT_ONCE, rows * AT_ONCE / 2);
    let partial = rows * (width + 2);
    ROOM.with_borrow_mut(|lines| {
        let start = lines.room(scores + weights + 2 * rows + 2 * partial);
        let at = |place: usize| start.wrapping_add(place);
        let behind = scores + weights;
        let room = Room {
            scores: start,
            weights: at(scores).cast(),
            fade: at(behind),
            gain: at(behind + rows),
        };
        let partial_at = |place: usize| Partial {
            out: at(place),
            largest: at(place + rows * width),
            sums: at(place + rows * (width + 1)),
        };
        let first = behind + 2 * rows;
        work(room, partial_at(first), partial_at(first + partial));
    });
}

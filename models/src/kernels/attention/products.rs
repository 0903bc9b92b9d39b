//! The two products of attention for the rows of a tile: queries with keys, and weights with values.
//!
//! Both take vectors of sixteen: of keys for the first, of elements for the second. So neither adds within
//! a vector, and what the memory holds is read in order.

use super::PER_BLOCK;
use super::memory::PER_PAGE;
use crate::kernels::lanes::{LANES, Lanes};

/// Blocks of a page.
const BLOCKS: usize = PER_PAGE / PER_BLOCK;
/// Rows so few that memory is waited for: what comes next is asked for in advance.
const ROWS_FEW: usize = 2;

/// Where something of a head is, block after block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) start: *mut u8,
    /// From page to page.
    pub(super) page_bytes: usize,
    /// From block to block in a page.
    pub(super) block_bytes: usize,
}

impl Stream {
    /// Where block `number` is.
    #[inline(always)]
    pub(super) fn block(self, number: usize) -> *mut u8 {
        let page = number / BLOCKS * self.page_bytes;
        self.start
            .wrapping_add(page + number % BLOCKS * self.block_bytes)
    }
}

/// What is multiplied: numbers in f32, or pairs of i16 whose sums are i32.
pub(super) trait Operand {
    /// What a query or a weight is stored in.
    type Stored: Copy;
    /// How many of those a vector of the memory takes together in each lane.
    const TOGETHER: usize;
    /// Sixteen sums.
    type Sum<L: Lanes>: Copy;

    unsafe fn zero<L: Lanes>() -> Self::Sum<L>;
    /// sum + what is at `one`, in every lane, times the vector at `many`.
    unsafe fn add<L: Lanes>(
        sum: Self::Sum<L>,
        one: *const Self::Stored,
        many: Self::Sum<L>,
    ) -> Self::Sum<L>;
    unsafe fn vector<L: Lanes>(from: *const u8) -> Self::Sum<L>;
    /// Stores sums as they are, 64 bytes.
    unsafe fn store<L: Lanes>(to: *mut f32, sum: Self::Sum<L>);
    unsafe fn float<L: Lanes>(sum: Self::Sum<L>) -> L::F;
}

/// f32.
pub(super) struct Floats;
/// Pairs of i16.
pub(super) struct Pairs;

impl Operand for Floats {
    type Stored = f32;
    const TOGETHER: usize = 1;
    type Sum<L: Lanes> = L::F;

    #[inline(always)]
    unsafe fn zero<L: Lanes>() -> L::F {
        // SAFETY: the caller's.
        unsafe { L::splat(0.0) }
    }

    #[inline(always)]
    unsafe fn add<L: Lanes>(sum: L::F, one: *const f32, many: L::F) -> L::F {
        // SAFETY: the caller's.
        unsafe { L::fma(L::splat(*one), many, sum) }
    }

    #[inline(always)]
    unsafe fn vector<L: Lanes>(from: *const u8) -> L::F {
        // SAFETY: the caller's.
        unsafe { L::load(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store<L: Lanes>(to: *mut f32, sum: L::F) {
        // SAFETY: the caller's.
        unsafe { L::store(to, sum) }
    }

    #[inline(always)]
    unsafe fn float<L: Lanes>(sum: L::F) -> L::F {
        sum
    }
}

impl Operand for Pairs {
    type Stored = i16;
    const TOGETHER: usize = 2;
    type Sum<L: Lanes> = L::I;

    #[inline(always)]
    unsafe fn zero<L: Lanes>() -> L::I {
        // SAFETY: the caller's.
        unsafe { L::zero_i() }
    }

    #[inline(always)]
    unsafe fn add<L: Lanes>(sum: L::I, one: *const i16, many: L::I) -> L::I {
        // SAFETY: the caller's.
        unsafe { L::dot(sum, L::splat_pair(one), many) }
    }

    #[inline(always)]
    unsafe fn vector<L: Lanes>(from: *const u8) -> L::I {
        // SAFETY: the caller's.
        unsafe { L::load_i(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store<L: Lanes>(to: *mut f32, sum: L::I) {
        // SAFETY: the caller's.
        unsafe { L::store_i(to.cast(), sum) }
    }

    #[inline(always)]
    unsafe fn float<L: Lanes>(sum: L::I) -> L::F {
        // SAFETY: the caller's.
        unsafe { L::float(sum) }
    }
}

/// The products of `rows` queries with the keys of blocks `first..end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scores<T> {
    /// Queries of `width` elements.
    pub(super) queries: *const T,
    pub(super) width: usize,
    pub(super) rows: usize,
    pub(super) keys: Stream,
    pub(super) first: usize,
    pub(super) end: usize,
    /// Rows of `out_step` sums, that of block `first` first; i32 in the bits of f32 for pairs.
    pub(super) out: *mut f32,
    pub(super) out_step: usize,
}

/// Computes the products.
///
/// # Safety
/// As [`Lanes`], and everything that the task names is there.
#[inline(always)]
pub(super) unsafe fn scores<L: Lanes, O: Operand>(task: &Scores<O::Stored>) {
    let mut block = task.first;
    while block < task.end {
        let wide = L::COLUMNS > 1 && block + 4 <= task.end;
        let mut row = 0;
        while row < task.rows {
            let rows = task.rows - row;
            // SAFETY: rows and blocks are within those of the task.
            unsafe {
                row += match (rows, wide) {
                    (6.., true) => scores_of::<L, O, 6, 4>(task, row, block),
                    (6.., false) => scores_of::<L, O, 6, 1>(task, row, block),
                    (4 | 5, true) => scores_of::<L, O, 4, 4>(task, row, block),
                    (4 | 5, false) => scores_of::<L, O, 4, 1>(task, row, block),
                    (2 | 3, true) => scores_of::<L, O, 2, 4>(task, row, block),
                    (2 | 3, false) => scores_of::<L, O, 2, 1>(task, row, block),
                    (_, true) => scores_of::<L, O, 1, 4>(task, row, block),
                    (_, false) => scores_of::<L, O, 1, 1>(task, row, block),
                };
            }
        }
        block += if wide { 4 } else { 1 };
    }
}

#[inline(always)]
unsafe fn scores_of<L: Lanes, O: Operand, const R: usize, const C: usize>(
    task: &Scores<O::Stored>,
    row: usize,
    block: usize,
) -> usize {
    // SAFETY: the caller's.
    unsafe {
        let queries = task.queries.add(row * task.width);
        let keys: [_; C] = std::array::from_fn(|c| task.keys.block(block + c));
        let mut sums = [[O::zero::<L>(); C]; R];
        for step in 0..task.width / O::TOGETHER {
            let vectors: [_; C] = std::array::from_fn(|c| O::vector::<L>(keys[c].add(step * 64)));
            if R <= ROWS_FEW && C > 1 {
                for keys in keys {
                    L::prefetch(keys.wrapping_add(task.keys.page_bytes + step * 64));
                }
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let query = queries.add(r * task.width + step * O::TOGETHER);
                for (sum, vector) in sums.iter_mut().zip(vectors) {
                    *sum = O::add::<L>(*sum, query, vector);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let place = (row + r) * task.out_step + (block - task.first) * LANES;
            for (c, sum) in sums.iter().enumerate() {
                O::store::<L>(task.out.add(place + c * LANES), *sum);
            }
        }
    }
    R
}

/// Adds to each row of outputs, scaled, the values of blocks `first..end` times the row's weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mix<T> {
    /// Rows of `weights_step`, that of the first key of block `first` first.
    pub(super) weights: *const T,
    pub(super) weights_step: usize,
    pub(super) rows: usize,
    pub(super) values: Stream,
    pub(super) first: usize,
    pub(super) end: usize,
    /// Keys of the last block that count.
    pub(super) last_keys: usize,
    /// Rows of `width`.
    pub(super) out: *mut f32,
    pub(super) width: usize,
    /// What each row is multiplied with before, and what is added to it.
    pub(super) fade: *const f32,
    pub(super) gain: *const f32,
}

/// Computes the sums.
///
/// # Safety
/// As [`Lanes`], and everything that the task names is there.
#[inline(always)]
pub(super) unsafe fn mix<L: Lanes, O: Operand>(task: &Mix<O::Stored>) {
    let mut element = 0;
    while element < task.width {
        let wide = L::COLUMNS > 1 && element + 4 * LANES <= task.width;
        let mut row = 0;
        while row < task.rows {
            let rows = task.rows - row;
            // SAFETY: rows and elements are within those of the task.
            unsafe {
                row += match (rows, wide) {
                    (6.., true) => mix_of::<L, O, 6, 4>(task, row, element),
                    (6.., false) => mix_of::<L, O, 6, 1>(task, row, element),
                    (4 | 5, true) => mix_of::<L, O, 4, 4>(task, row, element),
                    (4 | 5, false) => mix_of::<L, O, 4, 1>(task, row, element),
                    (2 | 3, true) => mix_of::<L, O, 2, 4>(task, row, element),
                    (2 | 3, false) => mix_of::<L, O, 2, 1>(task, row, element),
                    (_, true) => mix_of::<L, O, 1, 4>(task, row, element),
                    (_, false) => mix_of::<L, O, 1, 1>(task, row, element),
                };
            }
        }
        element += if wide { 4 * LANES } else { LANES };
    }
}

#[inline(always)]
unsafe fn mix_of<L: Lanes, O: Operand, const R: usize, const C: usize>(
    task: &Mix<O::Stored>,
    row: usize,
    element: usize,
) -> usize {
    // SAFETY: the caller's.
    unsafe {
        let weights = task.weights.add(row * task.weights_step);
        let mut sums = [[O::zero::<L>(); C]; R];
        for block in task.first..task.end {
            let keys = if block + 1 == task.end {
                task.last_keys
            } else {
                LANES
            };
            let values = task.values.block(block).add(element * 4);
            let weights = weights.add((block - task.first) * LANES);
            for step in 0..keys.div_ceil(O::TOGETHER) {
                let values = values.add(step * task.width * 4);
                let vectors: [_; C] = std::array::from_fn(|c| O::vector::<L>(values.add(c * 64)));
                if R <= ROWS_FEW && C > 1 {
                    for c in 0..C {
                        L::prefetch(values.wrapping_add(task.values.page_bytes + c * 64));
                    }
                }
                for (r, sums) in sums.iter_mut().enumerate() {
                    let weight = weights.add(r * task.weights_step + step * O::TOGETHER);
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = O::add::<L>(*sum, weight, vector);
                    }
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let fade = L::splat(*task.fade.add(row + r));
            let gain = L::splat(*task.gain.add(row + r));
            for (c, sum) in sums.iter().enumerate() {
                let out = task.out.add((row + r) * task.width + element + c * LANES);
                let faded = L::mul(L::load(out), fade);
                L::store(out, L::fma(O::float::<L>(*sum), gain, faded));
            }
        }
    }
    R
}

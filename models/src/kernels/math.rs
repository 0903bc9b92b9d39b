//! What happens to rows between products: norms, sums, gates.

#[cfg(test)]
mod tests;

use super::attention::Rows;
use super::isa::CpuLevel;
use super::lanes::{LANES, Lanes, at_level, exp2};
use super::pool;
use super::shared::written;

/// Elements below which another thread costs more than it brings.
const ALONE: usize = 1 << 15;

/// Weights of a norm, and what is added to the mean square.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Norm<'a> {
    /// (width,).
    pub(crate) weight: &'a [f32],
    pub(crate) eps: f32,
}

/// How a gate acts on what it gates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Gate {
    /// silu(gate) · up.
    Silu,
    /// gelu(gate) · up, with the approximation by tanh.
    Gelu,
    /// gate · sigmoid(slope · gate) · (up + 1), the gate at most `limit`, `up` from −`limit` to `limit`.
    Clamped {
        /// How steep the gate is.
        slope: f32,
        /// Where both are cut off.
        limit: f32,
    },
}

/// Norms `rows` rows: (rows, width).
pub(crate) fn norm(level: CpuLevel, x: Rows<'_>, rows: usize, norm: Norm<'_>) -> Vec<f32> {
    let width = norm.weight.len();
    let row = |number: usize, to: *mut f32| {
        let (x, norm) = (x.row(number, width), &norm);
        at_level!(level, norm_row(x: &[f32], norm: &Norm<'_>, to: *mut f32));
    };
    // SAFETY: every row is written whole.
    unsafe {
        written(rows * width, |out| {
            each_row(rows, width, |number| row(number, out.at(number * width)));
        })
    }
}

/// Adds up two matrices and norms the sums: both (rows, width).
pub(crate) fn sum_and_norm(
    level: CpuLevel,
    (a, b): (Rows<'_>, Rows<'_>),
    rows: usize,
    norm: Norm<'_>,
) -> (Vec<f32>, Vec<f32>) {
    let width = norm.weight.len();
    let mut normed = Vec::new();
    let row = |number: usize, sum: *mut f32, to: *mut f32| {
        let (a, b, norm) = (a.row(number, width), b.row(number, width), &norm);
        at_level!(level, sum_row(a: &[f32], b: &[f32], sum: *mut f32));
        // SAFETY: the row was written just now, and nobody else writes it.
        let x = unsafe { std::slice::from_raw_parts(sum, width) };
        at_level!(level, norm_row(x: &[f32], norm: &Norm<'_>, to: *mut f32));
    };
    // SAFETY: every row of both is written whole.
    let sums = unsafe {
        written(rows * width, |sums| {
            normed = written(rows * width, |out| {
                each_row(rows, width, |number| {
                    row(number, sums.at(number * width), out.at(number * width));
                });
            });
        })
    };
    (sums, normed)
}

/// Adds up two matrices: (rows, width).
pub(crate) fn sum(
    level: CpuLevel,
    (a, b): (Rows<'_>, Rows<'_>),
    rows: usize,
    width: usize,
) -> Vec<f32> {
    let row = |number: usize, to: *mut f32| {
        let (a, b) = (a.row(number, width), b.row(number, width));
        at_level!(level, sum_row(a: &[f32], b: &[f32], to: *mut f32));
    };
    // SAFETY: every row is written whole.
    unsafe {
        written(rows * width, |out| {
            each_row(rows, width, |number| row(number, out.at(number * width)));
        })
    }
}

/// Gates `up` with `gate`, `rows` rows of `width`.
pub(crate) fn gated(
    level: CpuLevel,
    (gate, up): (Rows<'_>, Rows<'_>),
    rows: usize,
    width: usize,
    kind: Gate,
) -> Vec<f32> {
    let row = |number: usize, to: *mut f32| {
        let (gate, up) = (gate.row(number, width), up.row(number, width));
        at_level!(level, gate_row(gate: &[f32], up: &[f32], kind: Gate, to: *mut f32));
    };
    // SAFETY: every row is written whole.
    unsafe {
        written(rows * width, |out| {
            each_row(rows, width, |number| row(number, out.at(number * width)));
        })
    }
}

/// Calls `work` for every row, on several threads where that pays.
fn each_row(rows: usize, width: usize, work: impl Fn(usize) + Sync) {
    if rows * width < ALONE {
        (0..rows).for_each(work);
        return;
    }
    let parts = (8 * pool::threads()).min(rows);
    pool::run(parts, &|part| {
        (part * rows / parts..(part + 1) * rows / parts).for_each(&work);
    });
}

/// Sixteen elements of `x` from `place` on, zeros behind its end.
#[inline(always)]
unsafe fn load<L: Lanes>(x: &[f32], place: usize) -> L::F {
    // SAFETY: within the slice, or from a copy.
    unsafe {
        if place + LANES <= x.len() {
            return L::load(x.as_ptr().add(place));
        }
        let mut part = [0.0; LANES];
        part[..x.len() - place].copy_from_slice(&x[place..]);
        L::load(part.as_ptr())
    }
}

/// Stores sixteen elements at `place` of a row of `width`, as far as it goes.
#[inline(always)]
unsafe fn store<L: Lanes>(to: *mut f32, width: usize, place: usize, x: L::F) {
    // SAFETY: the caller's, as far as the row goes.
    unsafe {
        if place + LANES <= width {
            return L::store(to.add(place), x);
        }
        let mut part = [0.0; LANES];
        L::store(part.as_mut_ptr(), x);
        to.add(place)
            .copy_from_nonoverlapping(part.as_ptr(), width - place);
    }
}

#[inline(always)]
unsafe fn norm_row<L: Lanes>(x: &[f32], norm: &Norm<'_>, to: *mut f32) {
    let width = x.len();
    // SAFETY: the caller's: the processor's instructions, and a row to write.
    unsafe {
        let mut sums = [L::splat(0.0); 4];
        for place in (0..width).step_by(LANES) {
            let x = load::<L>(x, place);
            let sum = &mut sums[place / LANES % 4];
            *sum = L::fma(x, x, *sum);
        }
        let sum = L::add(L::add(sums[0], sums[1]), L::add(sums[2], sums[3]));
        let scale = 1.0 / (L::sum(sum) / width as f32 + norm.eps).sqrt();
        for place in (0..width).step_by(LANES) {
            let x = L::mul(load::<L>(x, place), L::splat(scale));
            store::<L>(to, width, place, L::mul(x, load::<L>(norm.weight, place)));
        }
    }
}

#[inline(always)]
unsafe fn sum_row<L: Lanes>(a: &[f32], b: &[f32], to: *mut f32) {
    for place in (0..a.len()).step_by(LANES) {
        // SAFETY: the caller's: the processor's instructions, and a row to write.
        unsafe {
            let sum = L::add(load::<L>(a, place), load::<L>(b, place));
            store::<L>(to, a.len(), place, sum);
        }
    }
}

#[inline(always)]
unsafe fn gate_row<L: Lanes>(gate: &[f32], up: &[f32], kind: Gate, to: *mut f32) {
    for place in (0..gate.len()).step_by(LANES) {
        // SAFETY: the caller's: the processor's instructions, and a row to write.
        unsafe {
            let (gate_x, up_x) = (load::<L>(gate, place), load::<L>(up, place));
            let gated = match kind {
                Gate::Silu => L::mul(sigmoid_of::<L>(gate_x, gate_x), up_x),
                Gate::Gelu => {
                    // x · (1 + tanh u) / 2 is x · sigmoid(2u)
                    let cubic = L::fma(L::mul(gate_x, gate_x), L::splat(0.044_715), L::splat(1.0));
                    let slope = L::splat(2.0 * (2.0 / std::f32::consts::PI).sqrt());
                    let twice = L::mul(L::mul(gate_x, cubic), slope);
                    L::mul(sigmoid_of::<L>(gate_x, twice), up_x)
                }
                Gate::Clamped { slope, limit } => {
                    let gate_x = L::min(L::splat(limit), gate_x);
                    let up_x = L::max(L::splat(-limit), L::min(L::splat(limit), up_x));
                    let open = sigmoid_of::<L>(gate_x, L::mul(gate_x, L::splat(slope)));
                    L::mul(open, L::add(up_x, L::splat(1.0)))
                }
            };
            store::<L>(to, gate.len(), place, gated);
        }
    }
}

/// x · sigmoid(y).
#[inline(always)]
unsafe fn sigmoid_of<L: Lanes>(x: L::F, y: L::F) -> L::F {
    // SAFETY: the caller's.
    unsafe {
        let power = exp2::<L>(L::mul(y, L::splat(-std::f32::consts::LOG2_E)));
        L::div(x, L::add(power, L::splat(1.0)))
    }
}

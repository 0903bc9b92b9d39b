//! Products of packed matrices with activations, on all threads.

use std::ops::Range;

use crate::kernels::activations::{Activations, FEW, TILE, Tile};
use crate::kernels::buffer::{Buffer, Shared};
use crate::kernels::format::LANES;
use crate::kernels::isa::{self, CpuLevel};
use crate::kernels::level::{self, Kernels, Many, Unpack};
use crate::kernels::pack::Packed;
use crate::kernels::{pool, scalar};

/// How many parts each thread has on average, so that one that is late can be helped.
const PARTS_EACH: usize = 8;
/// The least bytes of weights times rows that a part reads, so that taking it does not show.
const PART_WORK_MIN: usize = 1 << 15;

/// A matrix to multiply with, and what is added to the products.
pub(crate) struct Job<'a> {
    pub(crate) matrix: &'a Packed,
    /// Added to every row: (rows,).
    pub(crate) bias: Option<&'a [f32]>,
}

/// Multiplies `x` (N, columns) with the transposed matrix of every job, in one region: (N, rows) each.
///
/// # Panics
/// When a matrix has another number of columns, or a bias another size.
pub(crate) fn products(x: &Activations, jobs: &[Job<'_>]) -> Vec<Vec<f32>> {
    products_at(isa::level(), x, jobs)
}

fn products_at(level: CpuLevel, x: &Activations, jobs: &[Job<'_>]) -> Vec<Vec<f32>> {
    let len = |job: &Job<'_>| x.rows() * job.matrix.rows();
    let mut outs: Vec<_> = jobs.iter().map(|it| Vec::with_capacity(len(it))).collect();
    let works = outs.iter_mut().zip(jobs);
    let works = works.map(|(out, job)| Work::new(level, x, job, Shared::spare(out)));
    run(&works.collect::<Vec<_>>());
    for (out, job) in outs.iter_mut().zip(jobs) {
        // SAFETY: every element was written, each panel having put its columns of all rows.
        unsafe { out.set_len(len(job)) };
    }
    outs
}

/// Computes all of `works` in one region.
fn run(works: &[Work<'_>]) {
    let parts = works.iter().flat_map(|work| work.parts(works.len()));
    let parts: Vec<_> = parts.collect();
    pool::run(parts.len(), &|part| {
        let (work, panels) = &parts[part];
        // SAFETY: no two parts have a panel of a matrix in common.
        unsafe { work.run(panels.clone()) };
    });
}

/// One job under way.
struct Work<'a> {
    level: CpuLevel,
    kernels: Option<Kernels>,
    x: &'a Activations,
    matrix: &'a Packed,
    bias: Option<&'a [f32]>,
    out: Shared<'a, f32>,
}

impl<'a> Work<'a> {
    fn new(level: CpuLevel, x: &'a Activations, job: &Job<'a>, out: Shared<'a, f32>) -> Self {
        assert_eq!(x.columns(), job.matrix.columns());
        assert!(out.len() >= x.rows() * job.matrix.rows());
        assert!(job.bias.is_none_or(|bias| bias.len() == job.matrix.rows()));
        Self {
            level,
            kernels: level::kernels(level),
            x,
            matrix: job.matrix,
            bias: job.bias,
            out,
        }
    }

    /// Ranges of panels that are computed by one thread each, of one of `jobs` jobs.
    fn parts(&self, jobs: usize) -> impl Iterator<Item = (&Self, Range<usize>)> {
        let panels = self.matrix.panels();
        let bytes = self.matrix.size_bytes() / panels.max(1) * self.x.rows().div_ceil(2);
        let shortest = PART_WORK_MIN.div_ceil(bytes.max(1));
        let wished = panels * jobs / (pool::threads() * PARTS_EACH);
        let len = wished.max(shortest).max(1);
        (0..panels)
            .step_by(len)
            .map(move |first| (self, first..panels.min(first + len)))
    }

    /// Computes panels.
    ///
    /// # Safety
    /// Nobody else computes these panels at the same time.
    unsafe fn run(&self, panels: Range<usize>) {
        let mut sums = [0.0; TILE * LANES];
        let unpack = self.unpack();
        let bytes = level::unpacked_bytes(self.matrix.blocks());
        let mut unpacked = Buffer::zeroed(if unpack.is_some() { bytes } else { 0 });
        for panel in panels {
            if let Some(unpack) = unpack {
                let out = unpacked.as_mut_slice().as_mut_ptr();
                // SAFETY: the level is supported, and the buffer is that of a panel of these blocks.
                unsafe { unpack(self.matrix.panel(panel).as_ptr(), self.matrix.blocks(), out) };
            }
            for tile in self.x.tiles() {
                self.multiply(panel, &unpacked, &tile, &mut sums);
                // SAFETY: nobody else has these columns of the result.
                unsafe { self.put(panel, &tile, &mut sums) };
            }
        }
    }

    /// Computes the products of one panel with one tile.
    fn multiply(
        &self,
        panel: usize,
        unpacked: &Buffer,
        tile: &Tile<'_>,
        sums: &mut [f32; TILE * LANES],
    ) {
        let Some(kernels) = self.kernels else {
            sums.fill(0.0);
            scalar::panel(self.matrix, panel, tile, sums);
            return;
        };
        let (format, rows) = (self.matrix.format(), tile.padded_rows);
        let packed = self.matrix.panel(panel).as_ptr();
        let (kernel, panel) = match kernels.many {
            _ if self.x.rows() <= FEW => ((kernels.few)(format, rows), packed),
            Many::Packed(kernel) => (kernel(format, rows), packed),
            Many::Unpacked { kernel, .. } => (kernel(format, rows), unpacked.as_slice().as_ptr()),
        };
        debug_assert!(self.level.is_supported());
        let (x, sums) = (tile.records.as_ptr(), sums.as_mut_ptr());
        // SAFETY: the level is supported; panel and records have the blocks of a row, since their numbers
        // of columns are equal; there are sums for a whole tile.
        unsafe { kernel(panel, self.matrix.blocks(), x, rows, sums) };
    }

    /// What unpacks panels before they are multiplied with many rows.
    fn unpack(&self) -> Option<Unpack> {
        match self.kernels?.many {
            Many::Unpacked { unpack, .. } if self.x.rows() > FEW => {
                Some(unpack(self.matrix.format()))
            }
            Many::Unpacked { .. } | Many::Packed(_) => None,
        }
    }

    /// Writes the sums of a tile to the result.
    ///
    /// # Safety
    /// Nobody else has the columns of this panel.
    unsafe fn put(&self, panel: usize, tile: &Tile<'_>, sums: &mut [f32; TILE * LANES]) {
        let rows = self.matrix.rows();
        let columns = panel * LANES..rows.min((panel + 1) * LANES);
        for (row, sums) in sums.chunks_exact_mut(LANES).take(tile.rows).enumerate() {
            let sums = &mut sums[..columns.len()];
            if let Some(bias) = self.bias {
                let bias = &bias[columns.clone()];
                sums.iter_mut().zip(bias).for_each(|(sum, it)| *sum += it);
            }
            let start = (tile.first_row + row) * rows;
            let range = start + columns.start..start + columns.end;
            // SAFETY: as the caller promises.
            unsafe { self.out.write(range, sums) };
        }
    }
}

#[cfg(test)]
mod tests;

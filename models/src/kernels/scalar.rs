//! Products in plain Rust: what the other kernels are tested against, and what computes where there are no
//! vector instructions that they know.

use crate::kernels::activations::{RECORD, RowRecord, Tile};
use crate::kernels::format::{BLOCK, LANES};
use crate::kernels::pack::{Packed, RowBlock};

/// Adds the products of panel `panel` with the rows of `tile` to `sums`, [`LANES`] for each row.
pub(super) fn panel(matrix: &Packed, panel: usize, tile: &Tile<'_>, sums: &mut [f32]) {
    let bytes = matrix.panel(panel);
    let records = tile.records.chunks_exact(tile.padded_rows * RECORD);
    for (block, record) in records.enumerate() {
        for lane in 0..LANES {
            let weights = matrix.row_block(bytes, lane, block);
            for row in 0..tile.padded_rows {
                let x = RowRecord::new(record, row, tile.padded_rows);
                sums[row * LANES + lane] += product(&weights, &x);
            }
        }
    }
}

fn product(weights: &RowBlock, x: &RowRecord<'_>) -> f32 {
    let mut sums = [0; 2];
    let mut products = [0; 2];
    for (column, (value, code)) in weights.values.iter().zip(x.codes()).enumerate() {
        let code = i32::from(code as i8);
        sums[column / (BLOCK / 2)] += code;
        products[column / (BLOCK / 2)] += i32::from(*value) * code;
    }
    let half = |half: usize| {
        weights.scales[half] * products[half] as f32 - weights.minima[half] * sums[half] as f32
    };
    x.scale() * (half(0) + half(1))
}

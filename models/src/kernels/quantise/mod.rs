//! Rounding of activations to 8 bits.

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::kernels::activations::{RECORD, ZERO, code_at};
use crate::kernels::format::BLOCK;
use crate::kernels::isa::{self, CpuLevel};

/// The largest code.
const LARGEST: f32 = 127.0;
/// What a block has at least where it is not all zero, so that the inverse of its scale is a number.
const SMALLEST: f32 = 1e-36;

/// Writes the codes, scales and sums of one row of a tile of `rows` rows into its records. What is not
/// finite gives scales that are not.
#[allow(clippy::match_same_arms)] // a level is missing for a reason of its own
pub(super) fn quantise(x: &[f32], row: usize, rows: usize, records: &mut [u8]) {
    assert!(row < rows && records.len() == x.len() / BLOCK * rows * RECORD);
    match isa::level() {
        CpuLevel::Scalar => scalar(x, row, rows, records),
        #[cfg(target_arch = "aarch64")]
        // SAFETY: every 64-bit Arm has the instructions.
        CpuLevel::Neon | CpuLevel::I8mm => unsafe { neon::quantise(x, row, rows, records) },
        #[cfg(not(target_arch = "aarch64"))]
        CpuLevel::Neon | CpuLevel::I8mm => scalar(x, row, rows, records),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has AVX2, and the records are as long as asserted.
        CpuLevel::Avx2 | CpuLevel::AvxVnni => unsafe { x86::avx2(x, row, rows, records) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has AVX-512, and the records are as long as asserted.
        CpuLevel::Avx512 => unsafe { x86::avx512(x, row, rows, records) },
        #[cfg(not(target_arch = "x86_64"))]
        CpuLevel::Avx2 | CpuLevel::AvxVnni | CpuLevel::Avx512 => scalar(x, row, rows, records),
    }
}

fn scalar(x: &[f32], row: usize, rows: usize, records: &mut [u8]) {
    let records = records.chunks_exact_mut(rows * RECORD);
    for (x, record) in x.chunks_exact(BLOCK).zip(records) {
        // As integers the bits of absolute values have their order, with NaN the largest.
        let bits = x.iter().map(|it| it.abs().to_bits()).max().unwrap_or(0);
        let largest = f32::from_bits(bits);
        let inverse = inverse(largest);
        let mut sums = [0; 2];
        for (column, x) in x.iter().enumerate() {
            let code = (x * inverse).round_ties_even() as i8;
            sums[column / (BLOCK / 2)] += i32::from(code);
            record[code_at(row, rows, column)] = code as u8;
        }
        write_numbers(record, row, rows, largest / LARGEST, sums);
    }
}

/// What a block whose largest element is `largest` is multiplied with.
fn inverse(largest: f32) -> f32 {
    if largest >= SMALLEST {
        LARGEST / largest
    } else {
        0.0
    }
}

/// Writes what follows the codes.
fn write_numbers(record: &mut [u8], row: usize, rows: usize, scale: f32, halves: [i32; 2]) {
    let sum = halves[0].wrapping_add(halves[1]); // NaN gives any code
    let numbers = [
        scale.to_le_bytes(),
        sum.wrapping_mul(-ZERO).to_le_bytes(),
        (scale * sum as f32).to_le_bytes(),
        halves[0].wrapping_mul(-ZERO).to_le_bytes(),
        halves[1].wrapping_mul(-ZERO).to_le_bytes(),
    ];
    for (kind, number) in numbers.into_iter().enumerate() {
        let at = rows * (BLOCK + 4 * kind) + 4 * row;
        record[at..at + 4].copy_from_slice(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ordinary, tiny, huge, zero, halves between two codes, and what is no number.
    fn blocks() -> Vec<f32> {
        let block = |of: &dyn Fn(usize) -> f32| (0..BLOCK).map(of).collect::<Vec<_>>();
        [
            block(&|it| (it as f32 * 1.3).sin()),
            block(&|it| if it % 5 == 0 { -1e-30 } else { 1e-31 }),
            block(&|it| it as f32 * 1e-41),
            block(&|it| (it as f32 - 16.0) * 1e36),
            block(&|_| 0.0),
            block(&|it| if it == 0 { 127.0 } else { it as f32 + 0.5 }),
            block(&|it| if it == 9 { f32::NAN } else { 1.0 }),
            block(&|it| if it == 30 { f32::NEG_INFINITY } else { 1.0 }),
        ]
        .concat()
    }

    #[test]
    fn this_processors_way_equals_the_plain_one() {
        let x = blocks();
        for (row, rows) in [(0, 1), (1, 2), (5, 12)] {
            let len = x.len() / BLOCK * rows * RECORD;
            let (mut expected, mut got) = (vec![0; len], vec![0; len]);
            scalar(&x, row, rows, &mut expected);
            quantise(&x, row, rows, &mut got);
            let finite = (x.len() / BLOCK - 2) * rows * RECORD;
            assert_eq!(expected[..finite], got[..finite], "{rows} rows");
            for record in got[finite..].chunks_exact(rows * RECORD) {
                let at = rows * BLOCK + 4 * row;
                let scale = [record[at], record[at + 1], record[at + 2], record[at + 3]];
                assert!(!f32::from_le_bytes(scale).is_finite());
            }
        }
    }
}

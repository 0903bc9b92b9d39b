#![allow(clippy::unwrap_used)]

use super::*;
use crate::kernels::format::{BLOCK, Format};
use crate::kernels::pack::tests::{file_of, weights_of};

fn wave(rows: usize, columns: usize, step: f32) -> Vec<f32> {
    let wave = (0..rows * columns).map(|it| (it as f32 * step).sin() * 2.0);
    wave.collect()
}

fn product(level: CpuLevel, x: &Activations, matrix: &Packed, bias: Option<&[f32]>) -> Vec<f32> {
    products_at(level, x, &[Job { matrix, bias }]).remove(0)
}

fn largest(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |all, it| all.max(it.abs()))
}

/// The products in double precision, of activations as they are, and the sums of what is added without
/// its sign, to which errors are compared.
fn exact(x: &[f32], weights: &[f32], columns: usize) -> Vec<(f32, f32)> {
    let mut out = Vec::new();
    for x in x.chunks_exact(columns) {
        for weights in weights.chunks_exact(columns) {
            let products = x.iter().zip(weights);
            let products = products.map(|(x, w)| f64::from(*x) * f64::from(*w));
            let sums = products.fold((0.0, 0.0), |all, it| (all.0 + it, all.1 + it.abs()));
            out.push((sums.0 as f32, sums.1 as f32));
        }
    }
    out
}

fn columns_of(format: Format) -> Vec<usize> {
    let block = format.kind().block_len();
    [1, 2, 9].map(|blocks| blocks * block).to_vec()
}

#[test]
fn the_plain_kernel_multiplies_as_dequantised_weights_do() {
    for format in Format::ALL {
        for columns in columns_of(format) {
            for (rows, tokens) in [(16, 1), (5, 2), (35, 14)] {
                let file = file_of(format, rows, columns, 0.13);
                let matrix = Packed::new(format, &file, rows, columns).unwrap();
                let x = wave(tokens, columns, 0.29);
                let rounded = Activations::new(&x, tokens, columns);
                let got = product(CpuLevel::Scalar, &rounded, &matrix, None);
                let expected = exact(&x, &weights_of(format, &file, columns), columns);
                for (got, (expected, size)) in got.iter().zip(&expected) {
                    assert!(
                        (got - expected).abs() <= 1e-2 * size,
                        "{format:?} {columns}: {got} {expected} {size}"
                    );
                }
            }
        }
    }
}

/// Every level of this processor against the plain one, for tiles of every size, rows that do not fill a
/// panel, and blocks that do not fill a group.
#[test]
fn every_level_multiplies_as_the_plain_kernel() {
    let levels = CpuLevel::ALL.into_iter().filter(|it| it.is_supported());
    for level in levels {
        for format in Format::ALL {
            for columns in columns_of(format) {
                for (rows, tokens) in [(1, 1), (16, 3), (40, 8), (33, 2), (17, 13), (20, 41)] {
                    check(level, format, (rows, columns, tokens), 0.17);
                }
            }
            for tokens in 1..=13 {
                check(level, format, (18, 512, tokens), 0.31);
            }
        }
    }
}

fn check(level: CpuLevel, format: Format, shape: (usize, usize, usize), step: f32) {
    let (rows, columns, tokens) = shape;
    let file = file_of(format, rows, columns, step);
    let matrix = Packed::new(format, &file, rows, columns).unwrap();
    let x = wave(tokens, columns, 0.29);
    let sizes = exact(&x, &weights_of(format, &file, columns), columns);
    let x = Activations::new(&x, tokens, columns);
    let bias = wave(1, rows, 0.4);
    for bias in [None, Some(bias.as_slice())] {
        let expected = product(CpuLevel::Scalar, &x, &matrix, bias);
        let got = product(level, &x, &matrix, bias);
        for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
            // Weights with minima are differences of larger numbers.
            assert!(
                (got - expected).abs() <= 2e-5 * (sizes[at].1 + 1.0),
                "{level:?} {format:?} {shape:?} at {at}: {got} {expected}"
            );
        }
    }
}

/// Codes and activations at the ends of their ranges do not overflow.
#[test]
fn extreme_blocks_do_not_saturate() {
    for level in CpuLevel::ALL.into_iter().filter(|it| it.is_supported()) {
        for format in Format::ALL {
            let (rows, columns) = (16, 512);
            for byte in [0x00, 0xff, 0x80, 0x7f, 0x0f, 0xf0] {
                let file = filled(format, rows, columns, byte);
                let matrix = Packed::new(format, &file, rows, columns).unwrap();
                for tokens in [1, 8, 12] {
                    for sign in [1.0, -1.0] {
                        let x = vec![sign; tokens * columns];
                        let x = Activations::new(&x, tokens, columns);
                        let expected = product(CpuLevel::Scalar, &x, &matrix, None);
                        let got = product(level, &x, &matrix, None);
                        let bound = largest(&expected) * 1e-4;
                        let far = got.iter().zip(&expected);
                        let far = far.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                        assert!(far <= bound, "{level:?} {format:?} {byte:x} {tokens}");
                    }
                }
            }
        }
    }
}

/// A file whose codes and small scales are all `byte`, with scales of 1.
fn filled(format: Format, rows: usize, columns: usize, byte: u8) -> Vec<u8> {
    let kind = format.kind();
    let mut block = vec![byte; kind.block_bytes()];
    let one = half::f16::ONE.to_le_bytes();
    let halves: &[usize] = match format {
        Format::Q4_0 | Format::Q5_0 | Format::Q8_0 | Format::Iq4Nl | Format::Iq4Xs => &[0],
        Format::Q4_1 | Format::Q5_1 | Format::Q4K | Format::Q5K => &[0, 2],
        Format::Q2K => &[80, 82],
        Format::Q3K => &[108],
        Format::Q6K => &[208],
        Format::Mxfp4 => &[],
    };
    for at in halves {
        block[*at..at + 2].copy_from_slice(&one);
    }
    if format == Format::Mxfp4 {
        block[0] = 128;
    }
    block.repeat(rows * columns / kind.block_len())
}

#[test]
fn several_matrices_share_their_activations() {
    let columns = 4 * BLOCK;
    let x = Activations::new(&wave(5, columns, 0.3), 5, columns);
    let matrices = [(Format::Q4_0, 48), (Format::Q8_0, 7)].map(|(format, rows)| {
        let file = file_of(format, rows, columns, 0.7);
        Packed::new(format, &file, rows, columns).unwrap()
    });
    let jobs = matrices.each_ref().map(|matrix| Job { matrix, bias: None });
    for (matrix, out) in matrices.iter().zip(products(&x, &jobs)) {
        assert_eq!(product(isa::level(), &x, matrix, None), out);
    }
}

/// What a sequence is answered does not depend on what else is computed in the same step.
#[test]
#[allow(clippy::float_cmp)] // not one bit
fn a_row_gives_alone_what_it_gives_among_others() {
    for level in CpuLevel::ALL.into_iter().filter(|it| it.is_supported()) {
        for format in Format::ALL {
            let (rows, columns, tokens) = (33, 768, 29);
            let file = file_of(format, rows, columns, 0.23);
            let matrix = Packed::new(format, &file, rows, columns).unwrap();
            let x = wave(tokens, columns, 0.31);
            let all = Activations::new(&x, tokens, columns);
            let all = product(level, &all, &matrix, None);
            for few in [1, 2, 3, 5, 8, 13] {
                let some = Activations::new(&x[..few * columns], few, columns);
                let some = product(level, &some, &matrix, None);
                assert_eq!(some, all[..few * rows], "{level:?} {format:?} {few}");
            }
        }
    }
}

#![allow(clippy::unwrap_used)]

use super::*;

const FORMATS: [FloatFormat; 3] = [FloatFormat::F32, FloatFormat::F16, FloatFormat::Bf16];

fn wave(len: usize, step: f32) -> Vec<f32> {
    (0..len).map(|it| (it as f32 * step).sin()).collect()
}

fn file(format: FloatFormat, values: &[f32]) -> Vec<u8> {
    let bytes = values.iter().map(|it| match format {
        FloatFormat::F32 => it.to_le_bytes().to_vec(),
        FloatFormat::F16 => f16::from_f32(*it).to_le_bytes().to_vec(),
        FloatFormat::Bf16 => bf16::from_f32(*it).to_le_bytes().to_vec(),
    });
    bytes.flatten().collect()
}

#[test]
fn rows_come_out_as_they_went_in() {
    for format in FORMATS {
        let (rows, columns) = (35, 7);
        let file = file(format, &wave(rows * columns, 0.3));
        let matrix = Floats::new(format, &file, rows, columns).unwrap();
        let mut row = vec![0.0; columns];
        for (number, bytes) in file.chunks_exact(columns * format.size()).enumerate() {
            matrix.read_row(number, &mut row);
            let expected = bytes.chunks_exact(format.size());
            let expected: Vec<_> = expected.map(|it| format.read(it)).collect();
            assert_eq!(row, expected);
        }
        assert!(Floats::new(format, &file[1..], rows, columns).is_none());
    }
}

#[test]
fn every_level_multiplies_as_the_definition_says() {
    for level in CpuLevel::ALL.into_iter().filter(|it| it.is_supported()) {
        for format in FORMATS {
            for (rows, columns) in [(1, 1), (16, 5), (37, 130)] {
                for tokens in (1..=13).chain([24, 41]) {
                    check(level, format, (rows, columns, tokens));
                }
            }
        }
    }
}

fn check(level: CpuLevel, format: FloatFormat, shape: (usize, usize, usize)) {
    let (rows, columns, tokens) = shape;
    let file = file(format, &wave(rows * columns, 0.7));
    let matrix = Floats::new(format, &file, rows, columns).unwrap();
    let (x, bias) = (wave(tokens * columns, 0.37), wave(rows, 0.9));
    let got = matrix.multiply_at(level, &x, tokens, Some(&bias));
    let mut weights = vec![0.0; columns];
    for row in 0..rows {
        matrix.read_row(row, &mut weights);
        for (token, x) in x.chunks_exact(columns).enumerate() {
            let products = x.iter().zip(&weights);
            let sum: f64 = products.map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
            let expected = sum as f32 + bias[row];
            let got = got[token * rows + row];
            assert!(
                (got - expected).abs() < 1e-4,
                "{level:?} {format:?} {shape:?}: {got} {expected}"
            );
        }
    }
}

/// What a sequence is answered does not depend on what else is computed in the same step.
#[test]
fn a_row_gives_alone_what_it_gives_among_others() {
    for level in CpuLevel::ALL.into_iter().filter(|it| it.is_supported()) {
        for format in FORMATS {
            let (rows, columns, tokens) = (33, 70, 29);
            let file = file(format, &wave(rows * columns, 0.7));
            let matrix = Floats::new(format, &file, rows, columns).unwrap();
            let x = wave(tokens * columns, 0.37);
            let all = matrix.multiply_at(level, &x, tokens, None);
            for few in [1, 2, 3, 5, 8, 13] {
                let some = matrix.multiply_at(level, &x[..few * columns], few, None);
                assert_eq!(some, all[..few * rows], "{level:?} {format:?} {few}");
            }
        }
    }
}

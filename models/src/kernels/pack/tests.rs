#![allow(clippy::unwrap_used)]

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};

use super::*;
use crate::kernels::format::{IQ4_VALUES, MXFP4_VALUES, mxfp4_scale};

/// A matrix in a file's format, made of a wave.
pub(crate) fn file_of(format: Format, rows: usize, columns: usize, step: f32) -> Vec<u8> {
    if let Some(kind) = format.kind().ggml() {
        let wave = (0..rows * columns).map(|it| (it as f32 * step).sin() * 0.3);
        let wave = Tensor::from_vec(wave.collect::<Vec<_>>(), (rows, columns), &Device::Cpu);
        let matrix = QTensor::quantize(&wave.unwrap(), kind).unwrap();
        return matrix.data().unwrap().into_owned();
    }
    // The library does not write these formats: any bytes are codes, and the scales are set.
    let kind = format.kind();
    let blocks = rows * columns / kind.block_len();
    let mut random = 0x2545_f491_4f6c_dd1d_u64 ^ (step * 1000.0) as u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 24) as u8
    };
    let mut file = Vec::new();
    for _ in 0..blocks {
        let mut block: Vec<u8> = (0..kind.block_bytes()).map(|_| next()).collect();
        if format == Format::Mxfp4 {
            block[0] = 120 + block[0] % 8;
        } else {
            block[1] = 0x10 + block[1] % 0x10; // small positive f16
        }
        file.extend(block);
    }
    file
}

/// The weights of a file.
pub(crate) fn weights_of(format: Format, file: &[u8], columns: usize) -> Vec<f32> {
    let kind = format.kind();
    let elements = file.len() / kind.block_bytes() * kind.block_len();
    if let Some(kind) = kind.ggml() {
        return dequantised(kind, file, elements, columns);
    }
    let blocks = file.chunks_exact(kind.block_bytes());
    blocks.flat_map(|block| other(format, block)).collect()
}

fn dequantised(kind: GgmlDType, file: &[u8], elements: usize, columns: usize) -> Vec<f32> {
    let storage = QStorage::from_data(file.to_vec().into(), &Device::Cpu, kind).unwrap();
    let matrix = QTensor::new(storage, (elements / columns, columns)).unwrap();
    let dense = matrix.dequantize(&Device::Cpu).unwrap();
    dense.flatten_all().unwrap().to_vec1().unwrap()
}

/// The definitions of the formats that the library does not read.
fn other(format: Format, block: &[u8]) -> Vec<f32> {
    let half = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
    let codes = |codes: &[u8]| {
        let low: Vec<_> = codes.iter().map(|it| usize::from(it & 15)).collect();
        let high = codes.iter().map(|it| usize::from(it >> 4));
        low.into_iter().chain(high.collect::<Vec<_>>())
    };
    match format {
        Format::Mxfp4 => codes(&block[1..])
            .map(|code| mxfp4_scale(block[0]) * f32::from(MXFP4_VALUES[code]))
            .collect(),
        Format::Iq4Nl => codes(&block[2..])
            .map(|code| half * f32::from(IQ4_VALUES[code]))
            .collect(),
        Format::Iq4Xs => (0..8)
            .flat_map(|sub| {
                let high = u16::from_le_bytes([block[2], block[3]]) >> (2 * sub) & 3;
                let low = block[4 + sub / 2] >> (4 * (sub % 2)) & 15;
                let scale = half * (f32::from(high << 4 | u16::from(low)) - 32.0);
                codes(&block[8 + 16 * sub..24 + 16 * sub])
                    .map(move |code| scale * f32::from(IQ4_VALUES[code]))
            })
            .collect(),
        _ => unreachable!("the library reads {format:?}"),
    }
}

#[test]
fn rows_come_out_as_they_went_in() {
    for format in Format::ALL {
        let columns = 3 * format.kind().block_len();
        for rows in [1, 16, 39] {
            let file = file_of(format, rows, columns, 0.17);
            let expected = weights_of(format, &file, columns);
            let packed = Packed::new(format, &file, rows, columns).unwrap();
            let mut row = vec![0.0; columns];
            for number in 0..rows {
                packed.read_row(number, &mut row);
                let expected = &expected[number * columns..(number + 1) * columns];
                let largest = expected.iter().fold(0f32, |all, it| all.max(it.abs()));
                for (got, expected) in row.iter().zip(expected) {
                    // The order of the factors of a scale is another.
                    assert!((got - expected).abs() <= largest * 1e-6, "{format:?}");
                }
            }
        }
    }
}

#[test]
fn bytes_that_are_no_such_matrix_are_refused() {
    assert!(Packed::new(Format::Q8_0, &[0; 34], 1, 32).is_some());
    assert!(Packed::new(Format::Q8_0, &[0; 33], 1, 32).is_none());
    assert!(Packed::new(Format::Q8_0, &[0; 34], 1, 33).is_none());
    assert!(Packed::new(Format::Q8_0, &[0; 34], usize::MAX, 32).is_none());
    assert!(Packed::new(Format::Q4K, &[0; 144], 1, 32).is_none());
    assert!(Packed::new(Format::Q4K, &[], 1, 0).is_none());
}

//! MXFP4 weights as Hugging Face stores them: codes and scales in two tensors of bytes.

use std::ops::Range;

use candle_core::Device;
use candle_core::quantized::{GgmlDType, QTensor};

use super::repack;
use super::rewrite::in_parallel;
use super::view::{View, matrix};
use crate::error::ModelError;

/// The elements that share a scale.
const BLOCK: usize = 32;
/// The rows that a thread rewrites at once.
const PIECE_ROWS: usize = 64;

/// Reads `rows` of a tensor (`outer`, `columns`) as `Q8_0`, all dimensions of `outer` taken as rows.
pub(super) fn load(
    codes: &View<'_>,
    scales: &View<'_>,
    outer: &[usize],
    columns: usize,
    rows: Range<usize>,
    device: &Device,
) -> Result<QTensor, ModelError> {
    let blocks = columns / BLOCK;
    let codes_of = bytes(codes, &[outer, &[blocks, BLOCK / 2]].concat(), &rows)?;
    let scales_of = bytes(scales, &[outer, &[blocks]].concat(), &rows)?;
    let rewritten = in_parallel(rows.len(), PIECE_ROWS, |part| {
        let mut out = Vec::with_capacity(repack::q8_0_bytes(part.len() * columns));
        let part_of = |data: &'_ [u8], row: usize| data[part.start * row..part.end * row].to_vec();
        let (codes, scales) = (part_of(codes_of, columns / 2), part_of(scales_of, blocks));
        repack::mxfp4_pairs(&codes, &scales, &mut out)?;
        Ok(out)
    });
    let rewritten = rewritten.map_err(|error| scales.not_rewritten(error))?;
    codes.file.check_unchanged()?;
    scales.file.check_unchanged()?;
    if rewritten.len() != repack::q8_0_bytes(rows.len() * columns) {
        return Err(codes.malformed(format!("is not for {columns} columns")));
    }
    let shape = [rows.len(), columns];
    Ok(matrix(&rewritten, GgmlDType::Q8_0, &shape, device)?)
}

/// Checks that both tensors are those of weights of `shape`.
pub(super) fn check(
    codes: &View<'_>,
    scales: &View<'_>,
    shape: &[usize],
) -> Result<(), ModelError> {
    let (columns, outer) = shape
        .split_last()
        .map_or((0, shape), |(it, rest)| (*it, rest));
    let blocks = columns / BLOCK;
    if !columns.is_multiple_of(BLOCK) {
        return Err(codes.malformed(format!("is not for {columns} columns")));
    }
    bytes(codes, &[outer, &[blocks, BLOCK / 2]].concat(), &(0..0))?;
    bytes(scales, &[outer, &[blocks]].concat(), &(0..0)).map(|_| ())
}

/// The bytes of `rows` of a tensor of bytes, whose dimensions behind those of the rows are one row.
fn bytes<'a>(
    view: &View<'a>,
    shape: &[usize],
    rows: &Range<usize>,
) -> Result<&'a [u8], ModelError> {
    view.check_shape(shape)?;
    if view.kind_name != "U8" {
        return Err(view.unsupported());
    }
    view.file.check_unchanged()?;
    let inner = if shape.last() == Some(&(BLOCK / 2)) {
        2
    } else {
        1
    };
    let row = shape.iter().rev().take(inner).product::<usize>();
    let part = rows.start.checked_mul(row).zip(rows.end.checked_mul(row));
    let part = part.and_then(|(start, end)| view.data.get(start..end));
    part.ok_or_else(|| view.malformed(format!("has {} bytes for shape {shape:?}", view.data.len())))
}

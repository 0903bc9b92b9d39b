//! The rows of a matrix in another type than the file's, made by all processors at once.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Error};

use super::aligned::aligned;
use super::fp8::{self, Scales};
use super::repack::{self, ScaleOutOfRange};
use crate::gguf::TensorKind;
use crate::kernels::pool;

/// The most elements that are widened to f32 at once by one thread.
const PIECE_ELEMENTS: usize = 1 << 20;

/// A matrix and the type it is to have.
pub(super) struct Rewrite<'a> {
    pub(super) kind: TensorKind,
    /// A whole number of rows.
    pub(super) data: &'a [u8],
    pub(super) columns: usize,
    /// The scales of 8-bit floats.
    pub(super) scales: Scales,
    pub(super) to: GgmlDType,
}

/// Why a matrix cannot have another type.
#[derive(Debug)]
pub(super) enum RewriteError {
    Scale,
    Tensor(Error),
}

impl From<ScaleOutOfRange> for RewriteError {
    fn from(_: ScaleOutOfRange) -> Self {
        Self::Scale
    }
}

impl From<Error> for RewriteError {
    fn from(error: Error) -> Self {
        Self::Tensor(error)
    }
}

impl Rewrite<'_> {
    /// Returns the bytes of the matrix in its new type.
    pub(super) fn run(&self) -> Result<Vec<u8>, RewriteError> {
        let row_bytes = self.row_bytes();
        let piece_rows = (PIECE_ELEMENTS / self.columns).max(1);
        in_parallel(self.data.len() / row_bytes, piece_rows, |rows| {
            self.piece(rows)
        })
    }

    fn row_bytes(&self) -> usize {
        self.columns / self.kind.block_len() * self.kind.block_bytes()
    }

    fn piece(&self, rows: Range<usize>) -> Result<Vec<u8>, RewriteError> {
        let data = &self.data[rows.start * self.row_bytes()..rows.end * self.row_bytes()];
        let (dtype, bytes) = self.readable(data, rows.start)?;
        if dtype == self.to {
            return Ok(bytes.into_owned());
        }
        let bytes = aligned(&bytes);
        let storage = QStorage::from_data(Cow::Borrowed(bytes.as_slice()), &Device::Cpu, dtype)?;
        let matrix = QTensor::new(storage, (rows.len(), self.columns))?;
        let matrix = QTensor::quantize(&matrix.dequantize(&Device::Cpu)?, self.to)?;
        Ok(matrix.data()?.into_owned())
    }

    /// The rows in a type that the tensor library reads.
    fn readable<'a>(
        &self,
        data: &'a [u8],
        first_row: usize,
    ) -> Result<(GgmlDType, Cow<'a, [u8]>), RewriteError> {
        if let Some(dtype) = self.kind.ggml() {
            return Ok((dtype, Cow::Borrowed(data)));
        }
        let elements = data.len() / self.kind.block_bytes() * self.kind.block_len();
        if self.kind == TensorKind::F8E4M3 {
            let mut out = Vec::with_capacity(4 * elements);
            fp8::to_f32(data, first_row, self.columns, &self.scales, &mut out);
            return Ok((GgmlDType::F32, out.into()));
        }
        let mut out = Vec::with_capacity(repack::q8_0_bytes(elements));
        if self.kind == TensorKind::Iq4Nl {
            repack::iq4_nl(data, &mut out);
        } else if self.kind == TensorKind::Iq4Xs {
            repack::iq4_xs(data, &mut out)?;
        } else {
            // `kept_as` leaves no other kind.
            repack::mxfp4(data, &mut out)?;
        }
        Ok((GgmlDType::Q8_0, out.into()))
    }
}

/// Calls `make` for pieces of 0..`rows` on all processors and joins what it returns, in order.
pub(super) fn in_parallel(
    rows: usize,
    piece_rows: usize,
    make: impl Fn(Range<usize>) -> Result<Vec<u8>, RewriteError> + Sync,
) -> Result<Vec<u8>, RewriteError> {
    let pieces = rows.div_ceil(piece_rows);
    let outcomes: Vec<_> = (0..pieces).map(|_| OnceLock::new()).collect();
    pool::run(pieces, &|piece| {
        let first = piece * piece_rows;
        // Each piece is made once.
        let _ = outcomes[piece].set(make(first..rows.min(first + piece_rows)));
    });
    let mut all = Vec::new();
    for piece in outcomes.into_iter().filter_map(OnceLock::into_inner) {
        all.append(&mut piece?);
    }
    Ok(all)
}

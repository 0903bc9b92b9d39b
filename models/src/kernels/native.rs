//! A matrix in the form that the kernels here multiply.

use crate::gguf::TensorKind;
use crate::kernels::activations::Activations;
use crate::kernels::floats::{FloatFormat, Floats};
use crate::kernels::format::Format;
use crate::kernels::pack::Packed;
use crate::kernels::pool::{self, Chunks};
use crate::kernels::product::{self, Job};

/// Rows that are worth a second thread.
const ROWS_SHARED_MIN: usize = 16;

/// A matrix (rows, columns) of any type that has kernels.
#[derive(Debug)]
pub(crate) enum Native {
    /// Blocks of small codes.
    Packed(Packed),
    /// Floats.
    Floats(Floats),
}

impl Native {
    /// Whether there are kernels for what files call `kind`.
    pub(crate) fn has(kind: TensorKind) -> bool {
        Format::of(kind).is_some() || FloatFormat::of(kind).is_some()
    }

    /// Copies `rows` rows of `columns` elements, as a file has them, into the order of the kernels. `None`
    /// when there are none for the kind or the bytes are not as many as that takes.
    pub(crate) fn new(kind: TensorKind, file: &[u8], rows: usize, columns: usize) -> Option<Self> {
        match (Format::of(kind), FloatFormat::of(kind)) {
            (Some(format), _) => Packed::new(format, file, rows, columns).map(Self::Packed),
            (None, Some(format)) => Floats::new(format, file, rows, columns).map(Self::Floats),
            (None, None) => None,
        }
    }

    /// Whether a scale is none that weights can have.
    pub(crate) fn is_out_of_range(&self) -> bool {
        match self {
            Self::Packed(matrix) => matrix.is_out_of_range(),
            Self::Floats(_) => false,
        }
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Packed(matrix) => matrix.rows(),
            Self::Floats(matrix) => matrix.rows(),
        }
    }

    /// How many columns it has.
    pub(crate) fn columns(&self) -> usize {
        match self {
            Self::Packed(matrix) => matrix.columns(),
            Self::Floats(matrix) => matrix.columns(),
        }
    }

    /// The weights of the rows of these numbers: (N, columns).
    ///
    /// # Panics
    /// When there is no such row.
    pub(crate) fn read_rows(&self, numbers: &[u32]) -> Vec<f32> {
        let columns = self.columns();
        let mut out = vec![0.0; numbers.len() * columns];
        let read = |number: u32, out: &mut [f32]| match self {
            Self::Packed(matrix) => matrix.read_row(number as usize, out),
            Self::Floats(matrix) => matrix.read_row(number as usize, out),
        };
        if numbers.len() < ROWS_SHARED_MIN {
            for (out, number) in out.chunks_exact_mut(columns).zip(numbers) {
                read(*number, out);
            }
        } else {
            let rows = Chunks::new(&mut out, columns);
            pool::run(numbers.len(), &|row| {
                rows.with(row, |out| read(numbers[row], out));
            });
        }
        out
    }
}

/// Multiplies `x` (tokens, columns) with several transposed matrices and adds to each its bias (rows,):
/// (tokens, rows) each. `x` is rounded to 8 bits once for all that are packed.
///
/// # Panics
/// When `x`, a matrix or a bias has another size.
pub(crate) fn multiply_all(
    x: &[f32],
    tokens: usize,
    matrices: &[(&Native, Option<&[f32]>)],
) -> Vec<Vec<f32>> {
    let jobs = matrices.iter().filter_map(|(matrix, bias)| match matrix {
        Native::Packed(matrix) => Some(Job {
            matrix,
            bias: *bias,
        }),
        Native::Floats(_) => None,
    });
    let jobs: Vec<_> = jobs.collect();
    let packed = jobs.first().map_or(Vec::new(), |job| {
        let activations = Activations::new(x, tokens, job.matrix.columns());
        product::products(&activations, &jobs)
    });
    let mut packed = packed.into_iter();
    let products = matrices.iter().map(|(matrix, bias)| match matrix {
        Native::Packed(_) => packed.next().unwrap_or_default(),
        Native::Floats(matrix) => matrix.multiply(x, tokens, *bias),
    });
    products.collect()
}

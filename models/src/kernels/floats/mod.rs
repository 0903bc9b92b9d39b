//! Matrices of floats, in the type of their file: 16-bit ones are widened where they are multiplied.
//!
//! Rows lie in panels of [`LANES`], column after column, a lane for each row. Activations lie in tiles of
//! up to [`TILE`] rows, column after column.

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

use half::{bf16, f16};

use crate::gguf::TensorKind;
use crate::kernels::activations::{TILE, padded};
use crate::kernels::buffer::{Buffer, Shared};
use crate::kernels::format::LANES;
use crate::kernels::isa::{self, CpuLevel};
use crate::kernels::pool;

/// How many parts each thread has on average, so that one that is late can be helped.
const PARTS_EACH: usize = 8;
/// The least products that a part computes, so that taking it does not show.
const PART_WORK_MIN: usize = 1 << 16;

/// The types of floats that have a packed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is the type of that name
pub(crate) enum FloatFormat {
    F32,
    F16,
    Bf16,
}

impl FloatFormat {
    /// The packed form of what files call `kind`.
    pub(crate) fn of(kind: TensorKind) -> Option<Self> {
        let formats = [
            (TensorKind::F32, Self::F32),
            (TensorKind::F16, Self::F16),
            (TensorKind::Bf16, Self::Bf16),
        ];
        formats.into_iter().find(|it| it.0 == kind).map(|it| it.1)
    }

    /// Bytes of an element.
    const fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    fn read(self, bytes: &[u8]) -> f32 {
        match self {
            Self::F32 => f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            Self::F16 => f16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
            Self::Bf16 => bf16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
        }
    }
}

/// Multiplies a panel with a tile and writes the sums of its rows.
///
/// # Safety
/// The processor has the level that the kernel belongs to; the pointers lead to a panel and a tile of that
/// many columns with `rows` padded rows, and to a sum for each lane of each of them.
type Kernel =
    unsafe fn(panel: *const u8, columns: usize, x: *const f32, rows: usize, sums: *mut f32);

/// A matrix (rows, columns) of floats. Rows that are missing to whole panels are zero.
#[derive(Debug)]
pub(crate) struct Floats {
    format: FloatFormat,
    rows: usize,
    columns: usize,
    data: Buffer,
}

impl Floats {
    /// Packs `rows` rows of `columns` elements; `None` when the bytes are not as many as that takes.
    pub(crate) fn new(
        format: FloatFormat,
        file: &[u8],
        rows: usize,
        columns: usize,
    ) -> Option<Self> {
        let size = format.size();
        let row_bytes = columns.checked_mul(size)?;
        if columns == 0 || rows.checked_mul(row_bytes)? != file.len() {
            return None;
        }
        let panel_bytes = row_bytes.checked_mul(LANES)?;
        let panels = rows.div_ceil(LANES);
        let mut data = Buffer::for_weights(panels.checked_mul(panel_bytes)?);
        let shared = Shared::new(data.as_mut_slice());
        pool::run(panels, &|panel| {
            // SAFETY: no other part has this panel.
            let out = unsafe { shared.part(panel * panel_bytes..(panel + 1) * panel_bytes) };
            let rows = panel * LANES..rows.min((panel + 1) * LANES);
            let rows = &file[rows.start * row_bytes..rows.end * row_bytes];
            for (lane, row) in rows.chunks_exact(row_bytes).enumerate() {
                let elements = row.chunks_exact(size);
                for (out, element) in out.chunks_exact_mut(LANES * size).zip(elements) {
                    out[lane * size..(lane + 1) * size].copy_from_slice(element);
                }
            }
        });
        Some(Self {
            format,
            rows,
            columns,
            data,
        })
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns it has.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Writes a row: (columns,).
    ///
    /// # Panics
    /// When there is no such row.
    pub(crate) fn read_row(&self, row: usize, out: &mut [f32]) {
        assert!(row < self.rows);
        let (size, lane) = (self.format.size(), row % LANES);
        let panel = self.panel(row / LANES).chunks_exact(LANES * size);
        for (out, lanes) in out.iter_mut().zip(panel) {
            *out = self.format.read(&lanes[lane * size..]);
        }
    }

    /// Multiplies `x` (N, columns) with the transposed matrix and adds `bias` (rows,): (N, rows).
    ///
    /// # Panics
    /// When `x` or `bias` has another size.
    pub(crate) fn multiply(&self, x: &[f32], tokens: usize, bias: Option<&[f32]>) -> Vec<f32> {
        self.multiply_at(isa::level(), x, tokens, bias)
    }

    fn multiply_at(
        &self,
        level: CpuLevel,
        x: &[f32],
        tokens: usize,
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        assert_eq!(x.len(), tokens * self.columns);
        assert!(bias.is_none_or(|bias| bias.len() == self.rows));
        let tiles: Vec<_> = x
            .chunks(TILE * self.columns)
            .map(|x| self.tile(x))
            .collect();
        let mut out = Vec::with_capacity(tokens * self.rows);
        let shared = Shared::spare(&mut out);
        let panels = self.rows.div_ceil(LANES);
        let shortest = PART_WORK_MIN.div_ceil(LANES * x.len().max(1));
        let len = (panels / (pool::threads() * PARTS_EACH))
            .max(shortest)
            .max(1);
        pool::run(panels.div_ceil(len), &|part| {
            for panel in part * len..panels.min((part + 1) * len) {
                let columns = panel * LANES..self.rows.min((panel + 1) * LANES);
                for (number, tile) in tiles.iter().enumerate() {
                    let mut sums = [0.0; TILE * LANES];
                    self.sums(level, panel, tile, &mut sums);
                    let rows = sums.chunks_exact_mut(LANES).take(tile.rows).enumerate();
                    for (row, sums) in rows {
                        let sums = &mut sums[..columns.len()];
                        if let Some(bias) = bias {
                            let bias = &bias[columns.clone()];
                            sums.iter_mut().zip(bias).for_each(|(sum, it)| *sum += it);
                        }
                        let start = (number * TILE + row) * self.rows;
                        let range = start + columns.start..start + columns.end;
                        // SAFETY: no other part has this panel.
                        unsafe { shared.write(range, sums) };
                    }
                }
            }
        });
        // SAFETY: every element was written, each panel having put its columns of all rows.
        unsafe { out.set_len(tokens * self.rows) };
        out
    }

    /// The sums of a panel and a tile.
    fn sums(&self, level: CpuLevel, panel: usize, tile: &Tile, sums: &mut [f32; TILE * LANES]) {
        let panel = self.panel(panel);
        let Some(kernel) = kernel(level, self.format, tile.padded_rows) else {
            return self.plain(panel, tile, sums);
        };
        let (panel, x) = (panel.as_ptr(), tile.x.as_ptr());
        // SAFETY: the level is supported; panel and tile have as many columns; there are sums for a whole
        // tile.
        unsafe { kernel(panel, self.columns, x, tile.padded_rows, sums.as_mut_ptr()) };
    }

    fn plain(&self, panel: &[u8], tile: &Tile, sums: &mut [f32; TILE * LANES]) {
        let size = self.format.size();
        let weights = panel.chunks_exact(LANES * size);
        for (weights, x) in weights.zip(tile.x.chunks_exact(tile.padded_rows)) {
            let weights: [f32; LANES] =
                std::array::from_fn(|lane| self.format.read(&weights[lane * size..]));
            for (sums, x) in sums.chunks_exact_mut(LANES).zip(x) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight * x;
                }
            }
        }
    }

    fn panel(&self, number: usize) -> &[u8] {
        let bytes = self.columns * LANES * self.format.size();
        &self.data.as_slice()[number * bytes..(number + 1) * bytes]
    }

    /// The rows `x` as a tile.
    fn tile(&self, x: &[f32]) -> Tile {
        let rows = x.len() / self.columns;
        let padded_rows = padded(rows);
        let mut tile = vec![0.0; padded_rows * self.columns];
        for (row, x) in x.chunks_exact(self.columns).enumerate() {
            for (tile, x) in tile[row..].iter_mut().step_by(padded_rows).zip(x) {
                *tile = *x;
            }
        }
        Tile {
            x: tile,
            rows,
            padded_rows,
        }
    }
}

/// Rows of activations, column after column.
struct Tile {
    x: Vec<f32>,
    rows: usize,
    padded_rows: usize,
}

/// The kernel of `level` for a tile of this many padded rows; none where plain Rust computes.
#[allow(clippy::match_same_arms)] // a level is missing for a reason of its own
fn kernel(level: CpuLevel, format: FloatFormat, rows: usize) -> Option<Kernel> {
    match level {
        CpuLevel::Scalar => None,
        #[cfg(target_arch = "aarch64")]
        CpuLevel::Neon | CpuLevel::I8mm => Some(neon::kernel(format, rows)),
        #[cfg(not(target_arch = "aarch64"))]
        CpuLevel::Neon | CpuLevel::I8mm => None,
        #[cfg(target_arch = "x86_64")]
        CpuLevel::Avx2 | CpuLevel::AvxVnni => Some(x86::avx2(format)),
        #[cfg(target_arch = "x86_64")]
        CpuLevel::Avx512 => Some(x86::avx512(format, rows)),
        #[cfg(not(target_arch = "x86_64"))]
        CpuLevel::Avx2 | CpuLevel::AvxVnni | CpuLevel::Avx512 => None,
    }
}

//! Activations rounded to 8 bits, once for all matrices that multiply them.
//!
//! Rows are taken in tiles of up to [`TILE`]. A tile is a sequence of records, one for each block of 32
//! columns; with n rows in the tile a record holds, row after row within each: 32 signed codes ([`code_at`]
//! says in which order), the scale
//! (f32), −128 times the sum of the codes (i32), the scale times that sum (f32), and −128 times the sums
//! of the first and the last 16 codes (i32 each). The sums spare the kernels a subtraction for each weight.

use crate::kernels::buffer::{Buffer, Shared};
use crate::kernels::format::BLOCK;
use crate::kernels::pool;
use crate::kernels::quantise::quantise;

/// The most rows of a tile.
pub(crate) const TILE: usize = 12;
/// The most rows that are multiplied while weights are read once from memory.
pub(crate) const FEW: usize = 8;
/// Bytes of a record for each of its rows.
pub(crate) const RECORD: usize = BLOCK + 5 * 4;
/// Codes of a row that follow each other where two rows take turns.
const TURN: usize = 8;
/// Whether two rows take turns: on Arm, where a vector is then eight columns of two rows, from which both
/// its dot products and its products of matrices take what they need.
const TURNS: bool = cfg!(target_arch = "aarch64");
/// The code of weights that stands for zero where codes are shifted to it.
pub(crate) const ZERO: i32 = 128;
/// The least elements that are worth a second thread.
const SHARED_WORK_MIN: usize = 1 << 14;

/// Rows (N, columns) of activations.
#[derive(Debug)]
pub(crate) struct Activations {
    rows: usize,
    columns: usize,
    data: Buffer,
}

/// A tile: its records, its first row, and how many rows it has with and without padding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tile<'a> {
    pub(crate) records: &'a [u8],
    pub(crate) first_row: usize,
    pub(crate) rows: usize,
    pub(crate) padded_rows: usize,
}

impl Activations {
    /// Rounds `x` (rows, columns); columns are a multiple of 32.
    pub(crate) fn new(x: &[f32], rows: usize, columns: usize) -> Self {
        assert_eq!(x.len(), rows * columns);
        Self::from_rows(rows, columns, |row, out| {
            out.copy_from_slice(&x[row * columns..(row + 1) * columns]);
        })
    }

    /// Rounds rows that `make` writes: it is called once for each, on any thread.
    pub(crate) fn from_rows(
        rows: usize,
        columns: usize,
        make: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Self {
        assert!(columns.is_multiple_of(BLOCK));
        let bytes = |tile: usize| padded_before(tile, rows) * columns / BLOCK * RECORD;
        let tiles = rows.div_ceil(TILE);
        let mut data = Buffer::zeroed(bytes(tiles));
        let shared = Shared::new(data.as_mut_slice());
        let fill = |tile: usize| {
            let first = tile * TILE;
            let len = TILE.min(rows - first);
            // SAFETY: no other call has this tile.
            let out = unsafe { shared.part(bytes(tile)..bytes(tile + 1)) };
            let mut row = vec![0.0; columns];
            for index in 0..len {
                make(first + index, &mut row);
                quantise(&row, index, padded(len), out);
            }
        };
        if rows * columns < SHARED_WORK_MIN {
            (0..tiles).for_each(fill);
        } else {
            pool::run(tiles, &fill);
        }
        Self {
            rows,
            columns,
            data,
        }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns a row has.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The tiles, in order.
    pub(crate) fn tiles(&self) -> impl Iterator<Item = Tile<'_>> {
        (0..self.rows.div_ceil(TILE)).map(|tile| self.tile(tile))
    }

    fn tile(&self, number: usize) -> Tile<'_> {
        let bytes = |tile: usize| padded_before(tile, self.rows) * self.columns / BLOCK * RECORD;
        let rows = TILE.min(self.rows - number * TILE);
        Tile {
            records: &self.data.as_slice()[bytes(number)..bytes(number + 1)],
            first_row: number * TILE,
            rows,
            padded_rows: padded(rows),
        }
    }
}

/// The rows that a tile of `rows` is made up to, so that there need not be a kernel for every number.
pub(crate) fn padded(rows: usize) -> usize {
    if rows == 1 {
        1
    } else {
        rows.next_multiple_of(2)
    }
}

/// The padded rows of all tiles before `tile`, of `rows` rows in all.
fn padded_before(tile: usize, rows: usize) -> usize {
    if tile * TILE <= rows {
        tile * TILE
    } else {
        rows / TILE * TILE + padded(rows % TILE)
    }
}

/// How many of `rows` padded rows kernels take at once that cannot take all: 1, 2, 4 or 6.
pub(crate) fn at_once(rows: usize) -> usize {
    match rows {
        1 => 1,
        2 | 3 => 2,
        4 | 5 | 8 => 4,
        _ => 6,
    }
}

/// Where a record with `rows` rows has the code of a row and a column.
#[inline(always)]
pub(crate) const fn code_at(row: usize, rows: usize, column: usize) -> usize {
    if TURNS && rows > 1 {
        let pair = row / 2 * 2 * BLOCK + column / TURN * 2 * TURN;
        pair + row % 2 * TURN + column % TURN
    } else {
        row * BLOCK + column
    }
}

/// One row of one record, in plain numbers.
pub(crate) struct RowRecord<'a> {
    record: &'a [u8],
    row: usize,
    rows: usize,
}

impl<'a> RowRecord<'a> {
    /// Row `row` of `record` with `rows` rows.
    pub(crate) fn new(record: &'a [u8], row: usize, rows: usize) -> Self {
        Self { record, row, rows }
    }

    /// The codes.
    pub(crate) fn codes(&self) -> [u8; BLOCK] {
        std::array::from_fn(|column| self.record[code_at(self.row, self.rows, column)])
    }

    /// What a code is multiplied with.
    pub(crate) fn scale(&self) -> f32 {
        f32::from_le_bytes(self.number(0))
    }

    /// The number of this kind: scale, sum, scaled sum, sums of halves.
    pub(crate) fn number(&self, kind: usize) -> [u8; 4] {
        let at = self.rows * (BLOCK + 4 * kind) + 4 * self.row;
        let bytes = &self.record[at..at + 4];
        [bytes[0], bytes[1], bytes[2], bytes[3]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(len: usize) -> Vec<f32> {
        (0..len).map(|it| (it as f32 * 0.37).sin() * 3.0).collect()
    }

    #[test]
    fn codes_and_sums_stand_for_the_rows() {
        for rows in [1, 2, 3, 7, 12, 13, 24, 41] {
            let columns = 3 * BLOCK;
            let x = wave(rows * columns);
            let activations = Activations::new(&x, rows, columns);
            let mut seen = 0;
            for tile in activations.tiles() {
                assert_eq!(tile.first_row, seen);
                seen += tile.rows;
                let records = tile.records.chunks_exact(tile.padded_rows * RECORD);
                assert_eq!(records.len(), 3);
                for (block, record) in records.enumerate() {
                    for row in 0..tile.rows {
                        let at = (tile.first_row + row) * columns + block * BLOCK;
                        check(
                            &x[at..at + BLOCK],
                            &RowRecord::new(record, row, tile.padded_rows),
                        );
                    }
                }
            }
            assert_eq!(seen, rows);
        }
    }

    fn check(x: &[f32], row: &RowRecord<'_>) {
        let codes: Vec<i32> = row.codes().iter().map(|&it| i32::from(it as i8)).collect();
        let largest = x.iter().fold(0f32, |all, it| all.max(it.abs()));
        assert!((row.scale() - largest / 127.0).abs() <= largest * 1e-6);
        for (x, code) in x.iter().zip(&codes) {
            assert!((x - row.scale() * *code as f32).abs() <= row.scale() * 0.501);
        }
        let sum: i32 = codes.iter().sum();
        let half: i32 = codes[..16].iter().sum();
        assert_eq!(i32::from_le_bytes(row.number(1)), -ZERO * sum);
        assert!((f32::from_le_bytes(row.number(2)) - row.scale() * sum as f32).abs() < 1e-4);
        assert_eq!(i32::from_le_bytes(row.number(3)), -ZERO * half);
        assert_eq!(i32::from_le_bytes(row.number(4)), -ZERO * (sum - half));
    }
}

//! Weights of a file in the order in which kernels read them.

mod basic;
mod k;
mod lane;
#[cfg(test)]
pub(crate) mod tests;
mod unpack;

use std::ops::Range;

use crate::kernels::buffer::{Buffer, Shared};
use crate::kernels::format::{BLOCK, Format, GROUP, Group, LANES};
use crate::kernels::pool;
use lane::Lane;
pub(crate) use unpack::RowBlock;

/// The bytes that a thread packs at once, about.
const PART_BYTES: usize = 1 << 18;

/// A matrix (rows, columns) in packed form. Rows that are missing to whole panels are zero.
#[derive(Debug)]
pub(crate) struct Packed {
    format: Format,
    rows: usize,
    columns: usize,
    data: Buffer,
}

impl Packed {
    /// Packs `rows` rows of `columns` elements, blocks of a file one behind the other. `None` when
    /// the bytes are not as many as that takes, or a row is no whole number of blocks.
    pub(crate) fn new(format: Format, file: &[u8], rows: usize, columns: usize) -> Option<Self> {
        let kind = format.kind();
        let row_bytes = columns / kind.block_len() * kind.block_bytes();
        let whole = columns > 0 && columns.is_multiple_of(kind.block_len());
        if !whole || rows.checked_mul(row_bytes)? != file.len() {
            return None;
        }
        let panel_bytes = format.panel_bytes(columns / BLOCK);
        let panels = rows.div_ceil(LANES);
        let mut data = Buffer::for_weights(panels.checked_mul(panel_bytes)?);
        let shared = Shared::new(data.as_mut_slice());
        let at_once = (PART_BYTES / panel_bytes).max(1);
        pool::run(panels.div_ceil(at_once), &|part| {
            for panel in part * at_once..panels.min((part + 1) * at_once) {
                let rows = panel * LANES..rows.min((panel + 1) * LANES);
                let rows = &file[rows.start * row_bytes..rows.end * row_bytes];
                // SAFETY: no other part has this panel.
                let out = unsafe { shared.part(panel * panel_bytes..(panel + 1) * panel_bytes) };
                pack_panel(format, rows, row_bytes, columns / BLOCK, out);
            }
        });
        Some(Self {
            format,
            rows,
            columns,
            data,
        })
    }

    /// Whether a scale is none that weights can have: the exponent of MXFP4 that means "not a number".
    pub(crate) fn is_out_of_range(&self) -> bool {
        let panels = 0..self.panels();
        self.format == Format::Mxfp4
            && panels.into_iter().any(|panel| {
                let bytes = self.panel(panel);
                let start = |block: usize| block / GROUP * self.format.group_bytes(GROUP);
                (0..self.blocks()).any(|block| {
                    let (range, len) = group(block / GROUP, self.blocks());
                    let at =
                        start(block) + Group::new(self.format, len).scales(block - range.start);
                    bytes[at..at + LANES].contains(&u8::MAX)
                })
            })
    }

    /// Its file format.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns it has.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// How many blocks a row has.
    pub(crate) fn blocks(&self) -> usize {
        self.columns / BLOCK
    }

    /// How many panels it has.
    pub(crate) fn panels(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// The bytes of a panel.
    pub(crate) fn panel(&self, number: usize) -> &[u8] {
        let bytes = self.format.panel_bytes(self.blocks());
        &self.data.as_slice()[number * bytes..(number + 1) * bytes]
    }

    /// How much memory it takes.
    pub(crate) fn size_bytes(&self) -> usize {
        self.data.as_slice().len()
    }

    /// Writes the weights of a row: (columns,).
    ///
    /// # Panics
    /// When there is no such row.
    pub(crate) fn read_row(&self, row: usize, out: &mut [f32]) {
        assert!(row < self.rows);
        let panel = self.panel(row / LANES);
        for (block, out) in out.chunks_exact_mut(BLOCK).enumerate() {
            self.row_block(panel, row % LANES, block).write_weights(out);
        }
    }

    /// A block of a lane of a panel.
    pub(crate) fn row_block(&self, panel: &[u8], lane: usize, block: usize) -> RowBlock {
        let (group, blocks) = group(block / GROUP, self.blocks());
        let start = block / GROUP * self.format.group_bytes(GROUP);
        let bytes = &panel[start..start + self.format.group_bytes(blocks)];
        debug_assert!(group.contains(&block));
        unpack::row_block(self.format, bytes, blocks, lane, block - group.start)
    }
}

/// The blocks of group `number`, of `blocks` in all, and how many they are.
fn group(number: usize, blocks: usize) -> (Range<usize>, usize) {
    let range = number * GROUP..blocks.min((number + 1) * GROUP);
    (range.clone(), range.len())
}

/// Packs up to [`LANES`] rows of `row_bytes` bytes.
fn pack_panel(format: Format, rows: &[u8], row_bytes: usize, blocks: usize, out: &mut [u8]) {
    let kind = format.kind();
    for number in 0..blocks.div_ceil(GROUP) {
        let (range, len) = group(number, blocks);
        let start = number * format.group_bytes(GROUP);
        let out = &mut out[start..start + format.group_bytes(len)];
        let file = |blocks: usize| blocks * BLOCK / kind.block_len() * kind.block_bytes();
        for (lane, row) in rows.chunks_exact(row_bytes).enumerate() {
            let row = &row[file(range.start)..file(range.end)];
            pack_lane(format, row, Lane::new(format, len, lane, out));
        }
    }
}

/// Packs the blocks of a row that belong to one group.
fn pack_lane(format: Format, row: &[u8], lane: Lane<'_>) {
    match format {
        Format::Q4_0 | Format::Iq4Nl => basic::q4_0(row, lane),
        Format::Q4_1 => basic::q4_1(row, lane),
        Format::Q5_0 => basic::q5_0(row, lane),
        Format::Q5_1 => basic::q5_1(row, lane),
        Format::Q8_0 => basic::q8_0(row, lane),
        Format::Mxfp4 => basic::mxfp4(row, lane),
        Format::Iq4Xs => k::iq4_xs(row, lane),
        Format::Q2K => k::q2_k(row, lane),
        Format::Q3K => k::q3_k(row, lane),
        Format::Q4K => k::q4_k(row, lane),
        Format::Q5K => k::q5_k(row, lane),
        Format::Q6K => k::q6_k(row, lane),
    }
}

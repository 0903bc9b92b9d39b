//! One block of one row, as plain numbers: what the kernels are tested against, and what embeddings are
//! read with.

use half::f16;

use crate::kernels::format::{
    BLOCK, Format, Group, IQ4_VALUES, LANES, MXFP4_VALUES, VECTOR, mxfp4_scale,
};

/// 32 weights: of column c, `scales[c / 16] · values[c] − minima[c / 16]`.
#[derive(Debug, Clone)]
pub(crate) struct RowBlock {
    pub(crate) values: [i16; BLOCK],
    pub(crate) scales: [f32; 2],
    pub(crate) minima: [f32; 2],
}

impl RowBlock {
    /// Writes the weights.
    pub(super) fn write_weights(&self, out: &mut [f32]) {
        for (column, (out, value)) in out.iter_mut().zip(self.values).enumerate() {
            let half = column / (BLOCK / 2);
            *out = self.scales[half] * f32::from(value) - self.minima[half];
        }
    }
}

/// The bytes of a lane of a group.
struct Packed<'a> {
    bytes: &'a [u8],
    group: Group,
    block: usize,
    lane: usize,
}

/// Reads block `block` of a lane in the group `bytes` of `blocks` blocks.
pub(super) fn row_block(
    format: Format,
    bytes: &[u8],
    blocks: usize,
    lane: usize,
    block: usize,
) -> RowBlock {
    let bytes = Packed {
        bytes,
        group: Group::new(format, blocks),
        block,
        lane,
    };
    let (scales, minima) = bytes.scales_and_minima(format);
    RowBlock {
        values: std::array::from_fn(|column| bytes.value(format, column)),
        scales,
        minima,
    }
}

impl Packed<'_> {
    fn value(&self, format: Format, column: usize) -> i16 {
        let nibble = || self.bits(0, column, 4);
        match format {
            Format::Q4_0 => i16::from(nibble()) - 8,
            Format::Q4_1 | Format::Q4K => i16::from(nibble()),
            Format::Iq4Nl | Format::Iq4Xs => i16::from(IQ4_VALUES[usize::from(nibble())]),
            Format::Mxfp4 => i16::from(MXFP4_VALUES[usize::from(nibble())]),
            Format::Q5_0 => i16::from(nibble() | self.bits(4, column, 1) << 4) - 16,
            Format::Q5_1 | Format::Q5K => i16::from(nibble() | self.bits(4, column, 1) << 4),
            Format::Q6K => i16::from(nibble() | self.bits(4, column, 2) << 4) - 32,
            Format::Q8_0 => i16::from(self.bits(0, column, 8)) - 128,
            Format::Q2K => i16::from(self.bits(0, column, 2)),
            Format::Q3K => i16::from(self.bits(0, column, 2) | self.bits(2, column, 1) << 2) - 4,
        }
    }

    /// `width` bits of a column, where vectors from `vector` on hold that many of each.
    fn bits(&self, vector: usize, column: usize, width: usize) -> u8 {
        let (quad, byte) = (column / 4, column % 4); // the columns of a quad lie together
        let quads = 8 / width; // in a vector
        let vectors = 8 / quads;
        // Nibbles are halves of the block, so that files need no shifting; the others follow each other.
        let (vector, shift) = if width == 4 {
            (vector + quad % vectors, 4 * (quad / vectors))
        } else {
            (vector + quad / quads, width * (quad % quads))
        };
        let at = self.group.codes(self.block) + vector * VECTOR + 4 * self.lane + byte;
        let mask = u8::MAX >> (8 - width);
        self.bytes[at] >> shift & mask
    }

    fn scales_and_minima(&self, format: Format) -> ([f32; 2], [f32; 2]) {
        let small = |number| self.small(number);
        let signed = |number| f32::from(self.small(number) as i8);
        let none = [0.0; 2];
        match format {
            Format::Q4_0 | Format::Q5_0 | Format::Q8_0 | Format::Iq4Nl => {
                ([self.scale(0); 2], none)
            }
            Format::Q4_1 | Format::Q5_1 => ([self.scale(0); 2], [self.scale(1); 2]),
            Format::Mxfp4 => ([mxfp4_scale(small(0)); 2], none),
            Format::Iq4Xs => ([self.shared(0) * signed(0); 2], none),
            Format::Q3K | Format::Q6K => ([0, 1].map(|it| self.shared(0) * signed(it)), none),
            Format::Q4K | Format::Q5K => {
                let scale = self.shared(0) * f32::from(small(0));
                ([scale; 2], [self.shared(1) * f32::from(small(1)); 2])
            }
            Format::Q2K => (
                [0, 1].map(|it| self.shared(0) * f32::from(small(it) & 15)),
                [0, 1].map(|it| self.shared(1) * f32::from(small(it) >> 4)),
            ),
        }
    }

    fn shared(&self, number: usize) -> f32 {
        self.half(self.group.shared() + 2 * (number * LANES + self.lane))
    }

    fn scale(&self, number: usize) -> f32 {
        self.half(self.group.scales(self.block) + 2 * (number * LANES + self.lane))
    }

    fn small(&self, number: usize) -> u8 {
        self.bytes[self.group.scales(self.block) + number * LANES + self.lane]
    }

    fn half(&self, at: usize) -> f32 {
        f16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]).to_f32()
    }
}

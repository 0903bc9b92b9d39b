//! How packed matrices lie in memory.
//!
//! Rows are packed in panels of [`LANES`], a lane for each. A panel is a sequence of groups of up to
//! [`GROUP`] blocks of [`BLOCK`] columns, the last one shorter: first the codes of its blocks, then what
//! its scales share, then the scales of its blocks. Codes come in vectors of 64 bytes, a lane taking four
//! of them for four neighbouring columns; so a dot product of four 8-bit integers has a vector of weights
//! on one side and four activations for all lanes on the other.
//!
//! The weight of a code is scale · code − minimum; or scale · (value of the code), where the value is
//! the code less a constant or stands in a table.

use crate::gguf::TensorKind;

/// Rows in a panel.
pub(crate) const LANES: usize = 16;
/// Columns that share a scale of activations.
pub(crate) const BLOCK: usize = 32;
/// The most blocks in a group: 256 columns, as in a super-block of the file formats that have them.
pub(crate) const GROUP: usize = 8;
/// Bytes of a vector of codes: four columns of a panel.
pub(crate) const VECTOR: usize = 64;

/// The file formats that have a packed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is the type of that name
pub(crate) enum Format {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
    Iq4Nl,
    Iq4Xs,
    Mxfp4,
}

impl Format {
    /// Every format.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 13] = [
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q2K,
        Self::Q3K,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
        Self::Iq4Nl,
        Self::Iq4Xs,
        Self::Mxfp4,
    ];

    /// The packed form of what files call `kind`.
    pub(crate) fn of(kind: TensorKind) -> Option<Self> {
        let formats = [
            (TensorKind::Q4_0, Self::Q4_0),
            (TensorKind::Q4_1, Self::Q4_1),
            (TensorKind::Q5_0, Self::Q5_0),
            (TensorKind::Q5_1, Self::Q5_1),
            (TensorKind::Q8_0, Self::Q8_0),
            (TensorKind::Q2K, Self::Q2K),
            (TensorKind::Q3K, Self::Q3K),
            (TensorKind::Q4K, Self::Q4K),
            (TensorKind::Q5K, Self::Q5K),
            (TensorKind::Q6K, Self::Q6K),
            (TensorKind::Iq4Nl, Self::Iq4Nl),
            (TensorKind::Iq4Xs, Self::Iq4Xs),
            (TensorKind::Mxfp4, Self::Mxfp4),
        ];
        formats.into_iter().find(|it| it.0 == kind).map(|it| it.1)
    }

    /// What files call it.
    pub(crate) fn kind(self) -> TensorKind {
        match self {
            Self::Q4_0 => TensorKind::Q4_0,
            Self::Q4_1 => TensorKind::Q4_1,
            Self::Q5_0 => TensorKind::Q5_0,
            Self::Q5_1 => TensorKind::Q5_1,
            Self::Q8_0 => TensorKind::Q8_0,
            Self::Q2K => TensorKind::Q2K,
            Self::Q3K => TensorKind::Q3K,
            Self::Q4K => TensorKind::Q4K,
            Self::Q5K => TensorKind::Q5K,
            Self::Q6K => TensorKind::Q6K,
            Self::Iq4Nl => TensorKind::Iq4Nl,
            Self::Iq4Xs => TensorKind::Iq4Xs,
            Self::Mxfp4 => TensorKind::Mxfp4,
        }
    }

    /// Whether halves of a block have scales of their own.
    pub(crate) const fn has_halves(self) -> bool {
        match self {
            Self::Q2K | Self::Q3K | Self::Q6K => true,
            Self::Q4_0
            | Self::Q4_1
            | Self::Q5_0
            | Self::Q5_1
            | Self::Q8_0
            | Self::Q4K
            | Self::Q5K
            | Self::Iq4Nl
            | Self::Iq4Xs
            | Self::Mxfp4 => false,
        }
    }

    /// Whether codes count from a minimum.
    pub(crate) const fn has_minima(self) -> bool {
        match self {
            Self::Q4_1 | Self::Q5_1 | Self::Q2K | Self::Q4K | Self::Q5K => true,
            Self::Q4_0
            | Self::Q5_0
            | Self::Q8_0
            | Self::Q3K
            | Self::Q6K
            | Self::Iq4Nl
            | Self::Iq4Xs
            | Self::Mxfp4 => false,
        }
    }

    /// How far 128 is shifted right to become the code of zero, for codes without a minimum; what stands
    /// in a table has 128 added.
    pub(crate) const fn zero_shift(self) -> i32 {
        match self {
            Self::Q4_0 => 4,
            Self::Q5_0 => 3,
            Self::Q3K => 5,
            Self::Q6K => 2,
            Self::Q8_0
            | Self::Iq4Nl
            | Self::Iq4Xs
            | Self::Mxfp4
            | Self::Q4_1
            | Self::Q5_1
            | Self::Q2K
            | Self::Q4K
            | Self::Q5K => 0,
        }
    }

    /// Bytes of the codes of a block of a panel.
    pub(crate) const fn codes_bytes(self) -> usize {
        match self {
            Self::Q2K => 2 * VECTOR,
            Self::Q3K => 3 * VECTOR,
            Self::Q4_0 | Self::Q4_1 | Self::Q4K | Self::Iq4Nl | Self::Iq4Xs | Self::Mxfp4 => {
                4 * VECTOR
            }
            Self::Q5_0 | Self::Q5_1 | Self::Q5K => 5 * VECTOR,
            Self::Q6K => 6 * VECTOR,
            Self::Q8_0 => 8 * VECTOR,
        }
    }

    /// Bytes of what the scales of a group share: f16 scales, then f16 minima.
    pub(crate) const fn shared_bytes(self) -> usize {
        match self {
            Self::Q4_0
            | Self::Q4_1
            | Self::Q5_0
            | Self::Q5_1
            | Self::Q8_0
            | Self::Iq4Nl
            | Self::Mxfp4 => 0,
            Self::Q3K | Self::Q6K | Self::Iq4Xs => 2 * LANES,
            Self::Q2K | Self::Q4K | Self::Q5K => 4 * LANES,
        }
    }

    /// Bytes of the scales of a block of a panel.
    pub(crate) const fn scales_bytes(self) -> usize {
        match self {
            // One small integer.
            Self::Iq4Xs | Self::Mxfp4 => LANES,
            // Small integers: one for 16 columns, in a byte with the minimum in `Q2_K`; or one and a
            // minimum for 32. Or an f16.
            Self::Q2K
            | Self::Q3K
            | Self::Q6K
            | Self::Q4K
            | Self::Q5K
            | Self::Q4_0
            | Self::Q5_0
            | Self::Q8_0
            | Self::Iq4Nl => 2 * LANES,
            // An f16 and a minimum.
            Self::Q4_1 | Self::Q5_1 => 4 * LANES,
        }
    }

    /// Bytes of a group of `blocks` blocks of a panel.
    pub(crate) const fn group_bytes(self, blocks: usize) -> usize {
        blocks * (self.codes_bytes() + self.scales_bytes()) + self.shared_bytes()
    }

    /// Bytes of a panel of `blocks` blocks; a multiple of a cache line.
    pub(crate) const fn panel_bytes(self, blocks: usize) -> usize {
        let whole = blocks / GROUP * self.group_bytes(GROUP);
        let rest = match blocks % GROUP {
            0 => 0,
            blocks => self.group_bytes(blocks),
        };
        (whole + rest).next_multiple_of(VECTOR)
    }
}

/// Where the parts of a group of `blocks` blocks begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    format: Format,
    blocks: usize,
}

impl Group {
    /// A group of `blocks` blocks.
    pub(crate) fn new(format: Format, blocks: usize) -> Self {
        Self { format, blocks }
    }

    /// The first byte of the codes of `block`.
    pub(crate) fn codes(self, block: usize) -> usize {
        block * self.format.codes_bytes()
    }

    /// The first byte of what the scales share.
    pub(crate) fn shared(self) -> usize {
        self.blocks * self.format.codes_bytes()
    }

    /// The first byte of the scales of `block`.
    pub(crate) fn scales(self, block: usize) -> usize {
        self.shared() + self.format.shared_bytes() + block * self.format.scales_bytes()
    }
}

/// What the 16 codes of `IQ4_NL` and `IQ4_XS` stand for.
pub(crate) const IQ4_VALUES: [i8; 16] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];
/// What the 16 codes of MXFP4 stand for, doubled.
pub(crate) const MXFP4_VALUES: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/// The scale of a doubled MXFP4 value: a power of two with a bias of 127. Powers that are no normal f32
/// are zero.
pub(crate) fn mxfp4_scale(exponent: u8) -> f32 {
    f32::from_bits(u32::from(exponent.saturating_sub(1)) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_matrix_is_about_as_large_as_its_file() {
        for format in Format::ALL {
            let kind = format.kind();
            let file = LANES * 1024 / kind.block_len() * kind.block_bytes();
            let packed = format.panel_bytes(1024 / BLOCK);
            assert!(
                packed >= file.min(packed) && packed * 20 <= file * 21,
                "{format:?}"
            );
            assert!(packed.is_multiple_of(VECTOR), "{format:?}");
            assert_eq!(Format::of(kind), Some(format));
        }
    }

    #[test]
    #[allow(clippy::float_cmp)]
    fn mxfp4_scales_are_powers_of_two() {
        assert_eq!(mxfp4_scale(128), 1.0);
        assert_eq!(mxfp4_scale(129), 2.0);
        assert_eq!(mxfp4_scale(100), (-28f32).exp2());
        assert_eq!(mxfp4_scale(0), 0.0);
    }
}

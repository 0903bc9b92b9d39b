//! How the elements of a tensor are stored.

use candle_core::quantized::GgmlDType;

/// Every element type of ggml, with the size of its blocks. The names are ggml's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(non_camel_case_types, missing_docs)]
pub enum TensorKind {
    F32,
    F16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q8_1,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
    Q8K,
    Iq2Xxs,
    Iq2Xs,
    Iq3Xxs,
    Iq1S,
    Iq4Nl,
    Iq3S,
    Iq2S,
    Iq4Xs,
    I8,
    I16,
    I32,
    I64,
    F64,
    Iq1M,
    Bf16,
    Tq1_0,
    Tq2_0,
    Mxfp4,
    Nvfp4,
    Q1_0,
    /// 8-bit float of safetensors files, which ggml does not have.
    F8E4M3,
}

/// Name, number in a GGUF file, elements a block, bytes a block.
type Row = (TensorKind, &'static str, u32, usize, usize);

const TABLE: &[Row] = &[
    (TensorKind::F32, "F32", 0, 1, 4),
    (TensorKind::F16, "F16", 1, 1, 2),
    (TensorKind::Q4_0, "Q4_0", 2, 32, 18),
    (TensorKind::Q4_1, "Q4_1", 3, 32, 20),
    (TensorKind::Q5_0, "Q5_0", 6, 32, 22),
    (TensorKind::Q5_1, "Q5_1", 7, 32, 24),
    (TensorKind::Q8_0, "Q8_0", 8, 32, 34),
    (TensorKind::Q8_1, "Q8_1", 9, 32, 36),
    (TensorKind::Q2K, "Q2_K", 10, 256, 84),
    (TensorKind::Q3K, "Q3_K", 11, 256, 110),
    (TensorKind::Q4K, "Q4_K", 12, 256, 144),
    (TensorKind::Q5K, "Q5_K", 13, 256, 176),
    (TensorKind::Q6K, "Q6_K", 14, 256, 210),
    (TensorKind::Q8K, "Q8_K", 15, 256, 292),
    (TensorKind::Iq2Xxs, "IQ2_XXS", 16, 256, 66),
    (TensorKind::Iq2Xs, "IQ2_XS", 17, 256, 74),
    (TensorKind::Iq3Xxs, "IQ3_XXS", 18, 256, 98),
    (TensorKind::Iq1S, "IQ1_S", 19, 256, 50),
    (TensorKind::Iq4Nl, "IQ4_NL", 20, 32, 18),
    (TensorKind::Iq3S, "IQ3_S", 21, 256, 110),
    (TensorKind::Iq2S, "IQ2_S", 22, 256, 82),
    (TensorKind::Iq4Xs, "IQ4_XS", 23, 256, 136),
    (TensorKind::I8, "I8", 24, 1, 1),
    (TensorKind::I16, "I16", 25, 1, 2),
    (TensorKind::I32, "I32", 26, 1, 4),
    (TensorKind::I64, "I64", 27, 1, 8),
    (TensorKind::F64, "F64", 28, 1, 8),
    (TensorKind::Iq1M, "IQ1_M", 29, 256, 56),
    (TensorKind::Bf16, "BF16", 30, 1, 2),
    (TensorKind::Tq1_0, "TQ1_0", 34, 256, 54),
    (TensorKind::Tq2_0, "TQ2_0", 35, 256, 66),
    (TensorKind::Mxfp4, "MXFP4", 39, 32, 17),
    (TensorKind::Nvfp4, "NVFP4", 40, 64, 36),
    (TensorKind::Q1_0, "Q1_0", 41, 128, 18),
    (TensorKind::F8E4M3, "F8_E4M3", u32::MAX, 1, 1),
];

impl TensorKind {
    /// The kind with this number in a GGUF file.
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        let row = TABLE.iter().find(|row| row.2 == number)?;
        if row.0 == Self::F8E4M3 {
            None
        } else {
            Some(row.0)
        }
    }

    /// Its name as the field writes it, for example `Q4_K`.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// How many elements a block holds; a row has a whole number of blocks.
    pub fn block_len(self) -> usize {
        self.row().3
    }

    /// How many bytes a block takes.
    pub fn block_bytes(self) -> usize {
        self.row().4
    }

    /// The kind that the tensor library calls `dtype`.
    pub(crate) fn of(dtype: GgmlDType) -> Self {
        match dtype {
            GgmlDType::F32 => Self::F32,
            GgmlDType::F16 => Self::F16,
            GgmlDType::BF16 => Self::Bf16,
            GgmlDType::Q4_0 => Self::Q4_0,
            GgmlDType::Q4_1 => Self::Q4_1,
            GgmlDType::Q5_0 => Self::Q5_0,
            GgmlDType::Q5_1 => Self::Q5_1,
            GgmlDType::Q8_0 => Self::Q8_0,
            GgmlDType::Q8_1 => Self::Q8_1,
            GgmlDType::Q2K => Self::Q2K,
            GgmlDType::Q3K => Self::Q3K,
            GgmlDType::Q4K => Self::Q4K,
            GgmlDType::Q5K => Self::Q5K,
            GgmlDType::Q6K => Self::Q6K,
            GgmlDType::Q8K => Self::Q8K,
        }
    }

    /// The tensor library's type, `None` where it has no kernels for this one.
    pub fn ggml(self) -> Option<GgmlDType> {
        match self {
            Self::F32 => Some(GgmlDType::F32),
            Self::F16 => Some(GgmlDType::F16),
            Self::Bf16 => Some(GgmlDType::BF16),
            Self::Q4_0 => Some(GgmlDType::Q4_0),
            Self::Q4_1 => Some(GgmlDType::Q4_1),
            Self::Q5_0 => Some(GgmlDType::Q5_0),
            Self::Q5_1 => Some(GgmlDType::Q5_1),
            Self::Q8_0 => Some(GgmlDType::Q8_0),
            Self::Q2K => Some(GgmlDType::Q2K),
            Self::Q3K => Some(GgmlDType::Q3K),
            Self::Q4K => Some(GgmlDType::Q4K),
            Self::Q5K => Some(GgmlDType::Q5K),
            Self::Q6K => Some(GgmlDType::Q6K),
            Self::Q8K => Some(GgmlDType::Q8K),
            // Q8_1 exists for intermediate results; no weights have it.
            Self::Q8_1
            | Self::Iq2Xxs
            | Self::Iq2Xs
            | Self::Iq3Xxs
            | Self::Iq1S
            | Self::Iq4Nl
            | Self::Iq3S
            | Self::Iq2S
            | Self::Iq4Xs
            | Self::I8
            | Self::I16
            | Self::I32
            | Self::I64
            | Self::F64
            | Self::Iq1M
            | Self::Tq1_0
            | Self::Tq2_0
            | Self::Mxfp4
            | Self::Nvfp4
            | Self::Q1_0
            | Self::F8E4M3 => None,
        }
    }

    /// The type that a matrix of this one has after loading; `None` where it cannot be computed with.
    /// What the tensor library multiplies stays; floats become `F32`, exactly; `IQ4_NL` and `MXFP4`
    /// become `Q8_0`, exactly, and `IQ4_XS` but for the last bits of its scales.
    pub fn kept_as(self) -> Option<Self> {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 | Self::F8E4M3 => Some(Self::F32),
            Self::Iq4Nl | Self::Iq4Xs | Self::Mxfp4 => Some(Self::Q8_0),
            Self::Q4_0
            | Self::Q4_1
            | Self::Q5_0
            | Self::Q5_1
            | Self::Q8_0
            | Self::Q2K
            | Self::Q3K
            | Self::Q4K
            | Self::Q5K
            | Self::Q6K
            | Self::Q8K => Some(self),
            // Q8_1 exists for intermediate results; no weights have it.
            Self::Q8_1
            | Self::Iq2Xxs
            | Self::Iq2Xs
            | Self::Iq3Xxs
            | Self::Iq1S
            | Self::Iq3S
            | Self::Iq2S
            | Self::I8
            | Self::I16
            | Self::I32
            | Self::I64
            | Self::F64
            | Self::Iq1M
            | Self::Tq1_0
            | Self::Tq2_0
            | Self::Nvfp4
            | Self::Q1_0 => None,
        }
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, index, "{}", row.1);
        }
    }

    #[test]
    fn sizes_agree_with_the_tensor_library() {
        for &(kind, name, _, block_len, block_bytes) in TABLE {
            if let Some(ggml) = kind.ggml() {
                assert_eq!(
                    (ggml.block_size(), ggml.type_size()),
                    (block_len, block_bytes),
                    "{name}"
                );
                assert_eq!(TensorKind::of(ggml), kind);
            }
        }
    }

    #[test]
    fn unknown_numbers_have_no_kind() {
        for number in [4, 5, 31, 33, 36, 38, 99, u32::MAX] {
            assert_eq!(TensorKind::from_number(number), None, "{number}");
        }
        assert_eq!(TensorKind::from_number(12), Some(TensorKind::Q4K));
    }
}

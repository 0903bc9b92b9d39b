//! Block types that the tensor library cannot multiply, rewritten as `Q8_0`, which it can.
//!
//! Layouts follow ggml's `block_iq4_nl`, `block_iq4_xs` and `block_mxfp4`, and the OCP microscaling
//! specification 1.0 for the meaning of an MXFP4 element.

use half::f16;

/// Elements of a `Q8_0` block, and of a block of each type here but `IQ4_XS`.
const BLOCK: usize = 32;
/// Blocks of 32 in one of `IQ4_XS`.
const SUB_BLOCKS: usize = 8;
/// Bytes of a block of each type.
pub(super) const IQ4_NL_BYTES: usize = 18;
pub(super) const IQ4_XS_BYTES: usize = 136;
pub(super) const MXFP4_BYTES: usize = 17;
const Q8_0_BYTES: usize = 34;

/// What the 16 codes of `IQ4_NL` and `IQ4_XS` stand for.
const IQ4_VALUES: [i8; 16] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];
/// What the 16 codes of MXFP4 stand for, doubled: signed floats with two bits of exponent, one of mantissa.
const MXFP4_VALUES: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];
/// The exponents of two that an f16 has, subnormal ones included.
const F16_EXPONENTS: std::ops::RangeInclusive<i32> = -24..=15;
/// How far the largest MXFP4 code, 12, can be shifted left within eight bits.
const SHIFT_MAX: i32 = 3;

/// Why a block cannot be rewritten: its scale is none that `Q8_0` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScaleOutOfRange;

/// Rewrites blocks of `IQ4_NL`. Exact: the values fit eight bits and the scale stays.
pub(super) fn iq4_nl(blocks: &[u8], out: &mut Vec<u8>) {
    for block in blocks.chunks_exact(IQ4_NL_BYTES) {
        out.extend_from_slice(&block[..2]);
        push_codes(&block[2..], &IQ4_VALUES, out);
    }
}

/// Rewrites blocks of `IQ4_XS`: the values fit eight bits; the product of the two scales is rounded
/// to an f16, by 2⁻¹² of itself at most.
pub(super) fn iq4_xs(blocks: &[u8], out: &mut Vec<u8>) -> Result<(), ScaleOutOfRange> {
    for block in blocks.chunks_exact(IQ4_XS_BYTES) {
        let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
        let high = u16::from_le_bytes([block[2], block[3]]);
        let (low, codes) = (&block[4..8], &block[8..]);
        for sub in 0..SUB_BLOCKS {
            let nibble = (low[sub / 2] >> (4 * (sub % 2))) & 15;
            let bits = u16::from(nibble) | (((high >> (2 * sub)) & 3) << 4);
            let scale = f16::from_f32(scale * (f32::from(bits) - 32.0));
            if !scale.is_finite() {
                return Err(ScaleOutOfRange);
            }
            out.extend_from_slice(&scale.to_le_bytes());
            push_codes(&codes[sub * 16..][..16], &IQ4_VALUES, out);
        }
    }
    Ok(())
}

/// Rewrites blocks of MXFP4. Exact for scales from 2⁻²³ to 2¹⁹; smaller ones lose what is below 2⁻²⁴,
/// larger ones are refused, as is the one that means "not a number".
pub(super) fn mxfp4(blocks: &[u8], out: &mut Vec<u8>) -> Result<(), ScaleOutOfRange> {
    for block in blocks.chunks_exact(MXFP4_BYTES) {
        let values = mxfp4_scaled(block[0], out)?;
        push_codes(&block[1..], &values, out);
    }
    Ok(())
}

/// Rewrites MXFP4 as Hugging Face stores it: a scale for each 32 elements, apart from the codes, which
/// lie in pairs of neighbours, the first in the low bits. Exact where [`mxfp4`] is.
pub(super) fn mxfp4_pairs(
    codes: &[u8],
    scales: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), ScaleOutOfRange> {
    for (codes, &scale) in codes.chunks_exact(BLOCK / 2).zip(scales) {
        let values = mxfp4_scaled(scale, out)?;
        let of = |code: u8| values[usize::from(code & 15)] as u8;
        out.extend(codes.iter().flat_map(|&pair| [of(pair), of(pair >> 4)]));
    }
    Ok(())
}

/// The bytes of as many `Q8_0` blocks as hold `elements`.
pub(super) fn q8_0_bytes(elements: usize) -> usize {
    elements / BLOCK * Q8_0_BYTES
}

/// Writes the `Q8_0` scale for an MXFP4 scale and answers what the codes stand for at that scale.
fn mxfp4_scaled(scale: u8, out: &mut Vec<u8>) -> Result<[i8; 16], ScaleOutOfRange> {
    // The bias is 127; one more because the values are doubled.
    let exponent = i32::from(scale) - 128;
    let kept = exponent.clamp(*F16_EXPONENTS.start(), *F16_EXPONENTS.end());
    let shift = exponent - kept;
    if scale == u8::MAX || shift > SHIFT_MAX {
        return Err(ScaleOutOfRange);
    }
    out.extend_from_slice(&f16::from_f32((kept as f32).exp2()).to_le_bytes());
    let factor = (shift as f32).exp2();
    Ok(MXFP4_VALUES.map(|value| (f32::from(value) * factor).round() as i8))
}

/// Writes 32 values for 16 bytes: the low four bits of each, then the high ones.
fn push_codes(codes: &[u8], values: &[i8; 16], out: &mut Vec<u8>) {
    out.extend(
        codes
            .iter()
            .map(|code| values[usize::from(code & 15)] as u8),
    );
    out.extend(
        codes
            .iter()
            .map(|code| values[usize::from(code >> 4)] as u8),
    );
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact is what it is to be
mod tests {
    use super::*;

    fn dequantized(blocks: &[u8]) -> Vec<f32> {
        let of_block = |block: &[u8]| {
            let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
            let values = block[2..]
                .iter()
                .map(move |&value| f32::from(value as i8) * scale);
            values.collect::<Vec<_>>()
        };
        blocks.chunks_exact(Q8_0_BYTES).flat_map(of_block).collect()
    }

    fn mxfp4_block(scale: u8) -> Result<Vec<f32>, ScaleOutOfRange> {
        let mut block = vec![scale];
        block.extend((0..16).map(|code| code | (15 - code) << 4));
        let mut out = Vec::new();
        mxfp4(&block, &mut out)?;
        Ok(dequantized(&out))
    }

    #[test]
    fn mxfp4_keeps_every_value_of_every_plausible_scale() {
        for scale in 104..=146 {
            let unit = (f32::from(scale) - 128.0).exp2();
            let values = mxfp4_block(scale).expect("the scale is in range");
            for (code, expected) in MXFP4_VALUES.iter().enumerate() {
                assert_eq!(values[code], f32::from(*expected) * unit, "scale {scale}");
                assert_eq!(
                    values[31 - code],
                    f32::from(*expected) * unit,
                    "scale {scale}"
                );
            }
        }
    }

    #[test]
    fn mxfp4_scales_out_of_range_are_rounded_to_nothing_or_refused() {
        let tiny = mxfp4_block(0).expect("it rounds to zero");
        assert!(tiny.iter().all(|&value| value == 0.0));
        let coarse = mxfp4_block(102).expect("it is rounded");
        assert!((coarse[7] - 12.0 * (-26f32).exp2()).abs() <= (-25f32).exp2());
        for scale in [147, 254, 255] {
            assert_eq!(mxfp4_block(scale), Err(ScaleOutOfRange), "{scale}");
        }
    }

    #[test]
    fn pairs_of_neighbours_are_told_from_halves() {
        let codes: Vec<u8> = (0..16).map(|index| index | (index ^ 15) << 4).collect();
        let mut out = Vec::new();
        mxfp4_pairs(&codes, &[128], &mut out).expect("the scale is in range");
        let values = dequantized(&out);
        assert_eq!(values.len(), BLOCK);
        assert_eq!(values[..4], [0.0, -12.0, 1.0, -8.0]);
    }

    #[test]
    fn iq4_xs_scales_that_overflow_are_refused() {
        let mut block = vec![0xff; IQ4_XS_BYTES];
        block[..2].copy_from_slice(&f16::MAX.to_le_bytes());
        assert_eq!(iq4_xs(&block, &mut Vec::new()), Err(ScaleOutOfRange));
    }
}

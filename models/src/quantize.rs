//! Weights made smaller while they are loaded.

use crate::gguf::TensorKind;

/// The type that weight matrices are given at load, where that makes them smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is the type of that name
pub enum Quantize {
    Q2K,
    Q3K,
    Q4_0,
    Q4_1,
    Q4K,
    Q5_0,
    Q5_1,
    Q5K,
    Q6K,
    Q8_0,
}

/// What the first and the last matrix are given at least: their errors reach every logit.
const ENDS: TensorKind = TensorKind::Q6K;
/// What takes the place of a type whose blocks are longer than a row.
const SHORT_ROWS: TensorKind = TensorKind::Q8_0;

/// Parts of the names of weights that are small and whose errors are not.
const STEERING: [&str; 3] = ["ffn_gate_inp", "ssm_", "norm"];

impl Quantize {
    /// Every type there is, the smallest first.
    pub const ALL: [Self; 10] = [
        Self::Q2K,
        Self::Q3K,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q4K,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q5K,
        Self::Q6K,
        Self::Q8_0,
    ];

    /// The type called `name`, in any case: `q4_k`, `Q8_0`.
    pub fn from_name(name: &str) -> Option<Self> {
        let called = |it: &Self| it.kind().name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(called)
    }

    /// The type itself.
    pub fn kind(self) -> TensorKind {
        match self {
            Self::Q2K => TensorKind::Q2K,
            Self::Q3K => TensorKind::Q3K,
            Self::Q4_0 => TensorKind::Q4_0,
            Self::Q4_1 => TensorKind::Q4_1,
            Self::Q4K => TensorKind::Q4K,
            Self::Q5_0 => TensorKind::Q5_0,
            Self::Q5_1 => TensorKind::Q5_1,
            Self::Q5K => TensorKind::Q5K,
            Self::Q6K => TensorKind::Q6K,
            Self::Q8_0 => TensorKind::Q8_0,
        }
    }

    /// The type that the matrix `name`, which is `kind` in the file and has rows of `columns`, has
    /// after loading. The first and last matrix of a network become `Q6_K` at least; rows that are no
    /// whole number of blocks become `Q8_0`; what would not get smaller stays, and so do the small
    /// parts that steer the rest: biases, routers of experts, state spaces.
    pub(crate) fn kind_of(self, name: &str, kind: TensorKind, columns: usize) -> TensorKind {
        let kept = kind.kept_as().unwrap_or(kind);
        if !name.ends_with(".weight") || STEERING.iter().any(|part| name.contains(part)) {
            return kept;
        }
        let is_end = matches!(name, "token_embd.weight" | "output.weight");
        let wished = match self.kind() {
            wished if is_end && bits(wished) < bits(ENDS) => ENDS,
            wished => wished,
        };
        let fits = |kind: &TensorKind| columns.is_multiple_of(kind.block_len());
        let possible = [wished, SHORT_ROWS].into_iter().find(fits);
        possible.filter(|&it| bits(it) < bits(kept)).unwrap_or(kept)
    }
}

/// Bits a weight takes, in 256ths.
fn bits(kind: TensorKind) -> usize {
    kind.block_bytes() * 8 * 256 / kind.block_len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_field_in_any_case() {
        assert_eq!(Quantize::from_name("q4_k"), Some(Quantize::Q4K));
        assert_eq!(Quantize::from_name("Q8_0"), Some(Quantize::Q8_0));
        for wrong in ["", "q4", "q4_k_m", "f16", "iq4_xs"] {
            assert_eq!(Quantize::from_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_matrix_gets_smaller_or_stays() {
        let kind = |kind, columns| Quantize::Q4K.kind_of("blk.0.ffn_up.weight", kind, columns);
        assert_eq!(kind(TensorKind::Bf16, 512), TensorKind::Q4K);
        assert_eq!(kind(TensorKind::Q8_0, 512), TensorKind::Q4K);
        assert_eq!(
            kind(TensorKind::Q4_0, 512),
            TensorKind::Q4_0,
            "as small already"
        );
        assert_eq!(kind(TensorKind::Q2K, 512), TensorKind::Q2K);
        assert_eq!(
            kind(TensorKind::F32, 96),
            TensorKind::Q8_0,
            "no whole block of 256"
        );
        assert_eq!(kind(TensorKind::F32, 40), TensorKind::F32);
        assert_eq!(
            kind(TensorKind::F16, 40),
            TensorKind::F32,
            "as without quantising"
        );
    }

    #[test]
    fn what_steers_the_rest_stays() {
        for name in [
            "blk.0.ffn_gate_inp.weight",
            "blk.0.ffn_up_exps.bias",
            "blk.0.ssm_conv1d.weight",
        ] {
            assert_eq!(
                Quantize::Q4K.kind_of(name, TensorKind::F32, 512),
                TensorKind::F32
            );
        }
    }

    #[test]
    fn the_ends_of_the_network_keep_more() {
        let kind = |quantize: Quantize| quantize.kind_of("output.weight", TensorKind::F32, 256);
        assert_eq!(kind(Quantize::Q4K), TensorKind::Q6K);
        assert_eq!(kind(Quantize::Q8_0), TensorKind::Q8_0);
    }
}

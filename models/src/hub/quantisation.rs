//! What the name of a GGUF file says about its weights, and of how many parts it is one.

/// Types without a number of their own.
const PLAIN: [&str; 8] = [
    "F32",
    "F16",
    "BF16",
    "FP16",
    "FP32",
    "MXFP4",
    "MXFP4_MOE",
    "NVFP4",
];
/// What quantised types begin with.
const FAMILIES: [&str; 3] = ["IQ", "TQ", "Q"];
/// What may follow the number of bits.
const VARIANTS: [&str; 11] = ["K", "S", "M", "L", "XS", "XXS", "XL", "NL", "0", "1", "P"];
/// What one publisher puts before types of its own making.
const DYNAMIC: &str = "UD";

/// A GGUF file's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GgufName {
    /// The name without extension and part.
    pub(super) stem: String,
    /// The quantisation in upper case, for example `Q4_K_M`.
    pub(super) label: Option<String>,
    /// Of how many parts it is one.
    pub(super) parts: u32,
}

impl GgufName {
    /// Takes `name` apart; `None` when it is no GGUF file of a language model.
    pub(super) fn new(name: &str) -> Option<Self> {
        let stem = name
            .strip_suffix(".gguf")
            .or_else(|| name.strip_suffix(".GGUF"))?;
        let base = stem.rsplit('/').next()?.to_ascii_lowercase();
        if base.contains("mmproj") || base.contains("imatrix") || base.starts_with("ggml-vocab") {
            return None;
        }
        let (stem, parts) = without_part(stem);
        Some(Self {
            label: label(stem),
            stem: stem.to_owned(),
            parts,
        })
    }
}

/// Splits `-00001-of-00003` off.
fn without_part(stem: &str) -> (&str, u32) {
    let split = || {
        let (before, count) = stem.rsplit_once("-of-")?;
        let (before, part) = before.rsplit_once('-')?;
        let is_number = |text: &str| text.len() == 5 && text.bytes().all(|it| it.is_ascii_digit());
        (is_number(part) && is_number(count)).then_some((before, count.parse().ok()?))
    };
    split().unwrap_or((stem, 1))
}

fn label(stem: &str) -> Option<String> {
    let base = stem.rsplit('/').next()?.to_ascii_uppercase();
    let mut words = base.rsplit(['-', '.']);
    let last = words.next().filter(|word| is_type(word))?;
    match words.next() {
        Some(DYNAMIC) => Some(format!("{DYNAMIC}-{last}")),
        Some(_) | None => Some(last.to_owned()),
    }
}

fn is_type(word: &str) -> bool {
    if PLAIN.contains(&word) {
        return true;
    }
    let Some(rest) = FAMILIES.iter().find_map(|family| word.strip_prefix(family)) else {
        return false;
    };
    let mut parts = rest.split('_');
    let is_bits = parts
        .next()
        .is_some_and(|it| it.len() == 1 && it.bytes().all(|bit| bit.is_ascii_digit()));
    is_bits && parts.all(|part| VARIANTS.contains(&part) || part.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn labels_are_what_publishers_write() {
        let cases = [
            ("Qwen3-0.6B-Q8_0.gguf", Some("Q8_0"), 1),
            ("qwen2.5-coder-7b-instruct-q4_k_m.gguf", Some("Q4_K_M"), 1),
            ("Meta-Llama-3-8B-Instruct.IQ4_XS.gguf", Some("IQ4_XS"), 1),
            ("m-UD-Q4_K_XL.gguf", Some("UD-Q4_K_XL"), 1),
            ("gpt-oss-20b-MXFP4.gguf", Some("MXFP4"), 1),
            ("BF16/m-BF16-00001-of-00002.gguf", Some("BF16"), 2),
            ("model.gguf", None, 1),
            ("Qwen3.gguf", None, 1),
        ];
        for (name, label, parts) in cases {
            let found = GgufName::new(name).unwrap();
            assert_eq!(
                (found.label.as_deref(), found.parts),
                (label, parts),
                "{name}"
            );
        }
        for name in [
            "mmproj-model-f16.gguf",
            "x.imatrix.gguf",
            "config.json",
            "gguf",
        ] {
            assert_eq!(GgufName::new(name), None, "{name}");
        }
    }
}

//! How a byte-level BPE vocabulary cuts text into words before joining: a table by the name a GGUF
//! file gives it. Facts of the models' own tokenizers; a name that is not here is an error, since a
//! wrong cut gives ids the model never saw.

use crate::error::ModelError;

/// What a name in `tokenizer.ggml.pre` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pre {
    /// Regular expressions applied one after the other; each cuts what the former left into its
    /// matches and what lies between them.
    pub(super) patterns: &'static [&'static str],
    /// Whether a word that is a token as a whole is taken without joining.
    pub(super) whole_words: bool,
    /// Whether a sequence starts with BOS when the file does not say.
    pub(super) adds_bos: bool,
}

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)";

const LLAMA3: &[&str] = &[
    r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

const QWEN2: &[&str] = &[
    r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

const QWEN35: &[&str] = &[
    r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

const DEEPSEEK_LLM: &[&str] = &[
    r"[\r\n]",
    r"\s?[A-Za-z\u{B5}\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{1BA}\u{1BC}-\u{1BF}\u{1C4}-\u{293}\u{295}-\u{2AF}\u{370}-\u{373}\u{376}\u{377}\u{37B}-\u{37D}\u{37F}\u{386}\u{388}-\u{38A}\u{38C}\u{38E}-\u{3A1}\u{3A3}-\u{3F5}\u{3F7}-\u{481}\u{48A}-\u{52F}\u{531}-\u{556}\u{10A0}-\u{10C5}\u{13A0}-\u{13F5}\u{13F8}-\u{13FD}\u{1C90}-\u{1CBA}\u{1CBD}-\u{1CBF}\u{1D00}-\u{1D2B}\u{1D6B}-\u{1D77}\u{1D79}-\u{1D9A}\u{1E00}-\u{1F15}\u{1F18}-\u{1F1D}\u{1F20}-\u{1F45}\u{1F48}-\u{1F4D}\u{1F50}-\u{1F57}\u{1F59}\u{1F5B}\u{1F5D}\u{1F5F}-\u{1F7D}\u{1F80}-\u{1FB4}\u{1FB6}-\u{1FBC}\u{1FBE}\u{1FC2}-\u{1FC4}\u{1FC6}-\u{1FCC}\u{1FD0}-\u{1FD3}\u{1FD6}-\u{1FDB}\u{1FE0}-\u{1FEC}\u{1FF2}-\u{1FF4}\u{1FF6}-\u{1FFC}\u{2102}\u{2107}\u{210A}-\u{2113}\u{2115}\u{2119}-\u{211D}\u{2124}\u{2126}\u{2128}\u{212A}-\u{212D}\u{212F}-\u{2134}\u{2139}\u{213C}-\u{213F}\u{2145}-\u{2149}\u{214E}\u{2183}\u{2184}\u{2C00}-\u{2C7B}\u{2C7E}-\u{2CE4}\u{2CEB}-\u{2CEE}\u{2CF2}\u{2CF3}\u{A640}-\u{A66D}\u{A680}-\u{A69B}\u{A722}-\u{A76F}\u{A771}-\u{A787}\u{A78B}-\u{A78E}\u{AB70}-\u{ABBF}\u{FB00}-\u{FB06}\u{FB13}-\u{FB17}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}\u{10400}-\u{1044F}\u{104B0}-\u{104D3}\u{104D8}-\u{104FB}\u{10C80}-\u{10CB2}\u{10CC0}-\u{10CF2}\u{118A0}-\u{118DF}\u{1E900}-\u{1E943}]+",
    r"\s?[!-/:-~\u{FF01}-\u{FF0F}\u{FF1A}-\u{FF5E}\u{2018}-\u{201F}\u{3000}-\u{3002}]+",
    r"\s+$",
    r"[\u{4E00}-\u{9FA5}\u{800}-\u{4E00}\u{AC00}-\u{D7FF}]+",
    r"\p{N}+",
];

const DEEPSEEK_CODER: &[&str] = &[
    r"[\r\n]",
    r"\s?\p{L}+",
    r"\s?\p{P}+",
    r"[\u{4E00}-\u{9FA5}\u{800}-\u{4E00}\u{AC00}-\u{D7FF}]+",
    r"\p{N}",
];

const DEEPSEEK_V3: &[&str] = &[
    r"\p{N}{1,3}",
    r"[\u{4E00}-\u{9FA5}\u{3040}-\u{309F}\u{30A0}-\u{30FF}]+",
    r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
];

const TEKKEN: &[&str] = &[
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

const GPT4O: &[&str] = &[
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

const FALCON: &[&str] = &[r"[\p{P}\$\+<=>\^~\|`]+", GPT2, r"[0-9][0-9][0-9]"];

const DEFAULT: &[&str] = &[r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", r"[0-9][0-9][0-9]"];

/// A cut that leaves the rest to the file.
const fn plain(patterns: &'static [&'static str]) -> Pre {
    Pre {
        patterns,
        whole_words: false,
        adds_bos: false,
    }
}

/// A cut whose whole words are tokens, for sequences that start with BOS.
const fn begun(patterns: &'static [&'static str]) -> Pre {
    Pre {
        patterns,
        whole_words: true,
        adds_bos: true,
    }
}

#[rustfmt::skip]
const TABLE: &[(&[&str], Pre)] = &[
    (&["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"], begun(LLAMA3)),
    (&["dbrx", "smaug-bpe", "chatglm-bpe", "glm4"], plain(LLAMA3)),
    (&["qwen2", "deepseek-r1-qwen", "megrez", "stablelm2", "hunyuan"], plain(QWEN2)),
    (&["qwen35"], plain(QWEN35)),
    (&["deepseek-llm"], plain(DEEPSEEK_LLM)),
    (&["deepseek-coder"], plain(DEEPSEEK_CODER)),
    (&["deepseek-v3", "hunyuan-dense"], plain(DEEPSEEK_V3)),
    (&["tekken"], begun(TEKKEN)),
    (&["gpt-4o", "llama4"], plain(GPT4O)),
    (&["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b"], plain(&[r"\p{N}", GPT2])),
    (&["gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "gigachat", "mellum", "exaone4", "granite-docling"],
        plain(&[GPT2])),
    (&["falcon"], plain(FALCON)),
    (&["default"], plain(DEFAULT)),
];

/// Looks a name up.
///
/// # Errors
/// [`ModelError::UnknownPreTokenizer`] when it is not in the table.
pub(super) fn find(name: &str) -> Result<Pre, ModelError> {
    let row = TABLE.iter().find(|(names, _)| names.contains(&name));
    let unknown = || ModelError::UnknownPreTokenizer {
        name: name.to_owned(),
    };
    row.map(|(_, pre)| *pre).ok_or_else(unknown)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a12_an_unknown_name_is_an_error_that_names_it() {
        let error = find("qwen9").unwrap_err();
        assert!(matches!(&error, ModelError::UnknownPreTokenizer { name } if name == "qwen9"));
        assert!(find("").is_err());
    }

    #[test]
    fn digits_are_cut_as_each_family_cuts_them() {
        assert_eq!(find("llama-bpe").unwrap().patterns, LLAMA3);
        assert!(find("llama-bpe").unwrap().whole_words);
        assert!(!find("qwen2").unwrap().adds_bos);
        assert!(find("tekken").unwrap().adds_bos);
    }

    #[test]
    fn every_pattern_of_the_table_is_understood() {
        for (names, pre) in TABLE {
            assert!(!pre.patterns.is_empty());
            let cuts = crate::tokenizer::gguf::cuts(*pre);
            assert!(cuts.is_ok(), "{names:?}: {:?}", cuts.err());
        }
    }
}

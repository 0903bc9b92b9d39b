//! The tokenizer that a GGUF header describes, every entry checked.

use std::collections::HashMap;

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;

use super::pre::Pre;
use super::specials::{Writer, writer_of};
use super::spm::{SPACE, Spm};
use super::vocabulary::{TokenKind, Vocabulary, byte_of};
use super::{Inner, Plain, TokenizerSummary, ends, lie, markup_of, pre, specials_of};
use crate::error::ModelError;
use crate::gguf::{Metadata, StringList};

const MODEL: &str = "tokenizer.ggml.model";
const PRE: &str = "tokenizer.ggml.pre";
const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const SCORES: &str = "tokenizer.ggml.scores";
const MERGES: &str = "tokenizer.ggml.merges";
const ADD_BOS: &str = "tokenizer.ggml.add_bos_token";
const ADD_SPACE: &str = "tokenizer.ggml.add_space_prefix";
const BOS: &str = "tokenizer.ggml.bos_token_id";
/// Keys whose tokens end a generation; the first is EOS.
const ENDS: [&str; 3] = [
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
];

/// The tokens of a header with their kinds, before anything is built from them.
struct Entries<'m> {
    tokens: &'m StringList,
    kinds: Vec<TokenKind>,
}

/// Reads the tokenizer for an embedding of `rows` rows.
pub(super) fn read(metadata: &Metadata, rows: usize) -> Result<Inner, ModelError> {
    let kind = metadata.str(MODEL)?.ok_or(ModelError::MissingTokenizer)?;
    let entries = Entries::read(metadata, rows)?;
    let pre_name = metadata.str(PRE)?;
    let (vocabulary, plain, adds_bos) = match kind {
        "gpt2" => {
            let name = pre_name.ok_or_else(|| lie(format!("`{PRE}` is missing")))?;
            let pre = pre::find(name)?;
            (
                entries.byte_level(),
                byte_level_bpe(metadata, &entries, pre)?,
                pre.adds_bos,
            )
        }
        "llama" => (
            entries.sentence_piece(),
            sentence_piece(metadata, &entries)?,
            true,
        ),
        other => {
            return Err(lie(format!(
                "`{MODEL}` is `{other}`; `gpt2` and `llama` are known"
            )));
        }
    };
    let token = |key: &str| token_of(metadata, key, entries.tokens.len());
    let declared: Vec<Option<u32>> = ENDS
        .iter()
        .map(|key| token(key))
        .collect::<Result<_, _>>()?;
    let (specials, special_ids) = specials_of(entries.specials());
    let known = ends::collect(
        &declared.iter().flatten().copied().collect::<Vec<u32>>(),
        |text| special_ids.get(text).copied(),
    );
    Ok(Inner {
        summary: TokenizerSummary {
            kind: kind.to_owned(),
            pre: pre_name.map(str::to_owned),
            tokens: vocabulary.len(),
        },
        markup: markup_of(&vocabulary, &special_ids),
        vocabulary,
        specials,
        special_ids,
        ends: known,
        bos: token(BOS)?,
        eos: declared[0],
        drops_space: matches!(
            &plain,
            Plain::Spm {
                space_prefix: true,
                ..
            }
        ),
        adds_bos: metadata.bool(ADD_BOS)?.unwrap_or(adds_bos),
        plain,
    })
}

impl<'m> Entries<'m> {
    fn read(metadata: &'m Metadata, rows: usize) -> Result<Self, ModelError> {
        let tokens = metadata
            .strings(TOKENS)?
            .ok_or(ModelError::MissingTokenizer)?;
        if tokens.is_empty() || tokens.len() > rows {
            let count = tokens.len();
            return Err(lie(format!(
                "`{TOKENS}` has {count} entries for an embedding of {rows}"
            )));
        }
        let kinds = match metadata.i32s(TYPES)? {
            None => vec![TokenKind::Normal; tokens.len()],
            Some(numbers) => numbers
                .iter()
                .map(|number| {
                    let unknown = || lie(format!("`{TYPES}` holds {number}, which is no type"));
                    TokenKind::from_gguf(*number).ok_or_else(unknown)
                })
                .collect::<Result<_, _>>()?,
        };
        if kinds.len() != tokens.len() {
            let (types, count) = (kinds.len(), tokens.len());
            return Err(lie(format!(
                "`{TYPES}` has {types} entries for {count} tokens"
            )));
        }
        let entries = Self { tokens, kinds };
        entries.check()?;
        Ok(entries)
    }

    /// No token stands twice, and every byte token names a byte.
    fn check(&self) -> Result<(), ModelError> {
        let mut seen = HashMap::with_capacity(self.tokens.len());
        for (id, text, kind) in self.iter() {
            if let Some(first) = seen.insert(text, id) {
                return Err(lie(format!(
                    "tokens {first} and {id} of `{TOKENS}` are equal"
                )));
            }
            if kind == TokenKind::Byte && byte_of(text).is_none() {
                return Err(lie(format!(
                    "token {id} of `{TOKENS}` is a byte, but names none"
                )));
            }
        }
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = (u32, &'m str, TokenKind)> {
        let numbered = (0..).zip(self.tokens.iter());
        numbered
            .zip(&self.kinds)
            .map(|((id, text), kind)| (id, text, *kind))
    }

    /// What is matched as a whole and never made of words.
    fn specials(&self) -> impl Iterator<Item = (String, u32, Writer)> {
        self.iter()
            .filter(|(_, _, kind)| kind.is_control() || *kind == TokenKind::UserDefined)
            .map(|(id, text, kind)| (text.to_owned(), id, writer_of(text, kind.is_control())))
    }

    fn byte_level(&self) -> Vocabulary {
        let bytes_of = byte_letters();
        let mut vocabulary = Vocabulary::with_capacity(self.tokens.len());
        let mut bytes = Vec::new();
        for (_, text, kind) in self.iter() {
            bytes.clear();
            let letters = text.chars().map(|letter| bytes_of.get(&letter).copied());
            match letters.collect::<Option<Vec<u8>>>() {
                Some(spelled) if kind == TokenKind::Normal => bytes = spelled,
                _ => bytes.extend_from_slice(text.as_bytes()),
            }
            vocabulary.push(&bytes, kind);
        }
        vocabulary
    }

    fn sentence_piece(&self) -> Vocabulary {
        let mut vocabulary = Vocabulary::with_capacity(self.tokens.len());
        for (_, text, kind) in self.iter() {
            match byte_of(text) {
                Some(byte) if kind == TokenKind::Byte => vocabulary.push(&[byte], kind),
                _ if kind == TokenKind::Normal => {
                    vocabulary.push(text.replace(SPACE, " ").as_bytes(), kind);
                }
                _ => vocabulary.push(text.as_bytes(), kind),
            }
        }
        vocabulary
    }
}

fn token_of(metadata: &Metadata, key: &str, tokens: usize) -> Result<Option<u32>, ModelError> {
    match metadata.u32(key)? {
        Some(id) if id as usize >= tokens => Err(lie(format!(
            "`{key}` is {id}, but there are only {tokens} tokens"
        ))),
        id => Ok(id),
    }
}

fn byte_level_bpe(metadata: &Metadata, entries: &Entries, pre: Pre) -> Result<Plain, ModelError> {
    let merges = metadata
        .strings(MERGES)?
        .ok_or_else(|| lie(format!("`{MERGES}` is missing")))?;
    let pairs = merges
        .iter()
        .enumerate()
        .map(|(index, merge)| {
            // The left part may itself begin with a letter that stands for a space, but never is one.
            let pair = merge
                .split_once(' ')
                .filter(|(left, right)| !left.is_empty() && !right.is_empty());
            let (left, right) =
                pair.ok_or_else(|| lie(format!("entry {index} of `{MERGES}` is not two tokens")))?;
            Ok((left.to_owned(), right.to_owned()))
        })
        .collect::<Result<Vec<_>, ModelError>>()?;
    let vocabulary: Vocab = entries
        .iter()
        .filter(|(_, _, kind)| *kind == TokenKind::Normal)
        .map(|(id, text, _)| (text.to_owned(), id))
        .collect();
    let bpe = BPE::builder()
        .vocab_and_merges(vocabulary, pairs)
        .ignore_merges(pre.whole_words)
        .build()
        .map_err(|error| lie(format!("`{MERGES}`: {error}")))?;
    let mut tokenizer = tokenizers::Tokenizer::new(bpe);
    tokenizer.with_pre_tokenizer(Some(cuts(pre)?));
    Ok(Plain::Bpe(Box::new(tokenizer)))
}

/// The steps that cut a text into words and spell them in byte letters.
pub(super) fn cuts(pre: Pre) -> Result<Sequence, ModelError> {
    let mut steps: Vec<PreTokenizerWrapper> = Vec::new();
    for pattern in pre.patterns {
        let pattern = SplitPattern::Regex((*pattern).to_owned());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false)
            .map_err(|error| lie(error.to_string()))?;
        steps.push(split.into());
    }
    steps.push(ByteLevel::new(false, false, false).into());
    Ok(Sequence::new(steps))
}

fn sentence_piece(metadata: &Metadata, entries: &Entries) -> Result<Plain, ModelError> {
    let scores = metadata
        .f32s(SCORES)?
        .ok_or_else(|| lie(format!("`{SCORES}` is missing")))?;
    if scores.len() != entries.tokens.len() || scores.iter().any(|score| score.is_nan()) {
        return Err(lie(format!(
            "`{SCORES}` does not hold a number for every token"
        )));
    }
    let (mut pieces, mut bytes, mut unknown) = (HashMap::new(), Box::new([None; 256]), None);
    for ((id, text, kind), score) in entries.iter().zip(scores) {
        match kind {
            TokenKind::Normal => {
                pieces.insert(text.to_owned(), (id, score));
            }
            TokenKind::Byte => {
                if let Some(byte) = byte_of(text) {
                    bytes[usize::from(byte)] = Some(id);
                }
            }
            TokenKind::Unknown => unknown = Some(id),
            TokenKind::Control | TokenKind::UserDefined | TokenKind::Unused => {}
        }
    }
    let space_prefix = metadata.bool(ADD_SPACE)?.unwrap_or(true);
    Ok(Plain::Spm {
        model: Spm::new(pieces, bytes, unknown),
        space_prefix,
    })
}

/// The byte that each letter of a byte-level vocabulary stands for (GPT-2's table): printable Latin-1
/// is itself, the other bytes follow each other from U+0100.
pub(super) fn byte_letters() -> HashMap<char, u8> {
    let mut moved = 0x100_u32;
    let mut letter = |byte: u8| match byte {
        b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte),
        _ => {
            moved += 1;
            char::from_u32(moved - 1).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    };
    (0..=255).map(|byte| (letter(byte), byte)).collect()
}

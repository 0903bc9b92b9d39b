//! The tokenizer of a Hugging Face folder: `tokenizer.json` and the files beside it.

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tokenizers::models::ModelWrapper;
use tokenizers::normalizers::{NormalizerWrapper, Replace, Sequence};

use super::gguf::byte_letters;
use super::specials::{MARKERS, Writer, writer_of};
use super::spm::SPACE;
use super::vocabulary::{TokenKind, Vocabulary, byte_of};
use super::{Inner, Plain, TokenizerSummary, ends, lie, markup_of, specials_of};
use crate::error::ModelError;
use crate::folder;

const TOKENIZER: &str = "tokenizer.json";
const SETTINGS: &str = "tokenizer_config.json";
const SPECIALS: &str = "special_tokens_map.json";
const GENERATION: &str = "generation_config.json";

/// The largest `tokenizer.json`; those of 250,000 tokens have about 35 MB.
const TOKENIZER_BYTES_MAX: u64 = 256 << 20;
/// The largest of the other files.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// What the files beside `tokenizer.json` say.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    bos_token: Option<TokenText>,
    eos_token: Option<TokenText>,
    add_bos_token: Option<bool>,
    eos_token_id: Option<OneOrMany>,
}

/// A token, written as its text or as an object that holds it.
#[derive(Deserialize)]
#[serde(untagged)]
enum TokenText {
    Text(String),
    Object { content: String },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

impl TokenText {
    fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Object { content: text } => text,
        }
    }
}

/// Reads the tokenizer for an embedding of `rows` rows.
pub(super) fn read(folder: &Path, rows: usize) -> Result<Inner, ModelError> {
    let source = text_of(folder, TOKENIZER, TOKENIZER_BYTES_MAX)?;
    let source = source.ok_or(ModelError::MissingTokenizer)?;
    let described: Value =
        serde_json::from_str(&source).map_err(|error| lie(format!("`{TOKENIZER}`: {error}")))?;
    let whole = load(described)?;
    let erasing = erasing(&whole, *MARKERS.start())?;
    let vocabulary = vocabulary_of(&whole, rows)?;
    let added = whole.get_added_tokens_decoder();
    let (specials, special_ids) = specials_of(added.into_iter().map(|(id, token)| {
        let writer = writer_of(&token.content, token.special);
        (token.content, id, writer)
    }));
    let settings: Settings = settings(folder, SETTINGS)?;
    let map: Settings = settings_or(folder, SPECIALS)?;
    let generation: Settings = settings_or(folder, GENERATION)?;
    let id_of = |token: &Option<TokenText>| {
        token
            .as_ref()
            .and_then(|token| whole.token_to_id(token.as_str()))
    };
    let eos = id_of(&settings.eos_token).or_else(|| id_of(&map.eos_token));
    let mut declared: Vec<u32> = eos.into_iter().collect();
    match generation.eos_token_id {
        Some(OneOrMany::One(id)) => declared.push(id),
        Some(OneOrMany::Many(ids)) => declared.extend(ids),
        None => {}
    }
    declared.retain(|id| (*id as usize) < rows);
    Ok(Inner {
        summary: TokenizerSummary {
            kind: TOKENIZER.to_owned(),
            pre: None,
            tokens: vocabulary.len(),
        },
        markup: markup_of(&vocabulary, &special_ids),
        vocabulary,
        ends: ends::collect(&declared, |text| special_ids.get(text).copied()),
        specials,
        special_ids,
        bos: id_of(&settings.bos_token).or_else(|| id_of(&map.bos_token)),
        eos,
        // Hugging Face renders chat templates without adding anything, so only an explicit wish counts.
        adds_bos: settings.add_bos_token.unwrap_or(false),
        drops_space: drops_space(&whole),
        plain: Plain::Json {
            whole: Box::new(whole),
            erasing: Box::new(erasing),
        },
    })
}

/// The text of the file `name`; `None` when it is not there.
fn text_of(folder: &Path, name: &str, bytes_max: u64) -> Result<Option<String>, ModelError> {
    match folder::read_text(folder, name, bytes_max) {
        Err(ModelError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn settings(folder: &Path, name: &str) -> Result<Settings, ModelError> {
    match text_of(folder, name, FILE_BYTES_MAX)? {
        None => Ok(Settings::default()),
        Some(text) => {
            serde_json::from_str(&text).map_err(|error| lie(format!("`{name}`: {error}")))
        }
    }
}

/// As [`settings`], for a file that may hold anything in the places we read.
fn settings_or(folder: &Path, name: &str) -> Result<Settings, ModelError> {
    match settings(folder, name) {
        Err(ModelError::Tokenizer { .. }) => Ok(Settings::default()),
        other => other,
    }
}

/// Builds a tokenizer that cuts and pads nothing, whatever its file wishes.
fn load(described: Value) -> Result<tokenizers::Tokenizer, ModelError> {
    if has_charsmap(&described["normalizer"]) {
        return Err(lie(format!(
            "`{TOKENIZER}`: `normalizer` is `Precompiled`, which no known model has"
        )));
    }
    let mut tokenizer: tokenizers::Tokenizer = serde_json::from_value(described)
        .map_err(|error| lie(format!("`{TOKENIZER}`: {error}")))?;
    tokenizer
        .with_truncation(None)
        .map_err(|error| lie(error.to_string()))?;
    tokenizer.with_padding(None);
    match tokenizer.get_model() {
        ModelWrapper::BPE(_) => Ok(tokenizer),
        ModelWrapper::WordPiece(_) => Err(unknown_model("WordPiece")),
        ModelWrapper::WordLevel(_) => Err(unknown_model("WordLevel")),
        ModelWrapper::Unigram(_) => Err(unknown_model("Unigram")),
    }
}

/// Whether a normalizer is or holds a compiled table of characters. The library panics on a broken
/// one, and only `Unigram` models come with one.
fn has_charsmap(normalizer: &Value) -> bool {
    match normalizer {
        Value::Array(steps) => steps.iter().any(has_charsmap),
        Value::Object(fields) => {
            let named = fields.get("type").and_then(Value::as_str) == Some("Precompiled");
            named
                || fields.contains_key("precompiled_charsmap")
                || fields.values().any(has_charsmap)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn unknown_model(name: &str) -> ModelError {
    lie(format!(
        "`{TOKENIZER}`: `model` is `{name}`; only `BPE` is known"
    ))
}

/// A copy of `tokenizer` that finds the tokens in a text first and erases `marker` from what is left
/// between them, so that what is marked is read as text.
pub(super) fn erasing(
    tokenizer: &tokenizers::Tokenizer,
    marker: char,
) -> Result<tokenizers::Tokenizer, ModelError> {
    let failed = |error: tokenizers::Error| lie(format!("`{TOKENIZER}`: {error}"));
    let mut steps: Vec<NormalizerWrapper> =
        vec![Replace::new(marker.to_string(), "").map_err(failed)?.into()];
    steps.extend(tokenizer.get_normalizer().cloned());
    let mut erasing = tokenizer.clone();
    // Tokens that are found only after the erasing would be found in marked text, too.
    let early = tokenizer
        .get_added_tokens_decoder()
        .into_values()
        .filter(|token| writer_of(&token.content, token.special) > Writer::Anyone)
        .map(|token| token.normalized(false));
    erasing.add_tokens(early).map_err(failed)?;
    erasing
        .with_normalizer(Some(Sequence::new(steps)))
        .map_err(failed)?;
    Ok(erasing)
}

fn vocabulary_of(tokenizer: &tokenizers::Tokenizer, rows: usize) -> Result<Vocabulary, ModelError> {
    let mut texts = vec![None; rows];
    for (text, id) in tokenizer.get_vocab(true) {
        let place = texts.get_mut(id as usize);
        let place = place.ok_or_else(|| {
            lie(format!(
                "`{TOKENIZER}`: token {id} lies outside the embedding of {rows}"
            ))
        })?;
        *place = Some(text);
    }
    let added = tokenizer.get_added_tokens_decoder();
    let letters = byte_letters();
    let byte_level = uses_byte_level(tokenizer);
    let mut vocabulary = Vocabulary::with_capacity(rows);
    for (id, text) in (0_u32..).zip(texts) {
        match (text, added.get(&id)) {
            (None, _) => vocabulary.push(&[], TokenKind::Unused),
            (Some(text), Some(token)) => {
                let kind = if token.special {
                    TokenKind::Control
                } else {
                    TokenKind::UserDefined
                };
                vocabulary.push(text.as_bytes(), kind);
            }
            (Some(text), None) if byte_level => {
                let spelled: Option<Vec<u8>> =
                    text.chars().map(|c| letters.get(&c).copied()).collect();
                vocabulary.push(&spelled.unwrap_or(text.into_bytes()), TokenKind::Normal);
            }
            (Some(text), None) => match byte_of(&text) {
                Some(byte) => vocabulary.push(&[byte], TokenKind::Byte),
                None => vocabulary.push(text.replace(SPACE, " ").as_bytes(), TokenKind::Normal),
            },
        }
    }
    Ok(vocabulary)
}

/// The steps of its decoder, by what they are called.
fn decoder_steps(tokenizer: &tokenizers::Tokenizer) -> Vec<Value> {
    let decoder = tokenizer.get_decoder().map(serde_json::to_value);
    let Some(Ok(decoder)) = decoder else {
        return Vec::new();
    };
    match decoder.get("decoders").and_then(Value::as_array) {
        Some(steps) => steps.clone(),
        None => vec![decoder],
    }
}

/// Whether its pieces are spelled in byte letters rather than in SentencePiece's way.
fn uses_byte_level(tokenizer: &tokenizers::Tokenizer) -> bool {
    let mut steps = decoder_steps(tokenizer).into_iter();
    steps.any(|step| step["type"] == "ByteLevel")
}

/// Whether decoding drops the space before the first word.
fn drops_space(tokenizer: &tokenizers::Tokenizer) -> bool {
    let mut steps = decoder_steps(tokenizer).into_iter();
    steps.any(|step| match step["type"].as_str() {
        Some("Strip") => step["content"] == " " && step["start"].as_u64() > Some(0),
        Some("Metaspace") => step["prepend_scheme"] != "never",
        _ => false,
    })
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;

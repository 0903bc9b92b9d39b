//! Text to token ids and back. Knows nothing of models, conversations or markup.

mod ends;
mod gguf;
mod json;
mod pre;
pub(crate) mod specials;
mod spm;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::detokenizer::Detokenizer;
use crate::dialect::MARKS;
use crate::error::ModelError;
use crate::gguf::Metadata;
use crate::template::Rendered;
use specials::{MARKERS, Part, Specials, Writer};
use spm::Spm;
use vocabulary::{TokenKind, Vocabulary};

/// A checkpoint's tokenizer; a clone shares its tables.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    summary: TokenizerSummary,
    vocabulary: Vocabulary,
    plain: Plain,
    /// Tokens that are matched as a whole, by who may write them.
    specials: Specials,
    special_ids: HashMap<String, u32>,
    /// Tokens of [`MARKS`] that the vocabulary calls control.
    markup: Vec<u32>,
    ends: Vec<u32>,
    bos: Option<u32>,
    eos: Option<u32>,
    adds_bos: bool,
    /// Whether the space that SentencePiece writes before the first word is no part of the text.
    drops_space: bool,
}

#[derive(Debug)]
enum Plain {
    /// Byte-level BPE.
    Bpe(Box<tokenizers::Tokenizer>),
    /// SentencePiece BPE with GGUF's scores; `space_prefix` puts a space before each stretch.
    Spm { model: Spm, space_prefix: bool },
    /// `tokenizer.json` as it is, and so that it erases the first of [`MARKERS`] from text.
    Json {
        whole: Box<tokenizers::Tokenizer>,
        erasing: Box<tokenizers::Tokenizer>,
    },
}

/// What `aldo models inspect` says about a tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerSummary {
    /// `gpt2` or `llama` (GGUF's names), or `tokenizer.json`.
    pub kind: String,
    /// The value of `tokenizer.ggml.pre`, where there is one.
    pub pre: Option<String>,
    /// Number of tokens, holes included.
    pub tokens: usize,
}

impl Tokenizer {
    /// Builds the tokenizer a GGUF header describes, for an embedding of `vocabulary` rows.
    ///
    /// # Errors
    /// [`ModelError::MissingTokenizer`], [`ModelError::UnknownPreTokenizer`], and [`ModelError::Tokenizer`]
    /// naming the key that lies.
    pub(crate) fn from_gguf(metadata: &Metadata, vocabulary: usize) -> Result<Self, ModelError> {
        gguf::read(metadata, vocabulary).map(Self::new)
    }

    /// Builds the tokenizer of a Hugging Face folder, for an embedding of `vocabulary` rows.
    ///
    /// # Errors
    /// [`ModelError::MissingTokenizer`] without `tokenizer.json`, [`ModelError::Tokenizer`] when it lies.
    pub(crate) fn from_files(folder: &Path, vocabulary: usize) -> Result<Self, ModelError> {
        json::read(folder, vocabulary).map(Self::new)
    }

    fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Encodes text whose control tokens count, such as a template's own. Adds no BOS.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the text cannot be encoded.
    pub fn encode_template(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        if let Plain::Json { whole, .. } = &self.inner.plain {
            return ids(whole, text);
        }
        self.encode_parts(text, Writer::Template, None)
    }

    /// Encodes text in which nothing is control: `</s>` written by a user stays four characters.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the text cannot be encoded.
    pub fn encode_text(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        if let Plain::Json { whole, .. } = &self.inner.plain {
            let marker = MARKERS.into_iter().find(|marker| !text.contains(*marker));
            let marker = marker.ok_or_else(|| lie("the text holds every noncharacter"))?;
            let written = self.inner.specials.mark(text, Writer::Anyone, marker);
            if written.len() == text.len() {
                return ids(whole, text);
            }
            return self.encode_marked(&written, marker);
        }
        self.encode_parts(text, Writer::Anyone, None)
    }

    /// Encodes text that a model could have written: tokens of markup count, control tokens do not.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the text cannot be encoded.
    pub(crate) fn encode_answer(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        if let Plain::Json { whole, .. } = &self.inner.plain {
            return ids(whole, text);
        }
        self.encode_parts(text, Writer::Assistant, None)
    }

    /// Encodes a rendered conversation: the template's control tokens count, those in content do not.
    /// Puts BOS in front where the tokenizer wants it and the template did not write it.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the text cannot be encoded.
    pub fn encode_prompt(&self, rendered: &Rendered) -> Result<Vec<u32>, ModelError> {
        let mut prompt = match rendered.marker() {
            None => self.encode_template(rendered.marked())?,
            Some(marker) => self.encode_marked(rendered.marked(), marker)?,
        };
        if let (true, Some(bos)) = (self.inner.adds_bos, self.inner.bos)
            && prompt.first() != Some(&bos)
        {
            prompt.insert(0, bos);
        }
        Ok(prompt)
    }

    /// Encodes a template's text in which `marker` stands inside every token that is none.
    fn encode_marked(&self, text: &str, marker: char) -> Result<Vec<u32>, ModelError> {
        match &self.inner.plain {
            Plain::Json { erasing, .. } if marker == *MARKERS.start() => ids(erasing, text),
            Plain::Json { whole, .. } => ids(&json::erasing(whole, marker)?, text),
            Plain::Bpe(_) | Plain::Spm { .. } => {
                self.encode_parts(text, Writer::Template, Some(marker))
            }
        }
    }

    /// Cuts a text of `writer` at the tokens in it and encodes what lies between without `marker`.
    fn encode_parts(
        &self,
        text: &str,
        writer: Writer,
        marker: Option<char>,
    ) -> Result<Vec<u32>, ModelError> {
        let mut encoded = Vec::new();
        for part in self.inner.specials.split(text, writer) {
            match (part, marker) {
                (Part::Token(id), _) => encoded.push(id),
                (Part::Text(text), Some(marker)) if text.contains(marker) => {
                    self.encode_words(&text.replace(marker, ""), &mut encoded)?;
                }
                (Part::Text(text), _) => self.encode_words(text, &mut encoded)?,
            }
        }
        Ok(encoded)
    }

    /// Encodes text that holds no token as a whole.
    fn encode_words(&self, text: &str, encoded: &mut Vec<u32>) -> Result<(), ModelError> {
        match &self.inner.plain {
            Plain::Bpe(words) | Plain::Json { whole: words, .. } => {
                encoded.extend(ids(words, text)?);
                Ok(())
            }
            Plain::Spm {
                model,
                space_prefix,
            } => encode_spm(model, *space_prefix, text, encoded),
        }
    }

    /// The bytes a token stands for; empty for an unknown id.
    pub fn token_bytes(&self, id: u32) -> &[u8] {
        self.inner.vocabulary.bytes(id)
    }

    /// The bytes a token adds to an answer: none for control tokens that are no markup.
    pub(crate) fn text_bytes(&self, id: u32) -> &[u8] {
        if self.is_control(id) && !self.inner.markup.contains(&id) {
            return &[];
        }
        self.token_bytes(id)
    }

    /// The id of the control or user-defined token written exactly `text`.
    pub fn token_id(&self, text: &str) -> Option<u32> {
        self.inner.special_ids.get(text).copied()
    }

    /// The texts that must not become tokens when a message holds them.
    pub(crate) fn specials(&self) -> &Specials {
        &self.inner.specials
    }

    /// Whether the token steers the model and is never text.
    pub fn is_control(&self, id: u32) -> bool {
        self.inner.vocabulary.kind(id).is_control()
    }

    /// Whether the token ends a generation.
    pub fn is_end(&self, id: u32) -> bool {
        self.inner.ends.binary_search(&id).is_ok()
    }

    /// The token that starts a sequence.
    pub fn bos(&self) -> Option<u32> {
        self.inner.bos
    }

    /// The token that ends a sequence.
    pub fn eos(&self) -> Option<u32> {
        self.inner.eos
    }

    /// The text of BOS, empty without one; what a template calls `bos_token`.
    pub fn bos_text(&self) -> &str {
        self.text_of(self.inner.bos)
    }

    /// The text of EOS, empty without one; what a template calls `eos_token`.
    pub fn eos_text(&self) -> &str {
        self.text_of(self.inner.eos)
    }

    fn text_of(&self, id: Option<u32>) -> &str {
        id.and_then(|id| std::str::from_utf8(self.token_bytes(id)).ok())
            .unwrap_or("")
    }

    /// Whether a prompt starts with BOS even when the template does not write it.
    pub fn adds_bos(&self) -> bool {
        self.inner.adds_bos
    }

    /// Number of ids, holes included.
    pub fn vocabulary(&self) -> usize {
        self.inner.vocabulary.len()
    }

    /// The facts `aldo models inspect` shows.
    pub fn summary(&self) -> TokenizerSummary {
        self.inner.summary.clone()
    }

    /// Whether the space before the first word of an answer is no part of its text.
    pub(crate) fn drops_space(&self) -> bool {
        self.inner.drops_space
    }

    /// Starts turning ids into text.
    pub fn detokenizer(&self) -> Detokenizer {
        Detokenizer::new(self.clone(), self.inner.drops_space)
    }
}

fn ids(tokenizer: &tokenizers::Tokenizer, text: &str) -> Result<Vec<u32>, ModelError> {
    let encoding = tokenizer
        .encode_fast(text, false)
        .map_err(|error| lie(error.to_string()))?;
    Ok(encoding.get_ids().to_vec())
}

fn encode_spm(
    model: &Spm,
    space_prefix: bool,
    text: &str,
    encoded: &mut Vec<u32>,
) -> Result<(), ModelError> {
    let prefix = if space_prefix { " " } else { "" };
    let text = format!("{prefix}{text}").replace(' ', spm::SPACE.encode_utf8(&mut [0; 4]));
    let missing = |byte| lie(format!("there is no token for the byte 0x{byte:02x}"));
    model.encode(&text, encoded).map_err(missing)
}

/// What is wrong with a tokenizer.
fn lie(reason: impl Into<String>) -> ModelError {
    ModelError::Tokenizer {
        reason: reason.into(),
    }
}

/// The special tokens of a vocabulary: what to find, and by which text.
fn specials_of(
    tokens: impl Iterator<Item = (String, u32, Writer)>,
) -> (Specials, HashMap<String, u32>) {
    let (mut specials, mut by_text) = (Specials::default(), HashMap::new());
    for (text, id, writer) in tokens.filter(|(text, ..)| !text.is_empty()) {
        specials.add(&text, id, writer);
        by_text.insert(text, id);
    }
    (specials, by_text)
}

fn markup_of(vocabulary: &Vocabulary, special_ids: &HashMap<String, u32>) -> Vec<u32> {
    let ids = MARKS.iter().filter_map(|text| special_ids.get(*text));
    ids.copied()
        .filter(|id| vocabulary.kind(*id) == TokenKind::Control)
        .collect()
}

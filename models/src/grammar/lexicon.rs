//! A vocabulary as the grammar engine wants it: a trie of the tokens' bytes, shared by all grammars.

use std::sync::Arc;

use llguidance::ParserFactory;
use llguidance::api::ParserLimits;
use toktrie::{TokRxInfo, TokTrie, TokenizerEnv};

use super::{TokenSet, refused};
use crate::error::ModelError;
use crate::tokenizer::Tokenizer;

/// The longest token in bytes that a grammar can use; the trie holds up to 1,024.
const TOKEN_BYTES_MAX: usize = 512;
/// The most bytes of all tokens together; the trie holds 2^22 nodes.
const VOCABULARY_BYTES_MAX: usize = (1 << 22) - 1;
/// What a grammar may take (FAULTS C8); the engine's own limits are up to ten times as much.
const GRAMMAR_SIZE_MAX: usize = 100_000;
const LEXER_FUEL_MAX: u64 = 1_000_000;
const LEXER_STATES_MAX: usize = 50_000;
const STEP_FUEL_MAX: u64 = 200_000;

/// The vocabulary of one model.
pub(super) struct Lexicon {
    pub(super) tokenizer: Tokenizer,
    pub(super) factory: ParserFactory,
    /// Every token.
    pub(super) all: TokenSet,
    /// Every token but those that end the answer.
    pub(super) not_ends: TokenSet,
    /// The tokens that end the answer.
    pub(super) ends: TokenSet,
}

/// What the engine asks of a tokenizer.
struct Words {
    tokenizer: Tokenizer,
    trie: TokTrie,
}

impl Lexicon {
    /// Builds the trie. Takes some tenths of a second for 150,000 tokens.
    pub(super) fn new(tokenizer: Tokenizer) -> Result<Self, ModelError> {
        let trie = trie_of(&tokenizer)?;
        let mut ends = trie.alloc_token_set();
        let mut not_ends = trie.alloc_token_set();
        not_ends.set_all(true);
        let all = not_ends.clone();
        for end in trie.eos_tokens() {
            ends.allow_token(*end);
            not_ends.disallow_token(*end);
        }
        let words = Words {
            tokenizer: tokenizer.clone(),
            trie,
        };
        let env: toktrie::TokEnv = Arc::new(words);
        let mut factory = ParserFactory::new_simple(&env).map_err(|error| said(&error))?;
        factory.quiet();
        *factory.limits_mut() = limits();
        Ok(Self {
            tokenizer,
            factory,
            all: TokenSet::new(all),
            not_ends: TokenSet::new(not_ends),
            ends: TokenSet::new(ends),
        })
    }
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a lexicon of {} tokens", self.tokenizer.vocabulary())
    }
}

/// What a grammar may take.
pub(super) fn limits() -> ParserLimits {
    ParserLimits {
        initial_lexer_fuel: LEXER_FUEL_MAX,
        step_lexer_fuel: STEP_FUEL_MAX,
        max_lexer_states: LEXER_STATES_MAX,
        max_grammar_size: GRAMMAR_SIZE_MAX,
        verbose_errors: false,
        ..ParserLimits::default()
    }
}

/// The engine's words, without the context it adds for its own developers.
pub(super) fn said(error: &impl std::fmt::Display) -> ModelError {
    let text = error.to_string();
    let line = text.lines().find(|line| !line.trim().is_empty());
    refused(line.unwrap_or("the grammar is refused").trim())
}

fn trie_of(tokenizer: &Tokenizer) -> Result<TokTrie, ModelError> {
    let count = tokenizer.vocabulary();
    let ids = u32::try_from(count).map_err(|_| refused("the vocabulary is too large"))?;
    let words: Vec<Vec<u8>> = (0..ids).map(|id| word(tokenizer, id)).collect();
    let bytes: usize = words.iter().map(Vec::len).sum();
    if bytes > VOCABULARY_BYTES_MAX {
        return Err(refused(format!(
            "the vocabulary has {bytes} bytes, the limit is {VOCABULARY_BYTES_MAX}"
        )));
    }
    let ends: Vec<u32> = (0..ids).filter(|id| tokenizer.is_end(*id)).collect();
    let Some(end) = ends.first() else {
        return Err(refused("the vocabulary has no token that ends an answer"));
    };
    let trie = TokTrie::from(&TokRxInfo::new(ids, *end), &words);
    Ok(trie.with_eos_tokens(&ends))
}

/// The bytes of a token; of one that is never text, its name behind the engine's mark for such.
fn word(tokenizer: &Tokenizer, id: u32) -> Vec<u8> {
    let bytes = tokenizer.token_bytes(id);
    if bytes.len() > TOKEN_BYTES_MAX {
        return Vec::new();
    }
    if tokenizer.is_control(id) || tokenizer.is_end(id) {
        let name = format!("<{id}>");
        return [&[TokTrie::SPECIAL_TOKEN_MARKER], name.as_bytes()].concat();
    }
    if bytes.first() == Some(&TokTrie::SPECIAL_TOKEN_MARKER) {
        return Vec::new(); // no UTF-8 text begins so
    }
    bytes.to_vec()
}

impl TokenizerEnv for Words {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    /// Encodes as the model's own tokenizer does, markup included; where that adds something to the
    /// text, or takes control tokens for it, by the longest tokens instead.
    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<u32> {
        let own = std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| self.tokenizer.encode_answer(text).ok());
        let faithful = own.filter(|ids| self.trie.decode_raw(ids) == bytes);
        faithful.unwrap_or_else(|| self.trie.greedy_tokenize(bytes))
    }
}

//! Tokenizers for tests of this crate.

use std::collections::HashMap;

use super::specials::writer_of;
use super::specials_of;
use super::spm::Spm;
use super::vocabulary::{TokenKind, Vocabulary};
use super::{Inner, Plain, Tokenizer, TokenizerSummary};

/// One whose ids 0 to 255 are the bytes.
pub(crate) fn bytes_tokenizer() -> Tokenizer {
    with_specials(&[])
}

/// One whose ids 0 to 255 are the bytes, followed by control tokens.
pub(crate) fn with_specials(texts: &[&str]) -> Tokenizer {
    let mut vocabulary = Vocabulary::with_capacity(256 + texts.len());
    let mut bytes = Box::new([None; 256]);
    for byte in 0..=255_u8 {
        vocabulary.push(&[byte], TokenKind::Byte);
        bytes[usize::from(byte)] = Some(u32::from(byte));
    }
    for text in texts {
        vocabulary.push(text.as_bytes(), TokenKind::Control);
    }
    let (specials, special_ids) = specials_of(
        (256..)
            .zip(texts)
            .map(|(id, text)| ((*text).to_owned(), id, writer_of(text, true))),
    );
    Tokenizer::new(Inner {
        summary: TokenizerSummary {
            kind: "bytes".to_owned(),
            pre: None,
            tokens: vocabulary.len(),
        },
        vocabulary,
        plain: Plain::Spm {
            model: Spm::new(HashMap::new(), bytes, None),
            space_prefix: false,
        },
        specials,
        special_ids,
        markup: Vec::new(),
        ends: Vec::new(),
        bos: None,
        eos: None,
        adds_bos: false,
        drops_space: false,
    })
}

//! Tokenizers for tests of this crate.

use std::collections::HashMap;

use super::specials::writer_of;
use super::spm::Spm;
use super::vocabulary::{TokenKind, Vocabulary};
use super::{Inner, Plain, Tokenizer, TokenizerSummary};
use super::{markup_of, specials_of};

/// One whose ids 0 to 255 are the bytes.
pub(crate) fn bytes_tokenizer() -> Tokenizer {
    with_specials(&[])
}

/// One whose ids 0 to 255 are the bytes, followed by control tokens.
pub(crate) fn with_specials(texts: &[&str]) -> Tokenizer {
    with(texts, TokenKind::Control, &[])
}

/// The same with a token that ends an answer, 256, before the others.
pub(crate) fn answering(texts: &[&str]) -> Tokenizer {
    let texts = [&["<|end of answer|>"], texts].concat();
    with(&texts, TokenKind::Control, &[256])
}

/// The same with ordinary tokens in place of control tokens.
pub(crate) fn with_words(words: &[&str]) -> Tokenizer {
    let texts = [&["<|end of answer|>"], words].concat();
    with(&texts, TokenKind::Normal, &[256])
}

fn with(texts: &[&str], kind: TokenKind, ends: &[u32]) -> Tokenizer {
    let mut vocabulary = Vocabulary::with_capacity(256 + texts.len());
    let mut bytes = Box::new([None; 256]);
    for byte in 0..=255_u8 {
        vocabulary.push(&[byte], TokenKind::Byte);
        bytes[usize::from(byte)] = Some(u32::from(byte));
    }
    for text in texts {
        vocabulary.push(text.as_bytes(), kind);
    }
    let control = (256..).zip(texts).filter(|_| kind.is_control());
    let (specials, special_ids) =
        specials_of(control.map(|(id, text)| ((*text).to_owned(), id, writer_of(text, true))));
    let markup = markup_of(&vocabulary, &special_ids);
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
        markup,
        ends: ends.to_vec(),
        bos: None,
        eos: None,
        adds_bos: false,
        drops_space: false,
    })
}

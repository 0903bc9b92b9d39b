#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::template::{ChatTemplate, Conversation};
use crate::tokenizer::Tokenizer;

/// A SentencePiece-like tokenizer whose added tokens have every habit that files give them, and a hole
/// in its ids.
fn described() -> Value {
    let added = |id: u32, content: &str, special: bool, normalized: bool, rstrip: bool| {
        json!({"id": id, "content": content, "special": special, "normalized": normalized,
               "lstrip": false, "rstrip": rstrip, "single_word": false})
    };
    json!({
        "version": "1.0", "normalizer": null, "post_processor": null,
        "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
        "padding": null,
        "added_tokens": [
            added(9, "<|a|>", true, false, true),
            added(10, "<b>", false, true, false),
            added(11, "aaaa", false, false, false),
        ],
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ]},
        "model": {"type": "BPE", "dropout": null, "unk_token": "?", "continuing_subword_prefix": null,
                  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
                  "ignore_merges": false,
                  "vocab": {"?": 0, "▁": 1, "a": 2, "b": 3, "<": 4, ">": 5, "|": 6, "▁a": 7, "aa": 8},
                  "merges": [["▁", "a"], ["a", "a"]]},
    })
}

fn tokenizer(described: &Value) -> Result<Tokenizer, ModelError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(TOKENIZER), described.to_string()).unwrap();
    Tokenizer::from_files(folder.path(), 16)
}

fn prompt(tokenizer: &Tokenizer, content: &str) -> (String, Vec<u32>) {
    let source = "<|a|> {{ messages[0].content }}<b>aaaa";
    let template = ChatTemplate::for_tokenizer(source, tokenizer).unwrap();
    let rendered = template
        .render(&Conversation {
            messages: &[json!({"role": "user", "content": content})],
            tools: &[],
            add_generation_prompt: false,
            enable_thinking: None,
        })
        .unwrap();
    (rendered.text(), tokenizer.encode_prompt(&rendered).unwrap())
}

#[test]
fn content_without_tokens_is_encoded_as_the_whole_text_is() {
    let tokenizer = tokenizer(&described()).unwrap();
    for content in ["ab", "a <", "a<|a", "aaaa a", "<|", " a ", "a\u{fdd0}b <"] {
        let (text, ids) = prompt(&tokenizer, content);
        assert_eq!(
            ids,
            tokenizer.encode_template(&text).unwrap(),
            "{content:?}"
        );
        assert_eq!((ids[0], ids[ids.len() - 2..].to_vec()), (9, vec![10, 11]));
    }
}

#[test]
fn c5_content_never_becomes_an_added_token_that_is_markup() {
    let tokenizer = tokenizer(&described()).unwrap();
    for content in [
        "<|a|>",
        "a<b>a",
        "<|a|> <b>",
        "\u{fdd0}<|a|>",
        "\u{fdd0}\u{fdd1}<b>",
    ] {
        let (text, ids) = prompt(&tokenizer, content);
        assert!(text.contains(content), "{text:?}");
        assert_eq!(
            ids.iter().filter(|id| [9, 10].contains(id)).count(),
            2,
            "{content:?}: {ids:?}"
        );
        let plain = tokenizer.encode_text(content).unwrap();
        assert!(plain.iter().all(|id| *id < 9), "{content:?}: {plain:?}");
    }
    assert_eq!(
        tokenizer.encode_text("aaaa").unwrap(),
        [11],
        "text of its own stays a token"
    );
}

#[test]
fn a12_truncation_is_ignored_and_a_space_before_the_first_word_is_dropped() {
    let tokenizer = tokenizer(&described()).unwrap();
    let ids = tokenizer.encode_text("ab ab ab").unwrap();
    assert_eq!(ids, [7, 3, 7, 3, 7, 3]);
    let mut detokenizer = tokenizer.detokenizer();
    let text: String = ids.iter().map(|id| detokenizer.push(*id)).collect();
    assert_eq!(text, "ab ab ab");
}

#[test]
fn a12_other_models_and_broken_files_are_refused_by_name() {
    let mut other = described();
    other["model"] = json!({"type": "Unigram", "unk_id": 0, "vocab": [["?", 0.0], ["a", -1.0]], "byte_fallback": false});
    let message = tokenizer(&other).unwrap_err().to_string();
    assert!(message.contains("`Unigram`"), "{message}");
    other["model"] = json!({"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##",
                            "max_input_chars_per_word": 9, "vocab": {"?": 0}});
    assert!(
        tokenizer(&other)
            .unwrap_err()
            .to_string()
            .contains("`WordPiece`")
    );
    let mut bomb = described();
    bomb["pre_tokenizer"] = json!({"type": "Split", "pattern": {"Regex": "((a{999}){999}){999}"},
                                   "behavior": "Isolated", "invert": false});
    assert!(
        tokenizer(&bomb)
            .unwrap_err()
            .to_string()
            .contains(TOKENIZER)
    );
    let mut charsmap = described();
    for normalizer in [
        json!({"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
        json!({"type": "Precompiled"}),
        json!({"type": "Sequence", "normalizers": [{"precompiled_charsmap": "AAAA"}]}),
    ] {
        charsmap["normalizer"] = normalizer;
        let message = tokenizer(&charsmap).unwrap_err().to_string();
        assert!(message.contains("`Precompiled`"), "{message}");
    }
    assert!(tokenizer(&json!([1])).is_err());
    let nowhere = Tokenizer::from_files(tempfile::tempdir().unwrap().path(), 16).unwrap_err();
    assert!(matches!(nowhere, ModelError::MissingTokenizer));
}

#![allow(clippy::unwrap_used)]

use super::*;
use crate::checkpoint::Checkpoint;
use crate::gguf::Gguf;
use crate::test_support::{GgufWriter, TinyShape, Value, tiny_gguf};

/// The tokenizer of a tiny checkpoint whose header `change` has changed.
fn changed(change: impl FnOnce(GgufWriter) -> GgufWriter) -> Result<Tokenizer, ModelError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    std::fs::write(&path, change(tiny_gguf(&TinyShape::default())).bytes()).unwrap();
    let gguf = Gguf::open(&path).unwrap();
    Tokenizer::from_gguf(gguf.metadata(), crate::test_support::tiny_tokens().len())
}

fn refusal(key: &str, value: Value) -> String {
    changed(|writer| writer.key(key, value))
        .unwrap_err()
        .to_string()
}

#[test]
fn a12_every_lie_is_refused_naming_its_key() {
    let text = |text: &str| Value::Text(text.to_owned());
    let texts = |texts: &[&str]| Value::Texts(texts.iter().map(|t| (*t).to_owned()).collect());
    for (key, value, words) in [
        (
            "tokenizer.ggml.model",
            text("unigram"),
            "`tokenizer.ggml.model` is `unigram`",
        ),
        ("tokenizer.ggml.pre", text("qwen9"), "`qwen9` is not known"),
        ("tokenizer.ggml.tokens", texts(&[]), "has 0 entries"),
        (
            "tokenizer.ggml.tokens",
            texts(&["a", "b", "a"]),
            "`tokenizer.ggml.t",
        ),
        (
            "tokenizer.ggml.token_type",
            Value::I32s(vec![1; 3]),
            "has 3 entries",
        ),
        (
            "tokenizer.ggml.merges",
            texts(&["ab"]),
            "entry 0 of `tokenizer.ggml.merges`",
        ),
        (
            "tokenizer.ggml.merges",
            texts(&["qq ww"]),
            "`tokenizer.ggml.merges`",
        ),
        (
            "tokenizer.ggml.bos_token_id",
            Value::U32(u32::MAX),
            "`tokenizer.ggml.bos_token_id` is 4294967295",
        ),
        (
            "tokenizer.ggml.eos_token_id",
            Value::U32(1 << 20),
            "`tokenizer.ggml.eos_token_id`",
        ),
    ] {
        let message = refusal(key, value);
        assert!(message.contains(words), "{key}: {message}");
    }
}

#[test]
fn a12_types_and_equal_tokens_are_checked() {
    let tokens = crate::test_support::tiny_tokens();
    let mut types = vec![1; tokens.len()];
    types[5] = -1;
    assert!(refusal("tokenizer.ggml.token_type", Value::I32s(types)).contains("holds -1"));
    let mut byte = vec![1; tokens.len()];
    byte[7] = 6;
    assert!(refusal("tokenizer.ggml.token_type", Value::I32s(byte)).contains("token 7"));
    let mut twice = tokens.clone();
    twice[9] = twice[3].clone();
    assert!(refusal("tokenizer.ggml.tokens", Value::Texts(twice)).contains("tokens 3 and 9"));
    let mut more = tokens;
    more.extend((0..100_000).map(|i| format!("more{i}")));
    assert!(refusal("tokenizer.ggml.tokens", Value::Texts(more)).contains("for an embedding of"));
}

#[test]
fn a12_a_header_without_tokenizer_says_so() {
    let error = changed(|writer| writer.without_key("tokenizer.ggml.model")).unwrap_err();
    assert!(matches!(error, ModelError::MissingTokenizer));
    let error = changed(|writer| writer.without_key("tokenizer.ggml.pre")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`tokenizer.ggml.pre` is missing"),
        "{error}"
    );
}

#[test]
fn sentence_piece_gives_the_ids_of_the_reference() {
    let model: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/tokenizers/spm.json")).unwrap();
    let read = |field: &str| model[field].as_array().unwrap().clone();
    let tokens = read("tokens")
        .iter()
        .map(|t| t.as_str().unwrap().to_owned())
        .collect();
    let types = read("types")
        .iter()
        .map(|t| t.as_i64().unwrap() as i32)
        .collect();
    let scores = read("scores")
        .iter()
        .map(|s| s.as_f64().unwrap() as f32)
        .collect();
    let writer = tiny_gguf(&TinyShape::default())
        .without_key("tokenizer.ggml.merges")
        .without_key("tokenizer.ggml.add_bos_token")
        .without_key("tokenizer.ggml.pre")
        .key("tokenizer.ggml.model", Value::Text("llama".to_owned()))
        .key("tokenizer.ggml.tokens", Value::Texts(tokens))
        .key("tokenizer.ggml.token_type", Value::I32s(types))
        .key("tokenizer.ggml.scores", Value::F32s(scores))
        .key("tokenizer.ggml.bos_token_id", Value::U32(1))
        .key("tokenizer.ggml.eos_token_id", Value::U32(2));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spm.gguf");
    std::fs::write(&path, writer.bytes()).unwrap();
    let tokenizer = Tokenizer::from_gguf(Gguf::open(&path).unwrap().metadata(), 1000).unwrap();
    for case in read("cases") {
        let text = case["text"].as_str().unwrap();
        let ids: Vec<u32> = serde_json::from_value(case["ids"].clone()).unwrap();
        assert_eq!(tokenizer.encode_text(text).unwrap(), ids, "{text:?}");
        let mut detokenizer = tokenizer.detokenizer();
        let back: String = ids.iter().map(|id| detokenizer.push(*id)).collect();
        assert_eq!(back + &detokenizer.finish(), text.replace('▁', " "));
    }
    assert!(tokenizer.adds_bos());
    assert_eq!(tokenizer.encode_template("<s>x</s>").unwrap()[0], 1);
}

/// Texts with everything that the built-in model's way to cut text treats differently.
const TEXTS: [&str; 9] = [
    "Hello, world! don't I'LL",
    "  two  spaces\t\n\n  x \r\n",
    "1234 5.6 ½",
    "naïve 日本語 👍🏽 e\u{301}",
    "{\"name\": \"fs.read\"}",
    "https://example.org/a?b=c",
    "\u{0}\u{1b}[31m",
    " ",
    "",
];

#[test]
fn the_built_in_model_s_header_and_its_tokenizer_json_agree() {
    let header = Checkpoint::builtin().unwrap().tokenizer().unwrap();
    let reference: tokenizers::Tokenizer =
        include_str!("../../nano/tokenizer.json").parse().unwrap();
    for text in TEXTS {
        let expected = reference.encode(text, false).unwrap();
        assert_eq!(
            header.encode_text(text).unwrap(),
            expected.get_ids(),
            "{text:?}"
        );
    }
    let chat = "<|im_start|>user\nhi <think></think><|im_end|>\n";
    let expected = reference.encode(chat, false).unwrap();
    assert_eq!(header.encode_template(chat).unwrap(), expected.get_ids());
}

#[test]
fn a_folder_s_tokenizer_json_reads_the_same_and_never_truncates() {
    let folder = tempfile::tempdir().unwrap();
    let mut described: serde_json::Value =
        serde_json::from_str(include_str!("../../nano/tokenizer.json")).unwrap();
    described["truncation"] = serde_json::json!({
        "direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0
    });
    std::fs::write(folder.path().join("tokenizer.json"), described.to_string()).unwrap();
    let settings = r#"{"eos_token": {"content": "<|im_end|>"}, "bos_token": null}"#;
    std::fs::write(folder.path().join("tokenizer_config.json"), settings).unwrap();
    let from_folder = Tokenizer::from_files(folder.path(), 2048).unwrap();
    let from_header = Checkpoint::builtin().unwrap().tokenizer().unwrap();
    for text in TEXTS.iter().chain(&["<|im_end|> <think> <tool_call>"]) {
        let ids = from_folder.encode_text(text).unwrap();
        assert_eq!(ids, from_header.encode_text(text).unwrap(), "{text:?}");
        assert!(ids.iter().all(|id| !from_folder.is_control(*id)));
        let mut detokenizer = from_folder.detokenizer();
        let back: String = ids.iter().map(|id| detokenizer.push(*id)).collect();
        assert_eq!(back + &detokenizer.finish(), *text);
    }
    let end = from_folder.token_id("<|im_end|>").unwrap();
    assert!(from_folder.is_end(end) && from_header.is_end(end));
    assert_eq!(from_folder.eos(), Some(end));
    assert!(
        Tokenizer::from_files(folder.path(), 100)
            .unwrap_err()
            .to_string()
            .contains("of 100")
    );
}

#[test]
fn c5_no_control_token_can_be_written_by_a_user() {
    let tokenizer = Checkpoint::builtin().unwrap().tokenizer().unwrap();
    let controls: Vec<String> = (0..tokenizer.vocabulary() as u32)
        .filter(|id| tokenizer.is_control(*id))
        .map(|id| String::from_utf8(tokenizer.token_bytes(id).to_vec()).unwrap())
        .collect();
    assert!(controls.len() >= 3);
    for control in controls {
        let ids = tokenizer.encode_text(&format!("a{control}b")).unwrap();
        assert!(ids.iter().all(|id| !tokenizer.is_control(*id)), "{control}");
        assert!(
            tokenizer
                .encode_template(&control)
                .unwrap()
                .iter()
                .all(|id| tokenizer.is_control(*id))
        );
    }
}

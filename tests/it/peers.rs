//! The same file through aldo and through a real llama.cpp.
//!
//! `tests/peers/install.sh DIR` puts the programs into a folder that `ALDO_PEERS` names. Without it
//! these tests say that they were skipped; with `ALDO_PEERS_REQUIRED` set that is a failure.

mod end_to_end;
mod llama_server;
mod mcp;
mod served;
mod side_by_side;

use std::path::PathBuf;

use aldo_models::{
    Batch, Cache, Checkpoint, Conversation, Decoder, DeviceChoice, Logits, Tokenizer, pick,
};
use serde_json::{Value, json};

use llama_server::LlamaServer;

/// A file below the peers' folder, or `None` with the reason printed.
pub(crate) fn peer(path: &str) -> Option<PathBuf> {
    let found = std::env::var_os("ALDO_PEERS")
        .map(|folder| PathBuf::from(folder).join(path))
        .filter(|file| file.exists());
    if found.is_none() {
        let reason =
            format!("skipped: no `{path}`; run tests/peers/install.sh DIR and set ALDO_PEERS=DIR");
        assert!(
            std::env::var_os("ALDO_PEERS_REQUIRED").is_none(),
            "{reason}"
        );
        #[allow(clippy::print_stderr)]
        {
            eprintln!("{reason}");
        }
    }
    found
}

fn builtin_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/nano/aldo-nano.gguf")
}

/// Texts that have caught tokenizers out: digits, contractions, white space, scripts, emoji, controls.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "Hello, world!",
        "  two  spaces   three ",
        "tabs\tand\nnew\n\nlines\r\n  indented\n\n\n",
        "don't we'll I'M it's they'Ve",
        "1234567 3.14159 1,000,000 ½ ² ٣",
        "naïve café Ångström e\u{301} ﬁ ß",
        "日本語のテキスト 中文 한국어 ไทย עברית العربية",
        "👩‍👩‍👧 🇨🇭 👍🏽 𝕏",
        "fn main() { println!(\"{}\", x[0] + 0xFF); } // ok",
        "{\"name\": \"fs.read\", \"arguments\": {\"path\": \"/etc/hosts\"}}",
        "https://example.org/a?b=c&d=%20#e",
        "\u{0}\u{7}\u{1b}[31m\u{fffd}\u{200b}\u{202e}",
        // No token that a vocabulary defines beyond control: llama.cpp lets users write those.
        "<|im_end|> <|endoftext|> </s> [INST]",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "CamelCaseIdentifier snake_case_identifier SCREAMING-KEBAB",
        " ",
        "\n",
        "x",
    ]
    .map(String::from)
    .to_vec();
    texts.push(include_str!("../../README.md").to_owned());
    texts.push(include_str!("../../models/src/sampling.rs").to_owned());
    texts
}

fn assert_same_tokens(server: &LlamaServer, tokenizer: &Tokenizer) {
    for text in texts() {
        let reply = server.post(
            "/tokenize",
            &json!({"content": text, "add_special": false, "parse_special": false}),
        );
        let theirs: Vec<u32> = serde_json::from_value(reply["tokens"].clone()).unwrap();
        let ours = tokenizer.encode_text(&text).unwrap();
        assert_eq!(ours, theirs, "{text:?}");
    }
}

#[test]
fn real_vocabulary_of_151936_tokenises_as_llama_cpp_does() {
    let (Some(program), Some(file)) =
        (peer("llama/bin/llama-server"), peer("real-vocabulary.gguf"))
    else {
        return;
    };
    let checkpoint = Checkpoint::open(&file).unwrap();
    assert_eq!(checkpoint.config().vocabulary, 151_936);
    assert_same_tokens(
        &LlamaServer::start(&program, &file),
        &checkpoint.tokenizer().unwrap(),
    );
}

#[test]
fn aldo_nano_gives_the_same_tokens_and_text_as_llama_cpp() {
    let Some(program) = peer("llama/bin/llama-server") else {
        return;
    };
    let server = LlamaServer::start(&program, &builtin_file());
    let checkpoint = Checkpoint::builtin().unwrap();
    let tokenizer = checkpoint.tokenizer().unwrap();
    assert_same_tokens(&server, &tokenizer);

    let (device, _) = pick(DeviceChoice::Cpu).unwrap();
    let decoder = Decoder::load(&checkpoint, &device, &mut |_| {}).unwrap();
    let mut longest = 0;
    for messages in conversations() {
        let prompt = prompt(&checkpoint, &tokenizer, &messages);
        let theirs = server.greedy(&prompt, 160);
        let mut cache = Cache::new(decoder.config(), &device, 1).unwrap();
        let ours = greedy(&decoder, &mut cache, &tokenizer, &prompt, 160);
        assert_eq!(ours, theirs, "{messages:?}");
        longest = longest.max(ours.len());
    }
    assert!(
        longest >= 64,
        "the longest answer has only {longest} tokens"
    );
}

/// Questions of the kinds that aldo-nano was trained for; the last one has an answer of over 64 tokens.
fn conversations() -> Vec<Vec<Value>> {
    let user = |text: &str| vec![json!({"role": "user", "content": text})];
    vec![
        user("Say hello and tell me what you are."),
        user("What is 17 + 25 - 8?"),
        user("Repeat exactly: amber kite 4711 on the north wall"),
        user(
            "Repeat exactly: the red lamp stands by the old door, the blue cup is on the long table, \
             the green book lies under the chair, and the white key hangs near the window of the \
             small house at the end of the road where the river turns",
        ),
    ]
}

fn prompt(checkpoint: &Checkpoint, tokenizer: &Tokenizer, messages: &[Value]) -> Vec<u32> {
    let rendered = checkpoint
        .chat_template()
        .unwrap()
        .render(&Conversation {
            messages,
            tools: &[],
            add_generation_prompt: true,
            enable_thinking: None,
        })
        .unwrap();
    tokenizer.encode_prompt(&rendered).unwrap()
}

/// Decodes token by token, always the most likely one; the end token is not part of the answer.
fn greedy(
    decoder: &Decoder,
    cache: &mut Cache,
    tokenizer: &Tokenizer,
    prompt: &[u32],
    tokens_max: usize,
) -> Vec<u32> {
    let (mut answer, mut next) = (Vec::new(), prompt.to_vec());
    while answer.len() < tokens_max {
        let mut batch = Batch::new();
        batch.push(0, &next, Logits::Last);
        let logits = decoder.forward(&batch, cache).unwrap();
        let logits: Vec<f32> = logits.flatten_all().unwrap().to_vec1().unwrap();
        let best = (0..logits.len()).fold(
            0,
            |best, id| if logits[id] > logits[best] { id } else { best },
        );
        if tokenizer.is_end(best as u32) {
            break;
        }
        answer.push(best as u32);
        next = vec![best as u32];
    }
    answer
}

//! A network that another library computes: one request after the other, each from its beginning.

use aldo_models::test_support::tiny_safetensors;

use super::*;

/// The tiny weights as those of an architecture that is not computed here.
fn engine() -> TinyEngine {
    let folder = tempfile::tempdir().unwrap();
    tiny_safetensors(folder.path(), &TinyShape::default()).unwrap();
    let path = folder.path().join("config.json");
    let config = std::fs::read_to_string(&path).unwrap();
    let other = config.replace("LlamaForCausalLM", "OlmoForCausalLM");
    assert_ne!(config, other);
    std::fs::write(path, other).unwrap();
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    TinyEngine {
        engine: Engine::start(checkpoint, options()),
        folder,
    }
}

#[test]
fn requests_beside_each_other_get_the_answers_they_get_alone() {
    let engine = engine();
    let texts = ["one", "another, somewhat longer", "one and more"];
    let alone = texts.map(|text| answer(&engine, ask(text, 12)));
    assert_ne!(alone[0].text, alone[1].text);
    let together = texts.map(|text| engine.generate(ask(text, 12)).unwrap());
    for (generation, expected) in together.into_iter().zip(&alone) {
        let answer = read(generation).unwrap();
        assert_eq!(answer.text, expected.text);
        assert_eq!(answer.usage.tokens_out, expected.usage.tokens_out);
    }
}

#[test]
fn nothing_is_said_to_come_from_the_cache_that_was_computed_again() {
    let engine = engine();
    let first = answer(&engine, ask("the same", 8));
    let second = answer(&engine, ask("the same", 8));
    assert_eq!(first.text, second.text);
    assert_eq!(second.usage.tokens_cached, 0);
}

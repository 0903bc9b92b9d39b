//! `aldo models`.

use std::fs;

use aldo_models::test_support::{TinyShape, tiny_gguf};
use insta::assert_snapshot;

use super::TestEnv;

#[test]
fn the_built_in_model_is_always_there() {
    let env = TestEnv::new();
    let document = env.aldo(["models", "ls", "--json"]).run().exits(0).json();
    let models = document["models"].as_array().unwrap();
    assert_eq!(models.len(), 1);
    assert_eq!(models[0]["id"], "aldo-nano");
    assert_eq!(models[0]["architecture"], "qwen3");
    assert_eq!(models[0]["path"], serde_json::Value::Null);
}

#[test]
fn the_store_and_the_hugging_face_cache_are_read() {
    let env = TestEnv::new();
    env.store_tiny("Tiny-One.gguf");
    let snapshot = "hub/models--org--tiny-two/snapshots/0123456789abcdef0123456789abcdef01234567";
    let bytes = tiny_gguf(&TinyShape {
        seed: 7,
        ..TinyShape::default()
    })
    .bytes();
    env.write(&env.home().join(snapshot).join("tiny-two.gguf"), bytes);
    let ran = env
        .aldo(["models", "ls", "--json"])
        .env("HF_HOME", env.home())
        .run()
        .exits(0);
    let by_cache = env
        .aldo(["models", "ls", "--json"])
        .env("HF_HUB_CACHE", env.home().join("hub"))
        .run();
    assert_eq!(by_cache.stdout, ran.stdout);
    let document = ran.json();
    let ids: Vec<_> = document["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(ids.len(), 3, "{ran}");
    assert!(ids.contains(&"tiny-one".into()), "{ran}");
}

#[test]
fn a_checkpoint_is_inspected_by_path_and_by_id() {
    let env = TestEnv::new();
    let path = env.store_tiny("tiny.gguf");
    let by_path = env
        .aldo(["models", "inspect", path.to_str().unwrap()])
        .run();
    assert_snapshot!(by_path, @r#"
        exit 0
        --- stdout
        tiny
        where         [ROOT]/aldo/models/tiny.gguf
        name          tiny-random
        license       mit
        format        gguf
        architecture  llama
        weights       109 k
        type          Q8_0
        size          123 kB
        context       2048 tokens, 712 kB of memory when full
        layers        2 of 64, feed-forward 128
        heads         4 of 16, 2 key-value
        tensors       5 F32, 16 Q8_0
        tokenizer     gpt2 (gpt-2), 271 tokens
        template      tools, no thinking
        dialect       hermes calls
        "#);
    let by_id = env.aldo(["models", "inspect", "tiny"]).run();
    assert_eq!(by_id.stdout, by_path.stdout);
    let document = env
        .aldo(["models", "inspect", "tiny", "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(document["architecture"], "llama");
    assert_eq!(document["contextTokens"], 2048);
}

#[test]
fn inspect_says_that_another_library_computes_a_network() {
    let env = TestEnv::new();
    let golden = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/models/tests/golden/other/olmo2/safetensors"
    );
    let shown = env.aldo(["models", "inspect", golden]).run().exits(0);
    let line = "olmo2, through candle-transformers: one request at a time, no reuse of prefixes";
    assert!(shown.stdout.contains(line), "{}", shown.stdout);
    let document = env
        .aldo(["models", "inspect", golden, "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(document["architecture"], "olmo2");
    assert_eq!(document["computedBy"], "candle-transformers");
}

#[test]
fn an_unknown_model_is_wrong_usage_with_the_nearest() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["models", "inspect", "aldo-nan"]).run(), @r#"
        exit 2
        --- stderr
        error: no model is called `aldo-nan`
          hint: did you mean `aldo-nano`?
        "#);
    assert_snapshot!(env.aldo(["models", "inspect", "./nowhere.gguf"]).run(), @r#"
        exit 2
        --- stderr
        error: cannot read `./nowhere.gguf`: No such file or directory (os error 2)
        "#);
}

#[test]
fn verify_compares_with_what_was_recorded() {
    let env = TestEnv::new();
    env.aldo(["models", "verify", "aldo-nano"]).run().exits(0);
    let path = env.store_tiny("tiny.gguf");
    let unknown = env
        .aldo(["models", "verify", "tiny", "--json"])
        .run()
        .exits(1);
    let document = unknown.json();
    assert_eq!(document["ok"], false);
    let sha256 = document["files"][0]["sha256"].as_str().unwrap().to_owned();
    let list = path.with_file_name("SHA256SUMS");
    fs::write(&list, format!("{sha256}  tiny.gguf\n")).unwrap();
    env.aldo(["models", "verify", "tiny"]).run().exits(0);
    fs::write(&list, format!("{}  tiny.gguf\n", "0".repeat(64))).unwrap();
    let differs = env.aldo(["models", "verify", "tiny"]).run().exits(1);
    assert!(
        differs.stderr.contains("is not what was recorded"),
        "{differs}"
    );
}

#[test]
fn verify_knows_the_blob_names_of_the_hugging_face_cache() {
    let env = TestEnv::new();
    let bytes = tiny_gguf(&TinyShape::default()).bytes();
    let repository = env.home().join("hub/models--org--tiny");
    let blob = env.write(&repository.join("blobs").join("a".repeat(64)), bytes);
    let link = repository.join("snapshots/0123456789abcdef0123456789abcdef01234567/tiny.gguf");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&blob, &link).unwrap();
    let ran = env
        .aldo(["models", "verify", link.to_str().unwrap()])
        .run()
        .exits(1);
    assert!(ran.stdout.contains("the name of its blob"), "{ran}");
}

#[test]
fn rm_deletes_only_what_is_ours_and_only_when_told() {
    let env = TestEnv::new();
    let path = env.store_tiny("tiny.gguf");
    assert_snapshot!(env.aldo(["models", "rm", "tiny"]).run(), @r#"
        exit 2
        --- stderr
        error: `tiny` was not deleted
          hint: `--yes` deletes without asking
        "#);
    assert!(path.exists());
    assert_snapshot!(env.aldo(["models", "rm", "aldo-nano", "--yes"]).run(), @r#"
        exit 2
        --- stderr
        error: `aldo-nano` is built in and stays
        "#);
    let foreign = env.write(
        &env.project().join("mine.gguf"),
        tiny_gguf(&TinyShape::default()).bytes(),
    );
    let ran = env
        .aldo(["models", "rm", "./mine.gguf", "--yes"])
        .run()
        .exits(2);
    assert!(
        ran.stderr.contains("is neither in aldo's own folder"),
        "{ran}"
    );
    assert!(foreign.exists());
    let ran = env.aldo(["models", "rm", "tiny", "--yes"]).run().exits(0);
    assert!(ran.stdout.starts_with("deleted tiny ("), "{ran}");
    assert!(!path.exists());
}

#[test]
fn rm_of_a_link_leaves_what_it_leads_to() {
    let env = TestEnv::new();
    let foreign = env.write(
        &env.project().join("mine.gguf"),
        tiny_gguf(&TinyShape::default()).bytes(),
    );
    let link = env.aldo_home().join("models/linked.gguf");
    std::os::unix::fs::symlink(&foreign, &link).unwrap();
    env.aldo(["models", "rm", link.to_str().unwrap(), "--yes"])
        .run()
        .exits(0);
    assert!(foreign.exists());
    assert!(link.symlink_metadata().is_err());
}

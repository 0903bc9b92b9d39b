//! Which file is pulled, and who may have it.

use insta::assert_snapshot;

use super::{Pull, REPOSITORY, held, tiny};
use crate::hub;
use crate::raw_server::{self, RawServer};
use aldo_models::test_support::{TinyShape, tiny_gguf, tiny_safetensors};

#[test]
fn an_unknown_quantisation_is_answered_with_those_there_are() {
    let other = held("tiny-Q4_K_M.gguf", tiny_gguf(&TinyShape::default()).bytes());
    let pull = Pull::new(hub::serve(vec![tiny(), other]));
    assert_snapshot!(pull.aldo(["models", "pull", "org/tiny-GGUF:Q2_K"]).run(), @r"
    exit 2
    --- stderr
    error: `org/tiny-GGUF` has no `Q2_K`
      hint: `org/tiny-GGUF` has `:Q4_K_M` (123 kB), `:Q8_0` (123 kB)
    ");
    let ran = pull
        .aldo(["models", "pull", "org/tiny-GGUF:q4_k_m"])
        .run()
        .exits(0);
    assert!(ran.stdout.contains("tiny-q4_k_m"), "{ran}");
}

#[test]
fn a_safetensors_folder_is_pulled_whole_and_verified_whole() {
    let folder = tempfile::tempdir().unwrap();
    tiny_safetensors(folder.path(), &TinyShape::default()).unwrap();
    let entries = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|it| it.unwrap().path());
    let files = entries.map(|path| {
        held(
            path.file_name().unwrap().to_str().unwrap(),
            std::fs::read(&path).unwrap(),
        )
    });
    let files: Vec<_> = files.collect();
    let pull = Pull::new(hub::serve(files));
    let document = pull
        .aldo(["models", "pull", REPOSITORY, "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(document["id"], "org/tiny-GGUF");
    assert_eq!(document["quantization"], "safetensors");
    let verified = pull
        .aldo(["models", "verify", "org/tiny-GGUF", "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(
        verified["beside"].as_array().unwrap().len(),
        document["files"].as_array().unwrap().len() - 1
    );
    let snapshot = pull.blobs().with_file_name("snapshots").join(hub::COMMIT);
    std::fs::write(snapshot.join("tokenizer_config.json"), "{ }").unwrap();
    let ran = pull
        .aldo(["models", "verify", "org/tiny-GGUF"])
        .run()
        .exits(1);
    assert!(
        ran.stderr
            .contains("tokenizer_config.json` is not what was recorded"),
        "{ran}"
    );
}

#[test]
fn f04_what_is_typed_cannot_climb() {
    let pull = Pull::new(hub::serve(vec![tiny()]));
    for typed in [
        "../../etc",
        "org/../x",
        "/etc/passwd",
        "org/name@../../x",
        "a/b/c",
        "org/na\\me",
    ] {
        let ran = pull.aldo(["models", "pull", typed]).run().exits(2);
        assert!(ran.stderr.contains("is no model on the hub"), "{ran}");
    }
    assert_eq!(pull.server.connections(), 0);
}

#[test]
fn f07_a_token_in_the_clear_stays_here() {
    let env = crate::TestEnv::new();
    let ran = env
        .aldo(["models", "pull", "org/name"])
        .env("HF_ENDPOINT", "http://user:hf_canary@hub.test")
        .run()
        .exits(2);
    assert!(!ran.stderr.contains("hf_canary"), "{ran}");
    let gated = RawServer::always(raw_server::reply(401, "", b"{}"));
    let pull = Pull::new(gated);
    let seen = |pull: &Pull| {
        let received = pull.server.received();
        received
            .last()
            .unwrap()
            .header("authorization")
            .map(str::to_owned)
    };
    let ran = pull.aldo(["models", "pull", REPOSITORY]).run().exits(4);
    assert!(ran.stderr.contains("hint: set `HF_TOKEN`"), "{ran}");
    assert_eq!(seen(&pull), None);
    let ran = pull
        .aldo(["models", "pull", REPOSITORY])
        .env("HF_TOKEN", "hf_canary")
        .run()
        .exits(4);
    assert!(
        ran.stderr.contains("accept its licence") && !ran.stderr.contains("hf_canary"),
        "{ran}"
    );
    assert_eq!(seen(&pull).as_deref(), Some("Bearer hf_canary"));
    // What a login left is for the Hub of Hugging Face, not for the address in the environment.
    pull.env.write(&pull.hf_home().join("token"), "hf_login\n");
    let ran = pull.aldo(["models", "pull", REPOSITORY]).run().exits(4);
    assert!(ran.stderr.contains("the token was not sent"), "{ran}");
    assert_eq!(seen(&pull), None);
    let named = pull
        .env
        .write(&pull.env.home().join("elsewhere"), "hf_named");
    pull.aldo(["models", "pull", REPOSITORY])
        .env("HF_TOKEN_PATH", named)
        .run()
        .exits(4);
    assert_eq!(seen(&pull).as_deref(), Some("Bearer hf_named"));
}

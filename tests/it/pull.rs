//! `aldo models pull` against a hub on this machine: honest, slow, dying and lying.

mod broken_off;
mod choice;

use std::fs;
use std::path::PathBuf;

use aldo_models::BlobId;
use aldo_models::test_support::{TinyShape, tiny_gguf};
use insta::assert_snapshot;

use super::TestEnv;
use super::hub::{self, Held, REPOSITORY};
use super::raw_server::{self, RawServer};

/// A place with a hub.
pub(crate) struct Pull {
    pub(crate) env: TestEnv,
    pub(crate) server: RawServer,
}

impl Pull {
    pub(crate) fn new(server: RawServer) -> Self {
        Self {
            env: TestEnv::new(),
            server,
        }
    }

    pub(crate) fn hf_home(&self) -> PathBuf {
        self.env.home().join("hf")
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.hf_home().join("hub/models--org--tiny-GGUF/blobs")
    }

    /// A command that knows the hub.
    pub(crate) fn aldo<const N: usize>(&self, args: [&str; N]) -> super::env::Aldo {
        self.env
            .aldo(args)
            .env("HF_ENDPOINT", self.server.base_url())
            .env("HF_HOME", self.hf_home())
    }

    /// The same, for tests that wait for it themselves.
    pub(crate) fn std(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.env.std(args);
        command
            .env("HF_ENDPOINT", self.server.base_url())
            .env("HF_HOME", self.hf_home())
            .stdout(std::process::Stdio::null());
        command
    }

    pub(crate) fn blob_is(&self, file: &Held) -> bool {
        fs::read(self.blobs().join(&file.digest)).is_ok_and(|bytes| bytes == file.bytes)
    }
}

/// A file with its digest: SHA-256 where it is weights, git's where it is not.
pub(crate) fn held(name: &str, bytes: Vec<u8>) -> Held {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bytes");
    fs::write(&path, &bytes).unwrap();
    let ending = std::path::Path::new(name).extension();
    let weights = ending.is_some_and(|ending| ending == "gguf" || ending == "safetensors");
    let digits = "0".repeat(if weights { 64 } else { 40 });
    let digest = BlobId::new(&digits).unwrap().of_file(&path).unwrap();
    Held {
        name: name.to_owned(),
        digest: digest.to_string(),
        bytes,
    }
}

/// A tiny model that can hold a conversation.
pub(crate) fn tiny() -> Held {
    held("tiny-Q8_0.gguf", tiny_gguf(&TinyShape::default()).bytes())
}

#[test]
fn a_model_is_pulled_listed_verified_run_and_removed() {
    let pull = Pull::new(hub::serve(vec![tiny()]));
    let ran = pull.aldo(["models", "pull", REPOSITORY]).run().exits(0);
    assert_snapshot!(ran.stdout, @r"
    pulled tiny-q8_0 (123 kB, digests verified)
    to use it: aldo run hello --model tiny-q8_0
    ");
    // How much memory is free is this machine's business.
    let told: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(
        told[0],
        "org/tiny-GGUF@main (0123456), Q8_0: tiny-Q8_0.gguf, 123 kB"
    );
    assert!(
        told[1].starts_with("fits: ") && told[1].contains(" of memory at 2048 tokens, "),
        "{ran}"
    );
    assert!(pull.blob_is(&tiny()));
    let again = pull.aldo(["models", "pull", REPOSITORY]).run().exits(0);
    assert!(again.stdout.contains("already here: tiny-q8_0"), "{again}");
    let listed = pull.aldo(["models", "ls"]).run().exits(0);
    assert!(listed.stdout.contains("org/tiny-GGUF@0123456"), "{listed}");
    let document = pull.aldo(["models", "ls", "--json"]).run().exits(0).json();
    let rows = document["models"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == "tiny-q8_0").unwrap();
    assert_eq!(row["source"]["commit"], hub::COMMIT);
    let offline = |args: [&str; 3]| pull.aldo(args).env("HF_HUB_OFFLINE", "1").run().exits(0);
    offline(["models", "verify", "tiny-q8_0"]);
    offline(["models", "fit", "tiny-q8_0"]);
    let ran = pull
        .aldo(["run", "hello", "--model", "tiny-q8_0"])
        .env("ALDO_OFFLINE", "1")
        .run();
    assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
}

#[test]
fn nothing_is_fetched_for_a_dry_run_but_the_header() {
    let pull = Pull::new(hub::serve(vec![tiny()]));
    let document = pull
        .aldo(["models", "pull", REPOSITORY, "--dry-run", "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(document["pulled"], false);
    assert_eq!(document["fit"]["verdict"], "fits");
    assert_eq!(document["files"][0]["digest"], tiny().digest);
    assert!(!pull.blobs().join(tiny().digest).exists());
}

#[test]
fn f01_a_wrong_digest_is_exit_code_4_with_both() {
    let (file, mut forged) = (tiny(), tiny());
    let last = forged.bytes.len() - 1;
    forged.bytes[last] ^= 1;
    let files = vec![file.clone()];
    let server = RawServer::start(move |request| match hub::asked(request, &files) {
        Some(_) => hub::part(&forged, request),
        None => hub::polite(request, &files),
    });
    let pull = Pull::new(server);
    let ran = pull.aldo(["models", "pull", REPOSITORY]).run().exits(4);
    assert!(
        ran.stderr
            .contains(&format!("expected {}, got ", file.digest)),
        "{ran}"
    );
    let json = pull
        .aldo(["models", "pull", REPOSITORY, "--json"])
        .run()
        .exits(4)
        .json();
    assert_eq!(json["error"]["code"], "checksum_differs");
    assert!(!pull.blobs().join(&file.digest).exists());
    let listed = pull.aldo(["models", "ls", "--json"]).run().exits(0).json();
    assert_eq!(listed["models"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_run_here_is_not_fetched() {
    let mut bytes = tiny_gguf(&TinyShape::default())
        .key(
            "general.architecture",
            aldo_models::test_support::Value::Text("mamba".to_owned()),
        )
        .bytes();
    // Far more than is looked at.
    bytes.resize(40 << 20, 0);
    let file = held("tiny-Q8_0.gguf", bytes);
    let pull = Pull::new(hub::serve(vec![file.clone()]));
    let ran = pull.aldo(["models", "pull", REPOSITORY]).run().exits(2);
    assert!(
        ran.stderr.contains("holds nothing that runs here") && ran.stderr.contains("mamba"),
        "{ran}"
    );
    let ranges = pull.server.received();
    let fetched = ranges
        .iter()
        .filter_map(hub::asked_range)
        .map(|(first, last)| last + 1 - first);
    assert!(fetched.sum::<usize>() <= 5 << 20);
}

#[test]
fn a14_a_hub_cannot_steer_the_terminal() {
    let evil = "\u{1b}]52;c;aGk=\u{7}\u{202e}";
    let mut file = tiny();
    file.name = format!("tiny{evil}.gguf");
    let pull = Pull::new(hub::serve(vec![file]));
    let ran = pull.aldo(["models", "pull", REPOSITORY]).run().exits(2);
    assert!(
        !ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{202e}'),
        "{ran}"
    );
    let lines = format!("{{\"{evil}\": ");
    let html = RawServer::always(raw_server::reply(200, "", lines.as_bytes()));
    let ran = Pull::new(html)
        .aldo(["models", "pull", REPOSITORY])
        .run()
        .exits(4);
    assert!(
        !ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{202e}'),
        "{ran}"
    );
}

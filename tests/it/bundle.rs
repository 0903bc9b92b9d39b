//! `aldo models export` and `import`: F8, bundles somebody made to hurt.

use std::fs;
use std::path::{Path, PathBuf};

use aldo_models::BlobId;
use aldo_models::test_support::{TinyShape, tiny_gguf};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::TestEnv;

const BLOCK_BYTES: usize = 512;

/// One header of a `tar` archive, whatever it claims.
fn header(name: &str, kind: u8, size: u64, link: &str) -> Vec<u8> {
    let mut block = vec![0; BLOCK_BYTES];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn entry(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut all = header(name, b'0', bytes.len() as u64, "");
    all.extend(bytes);
    all.resize(all.len().next_multiple_of(BLOCK_BYTES), 0);
    all
}

fn sha256(env: &TestEnv, bytes: &[u8]) -> String {
    let path = env.write(&env.home().join("bytes"), bytes);
    BlobId::new(&"0".repeat(64))
        .unwrap()
        .of_file(&path)
        .unwrap()
        .to_string()
}

fn tiny() -> Vec<u8> {
    tiny_gguf(&TinyShape::default()).bytes()
}

fn manifest(env: &TestEnv, name: &str, bytes: &[u8]) -> Value {
    json!({
        "format": "aldo-bundle", "version": 1, "id": "tiny", "source": null,
        "files": [{"name": name, "sizeBytes": bytes.len(), "sha256": sha256(env, bytes)}],
    })
}

fn bundle(manifest: &Value, entries: &[Vec<u8>]) -> Vec<u8> {
    let mut all = entry("aldo-bundle.json", manifest.to_string().as_bytes());
    all.extend(entries.concat());
    all.extend([0; 2 * BLOCK_BYTES]);
    all
}

fn names_below(folder: &Path) -> Vec<PathBuf> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            names.push(entry.path());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    names.sort();
    names
}

/// Imports what must be refused, and looks that nothing was written.
#[track_caller]
fn refused(env: &TestEnv, bytes: &[u8], why: &str) {
    let path = env.write(&env.project().join("evil.aldo.tar"), bytes);
    let before = names_below(env.project().parent().unwrap());
    let ran = env
        .aldo(["models", "import", "evil.aldo.tar"])
        .run()
        .exits(2);
    assert!(ran.stderr.contains(why), "{why}: {ran}");
    assert_eq!(
        names_below(env.project().parent().unwrap()),
        before,
        "{ran}"
    );
    fs::remove_file(path).unwrap();
}

#[test]
fn a_model_goes_to_a_machine_without_a_network() {
    let (here, there) = (TestEnv::new(), TestEnv::new());
    here.store_tiny("Tiny.gguf");
    let exported = here
        .aldo(["models", "export", "tiny"])
        .env("ALDO_OFFLINE", "1")
        .run();
    assert_snapshot!(exported, @r"
    exit 0
    --- stdout
    exported tiny (123 kB) to tiny.aldo.tar
    on the other machine: aldo models import tiny.aldo.tar
    ");
    let bundle = fs::read(here.project().join("tiny.aldo.tar")).unwrap();
    there.write(&there.project().join("b.tar"), bundle);
    let imported = there
        .aldo(["models", "import", "b.tar"])
        .env("ALDO_OFFLINE", "1")
        .run();
    assert_snapshot!(imported, @r"
    exit 0
    --- stdout
    imported tiny (123 kB, digests verified)
    to use it: aldo run hello --model tiny
    ");
    there.aldo(["models", "verify", "tiny"]).run().exits(0);
    let again = there.aldo(["models", "import", "b.tar"]).run().exits(2);
    assert!(
        again.stderr.contains("is there already") && again.stderr.contains("aldo models rm"),
        "{again}"
    );
    there.aldo(["models", "rm", "tiny", "--yes"]).run().exits(0);
    assert!(!there.aldo_home().join("models/tiny").exists());
    there.aldo(["models", "import", "b.tar"]).run().exits(0);
    let twice = here.aldo(["models", "export", "tiny"]).run().exits(2);
    assert!(twice.stderr.contains("--output"), "{twice}");
}

#[test]
fn a_bundle_is_an_archive_that_tar_can_list() {
    let env = TestEnv::new();
    env.store_tiny("tiny.gguf");
    env.aldo(["models", "export", "tiny", "--output", "t.tar"])
        .run()
        .exits(0);
    let output = std::process::Command::new("tar")
        .args(["-tvf", "t.tar"])
        .current_dir(env.project())
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success()
            && listed.contains("aldo-bundle.json")
            && listed.contains("tiny.gguf"),
        "{listed}"
    );
}

#[test]
fn f08_names_that_climb_are_refused() {
    let env = TestEnv::new();
    for name in [
        "../evil.gguf",
        "/tmp/aldo-evil.gguf",
        "a/../../evil.gguf",
        "a\\..\\evil.gguf",
        ".hidden.gguf",
    ] {
        let bytes = bundle(&manifest(&env, name, &tiny()), &[entry(name, &tiny())]);
        refused(&env, &bytes, "is no file of a checkpoint");
    }
    let mut climbing = manifest(&env, "tiny.gguf", &tiny());
    climbing["id"] = json!("../../evil");
    refused(
        &env,
        &bundle(&climbing, &[entry("tiny.gguf", &tiny())]),
        "is no id",
    );
    // The manifest is honest, the archive is not.
    let bytes = bundle(
        &manifest(&env, "tiny.gguf", &tiny()),
        &[entry("../tiny.gguf", &tiny())],
    );
    refused(&env, &bytes, "stands where `tiny.gguf` belongs");
}

#[test]
fn f08_links_and_devices_are_refused() {
    let env = TestEnv::new();
    let good = manifest(&env, "tiny.gguf", &tiny());
    for kind in *b"12345678xg" {
        let bytes = bundle(
            &good,
            &[header(
                "tiny.gguf",
                kind,
                tiny().len() as u64,
                "/etc/passwd",
            )],
        );
        refused(&env, &bytes, "no plain file");
    }
    let pipe = env.project().join("pipe.tar");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for path in ["pipe.tar", "/dev/zero", "."] {
        let ran = env.aldo(["models", "import", path]).run().exits(2);
        assert!(ran.stderr.contains("no regular file"), "{ran}");
    }
}

#[test]
fn f08_one_name_twice_is_refused() {
    let env = TestEnv::new();
    let mut twice = manifest(&env, "tiny.gguf", &tiny());
    let file = twice["files"][0].clone();
    twice["files"].as_array_mut().unwrap().push(file);
    let entries = [entry("tiny.gguf", &tiny()), entry("tiny.gguf", &tiny())];
    refused(&env, &bundle(&twice, &entries), "stands there twice");
    // Only the archive has it twice.
    let once = manifest(&env, "tiny.gguf", &tiny());
    refused(
        &env,
        &bundle(&once, &entries),
        "holds more than its manifest says",
    );
}

#[test]
fn f08_other_bytes_than_the_manifest_says_are_refused() {
    let env = TestEnv::new();
    let good = manifest(&env, "tiny.gguf", &tiny());
    let mut forged = tiny();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    refused(
        &env,
        &bundle(&good, &[entry("tiny.gguf", &forged)]),
        "is not what its manifest says: expected ",
    );
    let long = [tiny(), vec![0; 600]].concat();
    refused(
        &env,
        &bundle(&good, &[entry("tiny.gguf", &long)]),
        "`tiny.gguf` has ",
    );
    let whole = bundle(&good, &[entry("tiny.gguf", &tiny())]);
    for at in [0, 100, 511, 600, 2000, whole.len() / 2, whole.len() - 2000] {
        refused(&env, &whole[..at], "not a bundle");
    }
    refused(
        &env,
        &[whole, vec![1; 100]].concat(),
        "holds more than its manifest says",
    );
}

#[test]
fn f08_ten_gigabytes_of_zeros_are_refused_at_once() {
    let env = TestEnv::new();
    let started = std::time::Instant::now();
    let path = env.project().join("zeros.tar");
    fs::File::create(&path).unwrap().set_len(10 << 30).unwrap();
    let ran = env.aldo(["models", "import", "zeros.tar"]).run().exits(2);
    assert!(ran.stderr.contains("it is no archive"), "{ran}");
    // And behind an honest beginning.
    let honest = bundle(
        &manifest(&env, "tiny.gguf", &tiny()),
        &[entry("tiny.gguf", &tiny())],
    );
    fs::write(&path, honest).unwrap();
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(10 << 30)
        .unwrap();
    let ran = env.aldo(["models", "import", "zeros.tar"]).run().exits(2);
    assert!(
        ran.stderr.contains("holds more than its manifest says"),
        "{ran}"
    );
    // And as a manifest.
    let mut huge = header("aldo-bundle.json", b'0', 10 << 30, "");
    huge.resize(1 << 20, b' ');
    refused(&env, &huge, "`aldo-bundle.json` has 10737418240 bytes");
    assert!(started.elapsed() < std::time::Duration::from_secs(20));
}

#[test]
fn f08_an_unknown_version_and_a_checkpoint_nobody_can_read_are_refused() {
    let env = TestEnv::new();
    let mut later = manifest(&env, "tiny.gguf", &tiny());
    later["version"] = json!(2);
    refused(
        &env,
        &bundle(&later, &[entry("tiny.gguf", &tiny())]),
        "has version 2, this program reads version 1",
    );
    let junk = b"GGUF is what it begins with";
    let bytes = bundle(
        &manifest(&env, "tiny.gguf", junk),
        &[entry("tiny.gguf", junk)],
    );
    refused(&env, &bytes, "tiny.gguf");
    refused(&env, b"PK\x03\x04", "not a bundle");
    refused(
        &env,
        &bundle(&json!({"format": "zip", "version": 1}), &[]),
        "that of something else",
    );
    refused(&env, &bundle(&json!([1, 2]), &[]), "its manifest");
}

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use ::sha2::{Digest, Sha256};

use super::*;
use crate::test_support::{GgufWriter, TinyShape, Value, tiny_gguf, tiny_safetensors};

fn tiny() -> GgufWriter {
    tiny_gguf(&TinyShape::default())
}

fn write(path: &Path, writer: &GgufWriter) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, writer.bytes()).unwrap();
}

#[track_caller]
fn refusal(path: &Path) -> String {
    Checkpoint::open(path)
        .expect_err("should be refused")
        .to_string()
}

/// The rows of a folder as `id` or `name: message`.
fn rows(root: &Path) -> Vec<String> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    Checkpoint::find(root)
        .into_iter()
        .map(|(path, row)| match row {
            Ok(checkpoint) => checkpoint.id().to_owned(),
            Err(error) => format!("{}: {error}", name(&path)),
        })
        .collect()
}

#[test]
fn a_gguf_file_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Tiny-Random.Q8_0.gguf");
    write(&path, &tiny());
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.id(), "tiny-random.q8_0");
    assert_eq!(checkpoint.path(), Some(path.as_path()));
    assert_eq!(checkpoint.format(), Format::Gguf);
    assert_eq!(checkpoint.quantization(), "Q8_0");
    assert_eq!(
        checkpoint.parameters(),
        2 * 271 * 64 + 2 * (36_864 + 2 * 64) + 64
    );
    assert_eq!(
        checkpoint.size_bytes(),
        std::fs::metadata(&path).unwrap().len()
    );
    let cache = checkpoint.memory_bytes(100) - checkpoint.memory_bytes(0);
    assert_eq!(cache, 100 * 2 * 4 * 2 * 2 * 16);
    assert!(checkpoint.memory_bytes(0) > checkpoint.size_bytes());
    assert!(
        checkpoint
            .chat_template_source()
            .unwrap()
            .contains("<|im_start|>")
    );
    let facts = checkpoint.facts();
    assert_eq!(
        (facts.name.as_deref(), facts.license.as_deref()),
        (Some("tiny-random"), Some("mit"))
    );
    assert_eq!(facts.tensor_kinds["Q8_0"], 16);
    assert_eq!(facts.tensor_kinds["F32"], 5);
    assert_eq!(facts.template.unwrap().sha256.len(), 64);
}

#[test]
fn a_safetensors_folder_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("My-Model");
    tiny_safetensors(&path, &TinyShape::default()).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.id(), "my-model");
    assert_eq!(checkpoint.format(), Format::Safetensors);
    assert_eq!(checkpoint.quantization(), "F32");
    assert!(
        checkpoint
            .chat_template_source()
            .unwrap()
            .contains("<|im_start|>")
    );
    let by_file = Checkpoint::open(&path.join("model.safetensors")).unwrap();
    assert_eq!(by_file.config(), checkpoint.config());
    assert_eq!(by_file.id(), "my-model");
    std::fs::write(path.join("chat_template.jinja"), "x").unwrap();
    assert_eq!(
        Checkpoint::open(&path).unwrap().chat_template_source(),
        Some("x")
    );
    std::fs::remove_file(path.join("config.json")).unwrap();
    assert!(refusal(&path).contains("config.json"));
}

#[test]
fn the_builtin_model_opens() {
    let checkpoint = Checkpoint::builtin().unwrap();
    assert_eq!((checkpoint.id(), checkpoint.path()), ("aldo-nano", None));
    assert_eq!(checkpoint.config().architecture.name(), "qwen3");
    assert_eq!(checkpoint.warnings(), Vec::<String>::new());
    assert_eq!(checkpoint.sha256().unwrap().len(), 64);
}

#[test]
fn checksums_are_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(&path, &tiny());
    let checkpoint = Checkpoint::open(&path).unwrap();
    let sum = checkpoint.sha256().unwrap();
    let expected = Sha256::digest(std::fs::read(&path).unwrap());
    assert_eq!(sum, sha256::hexadecimal(&expected));
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .set_len(5)
        .unwrap();
    assert!(matches!(
        checkpoint.sha256(),
        Err(ModelError::Changed { .. })
    ));
}

#[test]
fn missing_tensors_and_types_are_refused_before_loading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(&path, &tiny().without_tensor("blk.1.ffn_up.weight"));
    assert_eq!(refusal(&path), "tensor `blk.1.ffn_up.weight` is missing");
    // The same number of bytes as 8-bit integers, which nothing computes with.
    write(
        &path,
        &tiny().change("blk.0.attn_norm.weight", |it| {
            it.kind = 26;
        }),
    );
    assert_eq!(
        refusal(&path),
        "tensor `blk.0.attn_norm.weight` has type I32, which is not supported"
    );
    write(
        &path,
        &tiny().key("llama.feed_forward_length", Value::U32(64)),
    );
    assert!(refusal(&path).contains("`blk.0.ffn_gate.weight`: has shape [128, 64]"));
}

#[test]
fn b03_tied_weights_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(&path, &tiny().without_tensor("output.weight"));
    assert!(Checkpoint::open(&path).unwrap().config().tied_embeddings);
    let path = folder.path().join("st");
    tiny_safetensors(&path, &TinyShape::default()).unwrap();
    let file = path.join("model.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    let renamed = String::from_utf8_lossy(&bytes[..8192])
        .find("lm_head.weight")
        .unwrap();
    let mut changed = bytes;
    changed[renamed] = b'x';
    std::fs::write(&file, changed).unwrap();
    assert_eq!(refusal(&path), "tensor `output.weight` is missing");
}

#[test]
fn b04_pickles_are_refused_unopened() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pytorch_model.bin", "model.pt", "model.pkl"] {
        let path = folder.path().join(name.replace('.', "-")).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "GGUF").unwrap();
        assert!(refusal(&path).contains("pickle"), "{name}");
        assert!(refusal(path.parent().unwrap()).contains("pickle"), "{name}");
    }
    let found = rows(folder.path());
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|row| row.contains("pickle")), "{found:?}");
}

#[test]
fn split_files_are_one_row() {
    let folder = tempfile::tempdir().unwrap();
    for part in 1..=3 {
        write(
            &folder.path().join(format!("m-0000{part}-of-00003.gguf")),
            &tiny(),
        );
    }
    let found = rows(folder.path());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("one of 3 parts"), "{found:?}");
    let path = folder.path().join("t.gguf");
    write(&path, &tiny().key("split.count", Value::Raw(2, vec![2, 0])));
    assert!(refusal(&path).contains("one of 2 parts"));
}

#[test]
fn templates_have_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(
        &path,
        &tiny().key(
            "tokenizer.chat_template",
            Value::Text("x".repeat(300 << 10)),
        ),
    );
    assert!(refusal(&path).contains("`tokenizer.chat_template`: is longer"));
    write(&path, &tiny().without_key("tokenizer.chat_template"));
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.warnings(), ["it has no chat template"]);
    assert!(matches!(
        checkpoint.chat_template(),
        Err(ModelError::NoChatTemplate)
    ));
}

#[test]
fn a16_a_thousand_bad_files_beside_a_good_one() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..1000 {
        std::fs::write(folder.path().join(format!("bad-{index}.gguf")), "GGUF").unwrap();
    }
    write(&folder.path().join("good.gguf"), &tiny());
    let started = Instant::now();
    let found = rows(folder.path());
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(found.len(), 1001);
    assert!(found.contains(&"good".to_owned()));
}

#[test]
fn equal_names_get_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("A/m.gguf"), &tiny());
    write(&folder.path().join("B/m.gguf"), &tiny());
    assert_eq!(rows(folder.path()), ["m", "b/m"]);
    assert!(rows(&folder.path().join("none")).is_empty());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a16_what_is_no_regular_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let made = std::process::Command::new("mkfifo")
            .arg(path("pipe.gguf"))
            .status()
            .unwrap();
        assert!(made.success());
        symlink("/dev/zero", path("zero.gguf")).unwrap();
        symlink("loop.gguf", path("loop.gguf")).unwrap();
        symlink(".", path("self")).unwrap();
        std::fs::create_dir(path("folder.gguf")).unwrap();
        std::fs::write(path("empty.gguf"), "").unwrap();
        let sparse = std::fs::File::create(path("sparse.gguf")).unwrap();
        sparse.set_len(1 << 40).unwrap();
        write(&path("good.gguf"), &tiny());
        let started = Instant::now();
        let found = rows(folder.path());
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{:?}",
            started.elapsed()
        );
        let row = |name: &str| {
            found
                .iter()
                .find(|row| row.starts_with(name))
                .unwrap()
                .as_str()
        };
        assert!(row("pipe.gguf").contains("not a regular file"), "{found:?}");
        assert!(row("zero.gguf").contains("not a regular file"), "{found:?}");
        assert!(row("loop.gguf").contains("cannot read"), "{found:?}");
        assert!(row("folder.gguf").contains("holds no GGUF"), "{found:?}");
        assert!(
            row("empty.gguf").contains("truncated at byte 0"),
            "{found:?}"
        );
        assert!(
            row("sparse.gguf").contains("does not begin with `GGUF`"),
            "{found:?}"
        );
        assert_eq!(row("good"), "good");
        assert_eq!(found.len(), 7, "{found:?}");
    }

    #[test]
    fn a16_a_terabyte_with_a_good_magic_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.gguf");
        let list = [&8u32.to_le_bytes()[..], &(1u64 << 36).to_le_bytes()].concat();
        write(&path, &GgufWriter::default().key("a", Value::Raw(9, list)));
        std::fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(1 << 40)
            .unwrap();
        let started = Instant::now();
        assert!(refusal(&path).contains("`a`: the header is longer than 128 MiB"));
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{:?}",
            started.elapsed()
        );
    }

    #[test]
    fn a_hugging_face_cache_is_read() {
        let hub = tempfile::tempdir().unwrap();
        let repository = hub.path().join("models--Org--Name");
        let blobs = repository.join("blobs");
        tiny_safetensors(&blobs, &TinyShape::default()).unwrap();
        for (revision, good) in [("aaa", true), ("bbb", false)] {
            let snapshot = repository.join("snapshots").join(revision);
            std::fs::create_dir_all(&snapshot).unwrap();
            for entry in std::fs::read_dir(&blobs).unwrap() {
                let name = entry.unwrap().file_name();
                let target = Path::new("../../blobs").join(&name);
                symlink(target, snapshot.join(&name)).unwrap();
            }
            if !good {
                std::fs::remove_file(snapshot.join("config.json")).unwrap();
            }
        }
        std::fs::create_dir_all(repository.join("refs")).unwrap();
        std::fs::write(repository.join("refs/main"), "aaa\n").unwrap();
        std::fs::create_dir_all(hub.path().join("datasets--x--y/snapshots/1")).unwrap();
        assert_eq!(rows(hub.path()), ["Org/Name"]);
        std::fs::remove_file(repository.join("refs/main")).unwrap();
        let found = rows(hub.path());
        assert!(
            found[0].starts_with("bbb: ") && found.len() == 1,
            "{found:?}"
        );
    }
}

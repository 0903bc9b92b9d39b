#![allow(clippy::unwrap_used)]

use std::path::Path;

use serde_json::{Value, json};

use super::Safetensors;
use crate::config::Architecture;
use crate::test_support::{TinyShape, tiny_safetensors};

/// A file with this header and as many zero bytes of data.
fn file(header: &str, data_len: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data_len, 0);
    bytes
}

fn tensor(len: usize, start: usize, end: usize) -> Value {
    json!({"dtype": "F32", "shape": [len], "data_offsets": [start, end]})
}

fn with_files(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

#[track_caller]
fn assert_refused(folder: &Path, parts: &[&str]) {
    let message = Safetensors::open(folder, Architecture::Llama)
        .expect_err("should be refused")
        .to_string();
    for part in parts {
        assert!(
            message.contains(part),
            "{message:?} should contain {part:?}"
        );
    }
}

#[track_caller]
fn assert_file_refused(bytes: Vec<u8>, parts: &[&str]) {
    let folder = with_files(&[("model.safetensors", bytes)]);
    assert_refused(folder.path(), &[parts, &["model.safetensors"]].concat());
}

#[test]
fn the_tiny_folder_is_read_by_canonical_name() {
    let folder = tempfile::tempdir().unwrap();
    tiny_safetensors(folder.path(), &TinyShape::default()).unwrap();
    let opened = Safetensors::open(folder.path(), Architecture::Llama).unwrap();
    assert_eq!(opened.entries().count(), 2 * 9 + 3);
    let entry = opened.entry("blk.1.ffn_down.weight").unwrap();
    assert_eq!(entry.shape, [64, 128]);
    assert_eq!(opened.data(entry).len(), 64 * 128 * 4);
}

#[test]
fn b01_header_lengths() {
    for len in [1 << 63, (100 << 20) + 1, u64::MAX] {
        let bytes = [&u64::to_le_bytes(len)[..], b"{}"].concat();
        assert_file_refused(bytes, &["`header`", &format!("is {len} bytes long")]);
    }
    let longer_than_file = [&100u64.to_le_bytes()[..], b"{}"].concat();
    assert_file_refused(longer_than_file, &["truncated at byte 10", "108"]);
    assert_file_refused(vec![1, 2, 3], &["truncated at byte 3"]);
    assert_file_refused(Vec::new(), &["truncated at byte 0"]);
    assert_file_refused(file("[1]", 0), &["does not begin with `{`"]);
    assert_file_refused(file("{\"a\":", 0), &["`header`", "EOF"]);
}

#[test]
fn b01_offsets_and_shapes() {
    let one = |value: Value, len| file(&json!({ "a": value }).to_string(), len);
    assert_file_refused(one(tensor(1, 4, 8), 8), &["`header`"]);
    assert_file_refused(one(tensor(2, 0, 4), 4), &["`header`"]);
    assert_file_refused(one(tensor(1, 0, 4), 3), &["`header`"]);
    assert_file_refused(one(tensor(1, 0, 4), 5), &["`header`"]);
    assert_file_refused(one(tensor(0, 0, 0), 0), &["`a`", "shape [0]"]);
    let wraps = json!({"dtype": "F32", "shape": [1u64 << 63, 4], "data_offsets": [0, 0]});
    assert_file_refused(one(wraps, 0), &["`header`"]);
    let largest = json!({"dtype": "U8", "shape": [u64::MAX], "data_offsets": [0, u64::MAX]});
    assert_file_refused(one(largest, 0), &["`header`"]);
    let deep =
        json!({"dtype": "F32", "shape": [1, 1, 1, 1, 1, 1, 1, 1, 1], "data_offsets": [0, 4]});
    assert_file_refused(one(deep, 4), &["`header`", "more than 8 numbers"]);
    let nested = json!({"dtype": "F32", "shape": [[1]], "data_offsets": [0, 4]});
    assert_file_refused(one(nested, 4), &["`header`", "expected u64"]);
    let overlap = json!({"a": tensor(2, 0, 8), "b": tensor(2, 4, 12)}).to_string();
    assert_file_refused(file(&overlap, 12), &["`header`"]);
    let hole = json!({"a": tensor(1, 0, 4), "b": tensor(1, 8, 12)}).to_string();
    assert_file_refused(file(&hole, 12), &["`header`"]);
}

#[test]
fn b01_duplicate_names() {
    let same = tensor(1, 0, 4);
    assert_file_refused(
        file(&format!("{{\"a\":{same},\"a\":{same}}}"), 4),
        &["`a`: stands twice"],
    );
    let disguised =
        json!({"model.norm.weight": tensor(1, 0, 4), "output_norm.weight": tensor(1, 4, 8)});
    assert_file_refused(
        file(&disguised.to_string(), 8),
        &["`output_norm.weight`", "twice"],
    );
}

#[test]
fn b01_a_million_empty_tensors() {
    let entries: Vec<String> = (0..100_000)
        .map(|i| format!("\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"))
        .collect();
    let bytes = file(&format!("{{{}}}", entries.join(",")), 0);
    assert_file_refused(bytes, &["more than 65536 members"]);
    assert_file_refused(file("{}", 0), &["holds no tensors"]);
}

/// Two shards with one tensor each, and an index with this `weight_map`.
fn sharded(weight_map: &Value) -> tempfile::TempDir {
    let shard = |name: &str| file(&json!({ name: tensor(1, 0, 4) }).to_string(), 4);
    let index = json!({ "metadata": {}, "weight_map": weight_map }).to_string();
    with_files(&[
        ("model-1.safetensors", shard("model.norm.weight")),
        ("model-2.safetensors", shard("lm_head.weight")),
        ("model.safetensors.index.json", index.into_bytes()),
    ])
}

#[test]
fn shards_are_joined() {
    let folder = sharded(&json!({
        "model.norm.weight": "model-1.safetensors", "lm_head.weight": "model-2.safetensors"
    }));
    let opened = Safetensors::open(folder.path(), Architecture::Llama).unwrap();
    assert_eq!(opened.entries().count(), 2);
    assert!(opened.entry("output.weight").is_some());
    assert_eq!(opened.files().count(), 2);
}

#[test]
fn b02_shard_names_stay_in_the_folder() {
    for name in [
        "../x.safetensors",
        "/etc/passwd",
        "a\\..\\b.safetensors",
        "..",
        "",
        "x.bin",
    ] {
        let folder = sharded(&json!({ "model.norm.weight": name }));
        assert_refused(folder.path(), &["model.norm.weight", "beside the index"]);
    }
    let folder = sharded(&json!({ "model.norm.weight": 1 }));
    assert_refused(folder.path(), &["`weight_map`", "expected a string"]);
    assert_refused(
        sharded(&json!([])).path(),
        &["`weight_map`", "expected an object"],
    );
    assert_refused(sharded(&json!({})).path(), &["`weight_map`", "empty"]);
}

#[test]
fn b02_missing_and_misplaced() {
    let folder = sharded(&json!({ "model.norm.weight": "model-3.safetensors" }));
    assert_refused(
        folder.path(),
        &["`weight_map`", "`model-3.safetensors` is missing"],
    );
    let folder = sharded(&json!({
        "model.norm.weight": "model-2.safetensors", "lm_head.weight": "model-2.safetensors"
    }));
    assert_refused(
        folder.path(),
        &["`model.norm.weight`", "`model-2.safetensors`"],
    );
    let folder = sharded(&json!({
        "model.norm.weight": "model-1.safetensors", "lm_head.weight": "model-2.safetensors"
    }));
    let copy = folder.path().join("model-1.safetensors");
    std::fs::copy(copy, folder.path().join("model-2.safetensors")).unwrap();
    assert_refused(folder.path(), &["`output_norm.weight`", "stands twice"]);
}

#[test]
fn several_files_without_an_index_are_no_checkpoint() {
    let shard = file(&json!({ "a": tensor(1, 0, 4) }).to_string(), 4);
    let folder = with_files(&[("a.safetensors", shard.clone()), ("b.safetensors", shard)]);
    assert_refused(folder.path(), &["several safetensors files"]);
    assert_refused(with_files(&[]).path(), &["holds no safetensors file"]);
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    fn good() -> Vec<u8> {
        file(
            &json!({ "model.norm.weight": tensor(1, 0, 4) }).to_string(),
            4,
        )
    }

    #[test]
    fn b02_a_link_out_of_the_folder_is_refused() {
        let outside = with_files(&[("secret", good())]);
        let folder = with_files(&[]);
        let link = folder.path().join("model.safetensors");
        symlink(outside.path().join("secret"), &link).unwrap();
        assert_refused(folder.path(), &["leaves its folder"]);
        std::fs::remove_file(&link).unwrap();
        symlink("model.safetensors", &link).unwrap();
        assert_refused(folder.path(), &["cannot read"]);
    }

    #[test]
    fn b02_a_link_to_a_blob_of_the_same_repository_is_read() {
        let hub = tempfile::tempdir().unwrap();
        let repository = hub.path().join("models--a--b");
        let snapshot = repository.join("snapshots/abc");
        std::fs::create_dir_all(&snapshot).unwrap();
        std::fs::create_dir_all(repository.join("blobs")).unwrap();
        std::fs::write(repository.join("blobs/1234"), good()).unwrap();
        symlink("../../blobs/1234", snapshot.join("model.safetensors")).unwrap();
        assert!(Safetensors::open(&snapshot, Architecture::Llama).is_ok());

        let other = hub.path().join("models--c--d/blobs");
        std::fs::create_dir_all(&other).unwrap();
        std::fs::write(other.join("1"), good()).unwrap();
        std::fs::remove_file(snapshot.join("model.safetensors")).unwrap();
        symlink(
            "../../../models--c--d/blobs/1",
            snapshot.join("model.safetensors"),
        )
        .unwrap();
        assert_refused(&snapshot, &["leaves its folder"]);
    }
}

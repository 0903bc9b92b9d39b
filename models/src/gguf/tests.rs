#![allow(clippy::unwrap_used)]

mod tensors;
mod values;

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use super::MetadataValue;
use super::header::{Header, parse};
use crate::error::ModelError;
use crate::mapping::Bytes;
use crate::test_support::{GgufWriter, TinyShape, Value, tiny_gguf};

fn tiny() -> GgufWriter {
    tiny_gguf(&TinyShape::default())
}

/// Through a file, as lists stay in it.
fn read(bytes: &[u8]) -> Result<Header, ModelError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read_file(file.path())
}

fn read_file(path: &Path) -> Result<Header, ModelError> {
    let header = parse(Path::new("t.gguf"), &Bytes::map(path)?)?;
    for (key, value) in header.metadata.iter() {
        if let MetadataValue::Texts(_) = value {
            header.metadata.strings(key)?;
        }
    }
    Ok(header)
}

/// The message of the refusal, which names the file.
#[track_caller]
fn refused(bytes: &[u8]) -> String {
    let message = read(bytes).expect_err("should be refused").to_string();
    assert!(message.contains("`t.gguf`"), "{message}");
    message
}

#[track_caller]
fn assert_refused(writer: &GgufWriter, parts: &[&str]) {
    let message = refused(&writer.bytes());
    for part in parts {
        assert!(
            message.contains(part),
            "{message:?} should contain {part:?}"
        );
    }
}

#[test]
fn the_tiny_file_is_read_whole() {
    let bytes = tiny().bytes();
    assert!((120_000..140_000).contains(&bytes.len()), "{}", bytes.len());
    let header = read(&bytes).unwrap();
    assert_eq!(header.warnings, Vec::<String>::new());
    assert_eq!(
        header.metadata.str("general.architecture").unwrap(),
        Some("llama")
    );
    assert_eq!(header.metadata.u32("llama.block_count").unwrap(), Some(2));
    let tokens = header
        .metadata
        .strings("tokenizer.ggml.tokens")
        .unwrap()
        .unwrap();
    assert_eq!(tokens.len(), 271);
    assert_eq!(tokens.get(65), Some("A"));
    assert_eq!(tokens.get(270), Some("<|im_end|>"));
    assert_eq!(tokens.get(271), None);
    let types = header
        .metadata
        .i32s("tokenizer.ggml.token_type")
        .unwrap()
        .unwrap();
    assert_eq!(types[268..], [3, 3, 3]);
    let tensor = header.tensors.get("blk.1.ffn_down.weight").unwrap();
    assert_eq!(tensor.shape, [64, 128]);
    assert_eq!(tensor.size_bytes, 64 * 128 / 32 * 34);
    assert_eq!(tensor.start % 32, 0);
    assert!(header.tensors.get("blk.2.ffn_down.weight").is_none());
}

#[test]
fn version_2_is_read_as_version_3() {
    let mut writer = tiny();
    writer.version = 2;
    assert!(read(&writer.bytes()).is_ok());
}

#[test]
fn a01_truncated_in_the_header() {
    let writer = tiny();
    let (bytes, header_len) = (writer.bytes(), writer.header_bytes().len());
    for len in (0..24).chain((24..header_len).step_by(64)) {
        let message = refused(&bytes[..len]);
        assert!(
            message.contains(&format!("truncated at byte {len}")),
            "{len}: {message}"
        );
    }
}

#[test]
fn a01_truncated_in_the_data() {
    let bytes = tiny().bytes();
    let header = read(&bytes).unwrap();
    let tensors = header.tensors.as_slice();
    let start = tensors[0].start;
    let ends = tensors
        .iter()
        .map(|tensor| tensor.start + tensor.size_bytes - 1);
    for len in (start..bytes.len()).step_by(4096).chain(ends) {
        let message = refused(&bytes[..len]);
        assert!(
            message.contains(&format!("truncated at byte {len}: tensor `")),
            "{len}: {message}"
        );
    }
    let last = tensors.last().unwrap();
    let end = last.start + last.size_bytes;
    let message = refused(&bytes[..end - 1]);
    assert!(
        message.contains(&format!("tensor `output.weight` needs {end} bytes")),
        "{message}"
    );
    assert!(
        read(&bytes[..end]).is_ok(),
        "the padding after the last tensor may be absent"
    );
}

#[test]
fn a02_magic_and_version() {
    let with = |magic: &[u8; 4], version| {
        let mut writer = tiny();
        (writer.magic, writer.version) = (*magic, version);
        writer
    };
    assert_refused(&with(b"FUGG", 3), &["not a checkpoint", "`GGUF`"]);
    assert_refused(
        &with(b"GGUF", 3u32.swap_bytes()),
        &["`version`", "big-endian"],
    );
    for version in [0, 1, 4, u32::MAX] {
        assert_refused(
            &with(b"GGUF", version),
            &["`version`", &format!("is {version}")],
        );
    }
}

#[test]
fn a03_counts() {
    for count in [1 << 63, u64::MAX, 65_537] {
        let mut writer = tiny();
        writer.tensor_count = Some(count);
        assert_refused(&writer, &["`tensor count`", &count.to_string()]);
        let mut writer = tiny();
        writer.key_count = Some(count);
        assert_refused(&writer, &["`key count`", &count.to_string()]);
    }
    let mut one_more_tensor = tiny();
    one_more_tensor.tensor_count = Some(one_more_tensor.tensors.len() as u64 + 1);
    refused(&one_more_tensor.bytes());
    let mut one_more_key = tiny();
    one_more_key.key_count = Some(one_more_key.keys.len() as u64 + 1);
    refused(&one_more_key.bytes());
}

#[test]
fn a06_alignment() {
    const KEY: &str = "general.alignment";
    for value in [0, 1, 3, 4, 13, 131_072, 1 << 31] {
        let writer = tiny().key(KEY, Value::U32(value));
        assert_refused(&writer, &["`general.alignment`", &format!("is {value}")]);
    }
    let mistyped = [
        (0, vec![32], "u8"),
        (10, 32u64.to_le_bytes().to_vec(), "u64"),
        (5, (-1i32).to_le_bytes().to_vec(), "i32"),
        (8, [&2u64.to_le_bytes()[..], b"32"].concat(), "text"),
    ];
    for (kind, bytes, name) in mistyped {
        let writer = tiny().key(KEY, Value::Raw(kind, bytes));
        assert_refused(&writer, &["`general.alignment`", &format!("is {name}")]);
    }
    for padding in [8, 64, 65_536] {
        let mut writer = tiny().key(KEY, Value::U32(padding as u32));
        writer.padding = padding;
        assert!(read(&writer.bytes()).is_ok(), "{padding}");
    }
}

#[test]
fn a13_header_bit_flips_never_panic() {
    let writer = tiny();
    let (bytes, bits) = (writer.bytes(), writer.header_bytes().len() * 8);
    let (mut accepted, mut rejected) = (0, 0);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    for seed in 0..8u64 {
        let mut state = seed;
        for _ in 0..400 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bit = (state >> 33) as usize % bits;
            let byte = bytes[bit / 8];
            write_byte(&mut file, bit / 8, byte ^ (1 << (bit % 8)));
            match read_file(file.path()) {
                Ok(_) => accepted += 1,
                Err(_) => rejected += 1,
            }
            write_byte(&mut file, bit / 8, byte);
        }
    }
    assert!(
        accepted > 0 && rejected > 0,
        "{accepted} accepted, {rejected} rejected"
    );
}

fn write_byte(file: &mut tempfile::NamedTempFile, at: usize, byte: u8) {
    file.seek(SeekFrom::Start(at as u64)).unwrap();
    file.write_all(&[byte]).unwrap();
}

#[test]
fn a14_names_in_messages_cannot_steer_a_terminal() {
    let mut writer = tiny();
    writer
        .keys
        .push((b"\x1b]52;c;eA==\x07".to_vec(), Value::Raw(99, Vec::new())));
    let message = refused(&writer.bytes());
    assert!(message.contains("\\u{1b}]52"), "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
}

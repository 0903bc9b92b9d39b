#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::header::{Header, parse};
use crate::error::ModelError;
use crate::test_support::{GgufWriter, TinyShape, Value, tiny_gguf};

fn tiny() -> GgufWriter {
    tiny_gguf(&TinyShape::default())
}

fn read(bytes: &[u8]) -> Result<Header, ModelError> {
    parse(Path::new("t.gguf"), bytes)
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
fn a04_texts_and_types() {
    let text = |len: u64| Value::Raw(8, len.to_le_bytes().to_vec());
    for len in [1 << 63, 1_000_000_000] {
        let writer = tiny().key("general.name", text(len));
        assert_refused(
            &writer,
            &["`general.name`", &format!("text of {len} bytes")],
        );
    }
    let rest_and_one = GgufWriter::default().key("general.name", Value::Raw(8, vec![9, 0, 0, 0]));
    assert_refused(&rest_and_one, &["truncated", "general.name"]);
    let not_utf8 = [&1u64.to_le_bytes()[..], &[0xff]].concat();
    assert_refused(
        &tiny().key("a", Value::Raw(8, not_utf8)),
        &["`a`", "not UTF-8"],
    );
    assert_refused(
        &tiny().key("a", Value::Raw(13, vec![0; 8])),
        &["`a`", "value type 13"],
    );
    assert_refused(&tiny().key("a", Value::Raw(7, vec![7])), &["`a`", "0 or 1"]);
    let bools = [&7u32.to_le_bytes()[..], &2u64.to_le_bytes(), &[1, 2]].concat();
    assert_refused(&tiny().key("a", Value::Raw(9, bools)), &["`a`", "0 or 1"]);
}

#[test]
fn a04_keys() {
    let with = |key: Vec<u8>| {
        let mut writer = tiny();
        writer.keys.push((key, Value::U32(1)));
        writer
    };
    assert_refused(&with(Vec::new()), &["`key`", "is empty"]);
    assert_refused(&with(vec![0xff, 0xfe]), &["`key`", "not UTF-8"]);
    assert_refused(
        &with(vec![b'k'; 1 << 20]),
        &["`key`", "text of 1048576 bytes"],
    );
}

fn list(kind: u32, len: u64, bytes: &[u8]) -> Value {
    Value::Raw(
        9,
        [&kind.to_le_bytes()[..], &len.to_le_bytes(), bytes].concat(),
    )
}

#[test]
fn a05_lists_longer_than_the_file() {
    for len in [1 << 62, 1 << 63, u64::MAX, 1 << 30] {
        for kind in [0, 4, 8, 12] {
            let message = refused(&tiny().key("a", list(kind, len, &[])).bytes());
            assert!(
                message.contains("truncated") || message.contains("`a`"),
                "{message}"
            );
        }
    }
}

#[test]
fn a05_nested_lists() {
    let nested = list(9, 1, &9u32.to_le_bytes().repeat(200_000));
    assert_refused(&tiny().key("a", nested), &["`a`", "a list inside a list"]);
}

#[test]
fn a05_memory_stays_below_twice_the_header() {
    let megabytes = vec![0; 40 << 20];
    let header = read(&tiny().key("a", list(0, 40 << 20, &megabytes)).bytes()).unwrap();
    assert_eq!(size_of_list(&header), 40 << 20);
    let header = read(
        &tiny()
            .key("a", list(8, 5_000_000, &megabytes[..40_000_000]))
            .bytes(),
    );
    assert_eq!(size_of_list(&header.unwrap()), 5_000_000 * 4);
}

/// The heap bytes of the list `a`.
fn size_of_list(header: &Header) -> usize {
    match header.metadata.get("a").unwrap() {
        super::MetadataValue::Texts(texts) => texts.heap_bytes(),
        super::MetadataValue::Numbers(numbers) => numbers.heap_bytes(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a05_headers_have_a_limit() {
    let giant = list(0, 129 << 20, &vec![0; 129 << 20]);
    assert_refused(&tiny().key("a", giant), &["`a`", "longer than 128 MiB"]);
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
fn a07_dimensions() {
    const NAME: &str = "blk.0.attn_q.weight";
    let count = |count| tiny().change(NAME, |tensor| tensor.dimension_count = Some(count));
    for wrong in [0, 5, u32::MAX] {
        assert_refused(&count(wrong), &[NAME, &format!("{wrong} dimensions")]);
    }
    let dimensions = |list: &[u64]| tiny().change(NAME, |it| it.dimensions = list.to_vec());
    for wrong in [0, u64::MAX, 1 << 60] {
        assert_refused(
            &dimensions(&[64, wrong]),
            &[NAME, &format!("a dimension of {wrong}")],
        );
    }
    assert_refused(
        &dimensions(&[1 << 32, 1 << 32]),
        &[NAME, "no file can hold"],
    );
    assert_refused(
        &dimensions(&[64, (1 << 58) + 32]),
        &[NAME, "a dimension of"],
    );
    assert_refused(
        &dimensions(&[1 << 40, 1 << 40, 1 << 40]),
        &[NAME, "no file can hold"],
    );
    assert_refused(&dimensions(&[64, 1 << 40]), &["truncated", NAME]);
}

#[test]
fn a08_offsets() {
    const NAME: &str = "blk.0.attn_q.weight";
    let honest = read(&tiny().bytes()).unwrap();
    let data_start = honest.tensors.as_slice()[0].start as u64;
    let right = honest.tensors.get(NAME).unwrap().start as u64 - data_start;
    for wrong in [u64::MAX, 1 << 40, right + 1, right - 32, right + 32, 0] {
        let writer = tiny().change(NAME, |tensor| tensor.offset = Some(wrong));
        assert_refused(&writer, &[NAME, &format!("not at {right}")]);
    }
}

#[test]
fn a08_trailing_bytes_are_a_warning() {
    let mut writer = tiny();
    writer.trailing = vec![1; 1 << 20];
    let header = read(&writer.bytes()).unwrap();
    assert_eq!(
        header.warnings,
        ["1048576 bytes after the last tensor are ignored"]
    );
}

#[test]
fn a09_duplicates() {
    let mut writer = tiny();
    let twice = writer.tensors[3].clone();
    writer.tensors.push(twice);
    assert_refused(&writer, &["`blk.0.attn_k.weight`", "stands twice"]);
    let mut writer = tiny();
    let twice = writer.keys[2].clone();
    writer.keys.push(twice);
    assert_refused(&writer, &["`general.license`", "stands twice"]);
}

#[test]
fn a09_types_and_rows() {
    const NAME: &str = "output_norm.weight";
    let kind = |kind| tiny().change(NAME, |tensor| tensor.kind = kind);
    for wrong in [4, 99, u32::MAX] {
        assert_refused(&kind(wrong), &[NAME, &format!("unknown type {wrong}")]);
    }
    let ragged = tiny().change(NAME, |tensor| {
        (tensor.kind, tensor.dimensions) = (12, vec![63]);
    });
    assert_refused(&ragged, &[NAME, "63 columns", "Q4_K"]);
}

#[test]
fn a13_header_bit_flips_never_panic() {
    let writer = tiny();
    let (bytes, bits) = (writer.bytes(), writer.header_bytes().len() * 8);
    let (mut accepted, mut rejected) = (0, 0);
    for seed in 0..8u64 {
        let mut state = seed;
        for _ in 0..400 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bit = (state >> 33) as usize % bits;
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match read(&flipped) {
                Ok(_) => accepted += 1,
                Err(_) => rejected += 1,
            }
        }
    }
    assert!(
        accepted > 0 && rejected > 0,
        "{accepted} accepted, {rejected} rejected"
    );
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

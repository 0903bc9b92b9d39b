use super::super::MetadataValue;
use super::super::header::Header;
use super::{assert_refused, read, refused, tiny};
use crate::test_support::{GgufWriter, Value};

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
        MetadataValue::Numbers(numbers) => numbers.heap_bytes(),
        _ => header.metadata.strings("a").unwrap().unwrap().heap_bytes(),
    }
}

#[test]
fn a05_headers_have_a_limit() {
    let giant = list(0, 129 << 20, &vec![0; 129 << 20]);
    assert_refused(&tiny().key("a", giant), &["`a`", "longer than 128 MiB"]);
}

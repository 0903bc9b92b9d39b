use std::time::{Duration, Instant};

use super::*;

fn event(data: &str) -> SseItem {
    named("message", data)
}

fn named(kind: &str, data: &str) -> SseItem {
    SseItem::Event {
        kind: kind.to_owned(),
        data: data.to_owned(),
    }
}

/// Reads `bytes` in pieces of `size`.
fn read(bytes: &[u8], size: usize) -> Vec<SseItem> {
    let (mut reader, mut items) = (SseReader::default(), Vec::new());
    for piece in bytes.chunks(size) {
        reader.push(piece, &mut items).unwrap();
    }
    items
}

#[test]
fn d04_events_are_as_the_standard_says_wherever_the_stream_is_cut() {
    let cases: &[(&[u8], Vec<SseItem>)] = &[
        (b"data: a\n\n", vec![event("a")]),
        (b"data:a\n\ndata:  b\n\n", vec![event("a"), event(" b")]),
        (b"data: a\r\ndata: b\r\n\r\n", vec![event("a\nb")]),
        (
            b"data: a\rdata: b\r\rdata: c\r\r",
            vec![event("a\nb"), event("c")],
        ),
        (b"data: a\n\r\ndata: b\r\n\n", vec![event("a"), event("b")]),
        (
            b": keepalive\n\n:\n\ndata: a\n\n",
            vec![SseItem::Comment, SseItem::Comment, event("a")],
        ),
        (
            "\u{feff}data: a\n\ndata: \u{feff}b\n\n".as_bytes(),
            vec![event("a"), event("\u{feff}b")],
        ),
        (
            b"event: error\ndata: {}\n\ndata: x\n\n",
            vec![named("error", "{}"), event("x")],
        ),
        (b"event: ping\n\ndata: x\n\n", vec![event("x")]),
        (
            b"data\n\ndata\ndata\n\ndata:\n\n",
            vec![event(""), event("\n"), event("")],
        ),
        (b"id: 1\nretry: 5\nfoo: bar\ndata: a\n\n", vec![event("a")]),
        (
            b"data: [DONE]\n\ndata: [DONE]\n\n",
            vec![event("[DONE]"), event("[DONE]")],
        ),
        (b"data: whole\n\ndata: cut\n", vec![event("whole")]),
        ("data: 👩‍👩‍👧é模\n\n".as_bytes(), vec![event("👩‍👩‍👧é模")]),
        (
            b"data: a\xff\xf0\x9fb\n\n",
            vec![event("a\u{fffd}\u{fffd}b")],
        ),
        (b"\n\n\n", vec![]),
    ];
    for (bytes, expected) in cases {
        for size in 1..=bytes.len() {
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!(
                &read(bytes, size),
                expected,
                "{shown:?} in pieces of {size}"
            );
        }
    }
}

#[test]
fn d03_a_line_without_end_is_refused_at_its_limit() {
    let (mut reader, mut items) = (SseReader::default(), Vec::new());
    let piece = vec![b'x'; 1 << 16];
    let mut taken = 0;
    let error = loop {
        match reader.push(&piece, &mut items) {
            Ok(()) => taken += piece.len(),
            Err(error) => break error,
        }
        assert!(taken <= EVENT_BYTES_MAX);
    };
    assert_eq!(error.to_string(), "an event is longer than 8388608 bytes");
    assert!(items.is_empty());
}

#[test]
fn d03_an_event_of_many_lines_is_refused_at_its_limit() {
    let (mut reader, mut items) = (SseReader::default(), Vec::new());
    let mut piece = b"data: ".to_vec();
    piece.resize(1 << 20, b'x');
    piece.push(b'\n');
    let pushes = (0..9).map(|_| reader.push(&piece, &mut items));
    assert_eq!(pushes.filter(Result::is_err).count(), 1);
}

#[test]
fn d03_a_long_line_in_small_pieces_takes_linear_time() {
    let mut bytes = b"data: ".to_vec();
    bytes.resize(EVENT_BYTES_MAX, b'x');
    bytes.extend(b"\n\n");
    let started = Instant::now();
    let items = read(&bytes, 100);
    assert_eq!(items.len(), 1);
    // Looking at every byte again with every piece would be 300 billion looks.
    assert!(started.elapsed() < Duration::from_secs(5));
}

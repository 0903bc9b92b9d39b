use std::collections::VecDeque;
use std::io::Read;

use super::order::{Kept, Written};

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 16 << 10;

/// Reads `stream` to its end and keeps a part; memory does not grow with what is written.
pub(super) fn read(mut stream: impl Read, kept: Kept) -> Written {
    let mut bytes = VecDeque::new();
    let mut chunk = [0; CHUNK_BYTES];
    let mut read_bytes = 0;
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        read_bytes += count as u64;
        match kept {
            Kept::Start(most) => {
                let room = most.saturating_sub(bytes.len()).min(count);
                bytes.extend(&chunk[..room]);
            }
            Kept::End(most) => {
                bytes.extend(&chunk[..count]);
                bytes.drain(..bytes.len().saturating_sub(most));
            }
        }
    }
    let bytes: Vec<u8> = bytes.into();
    let whole = if read_bytes > bytes.len() as u64 {
        whole_characters(&bytes, kept)
    } else {
        &bytes
    };
    Written {
        text: String::from_utf8_lossy(whole).into_owned(),
        left_out_bytes: read_bytes - whole.len() as u64,
    }
}

/// The cut may have gone through a character, whose parts are at most three bytes.
fn whole_characters(bytes: &[u8], kept: Kept) -> &[u8] {
    match kept {
        Kept::Start(_) => match std::str::from_utf8(bytes) {
            Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
            Err(_) | Ok(_) => bytes,
        },
        Kept::End(_) => {
            let continues = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
            let cut = bytes.iter().take(3).take_while(continues).count();
            &bytes[cut..]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g03_a_part_of_a_long_output_is_kept_and_the_rest_counted() {
        let long = format!("a{}x", "é".repeat(50_000));
        for kept in [Kept::Start(8192), Kept::End(8192)] {
            let written = read(long.as_bytes(), kept);
            let shown = written.text.len() as u64;
            assert_eq!(shown + written.left_out_bytes, long.len() as u64);
            assert!((8190..=8192).contains(&shown), "{kept:?}: {shown}");
            assert!(!written.text.contains('\u{fffd}'));
        }
        assert!(read(long.as_bytes(), Kept::End(8192)).text.ends_with("éx"));
        assert!(
            read(long.as_bytes(), Kept::Start(8192))
                .text
                .starts_with("aé")
        );
    }

    #[test]
    fn a_short_output_is_kept_whole_and_made_text() {
        let written = read(&b"a\xffb"[..], Kept::End(100));
        assert_eq!(written.text, "a\u{fffd}b");
        assert_eq!(written.left_out_bytes, 0);
    }
}

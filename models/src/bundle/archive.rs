//! The archive around the files: POSIX `ustar` headers, written and read strictly.

use super::BundleError;

/// The size of a header, and what data is padded to, in bytes.
pub(super) const BLOCK_BYTES: usize = 512;
/// What ends an archive, in bytes of zeros.
pub(super) const END_BYTES: usize = 2 * BLOCK_BYTES;
/// The most zeros at the end; `tar` fills a record of 20 blocks.
pub(super) const END_BYTES_MAX: u64 = 40 * BLOCK_BYTES as u64;

const NAME: std::ops::Range<usize> = 0..100;
const SIZE: std::ops::Range<usize> = 124..136;
const CHECKSUM: std::ops::Range<usize> = 148..156;
const KIND: usize = 156;
const MAGIC: std::ops::Range<usize> = 257..263;
const PREFIX: std::ops::Range<usize> = 345..500;
/// A size that eleven octal digits cannot say is written in binary after this bit.
const BINARY: u8 = 0x80;
const OCTAL_SIZE_MAX: u64 = 1 << 33;

/// What a header says: a plain file, its name and its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) size_bytes: u64,
}

impl Entry {
    /// The header. The same entry always gives the same bytes: no time, no owner.
    pub(super) fn header(&self) -> [u8; BLOCK_BYTES] {
        let mut block = [0; BLOCK_BYTES];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(NAME.start, self.name.as_bytes());
        put(100, b"0000644\0");
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        if self.size_bytes < OCTAL_SIZE_MAX {
            put(SIZE.start, format!("{:011o}\0", self.size_bytes).as_bytes());
        } else {
            put(SIZE.start, &[BINARY]);
            put(SIZE.end - 8, &self.size_bytes.to_be_bytes());
        }
        put(136, b"00000000000\0");
        put(KIND, b"0");
        put(MAGIC.start, b"ustar\x0000");
        let checksum = checksum(&block);
        block[CHECKSUM].copy_from_slice(format!("{checksum:06o}\0 ").as_bytes());
        block
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`BundleError::Malformed`] for what is damaged, no plain file, or nothing that
    /// [`Entry::header`] writes or `tar` would write for it.
    pub(super) fn parse(block: &[u8; BLOCK_BYTES]) -> Result<Self, BundleError> {
        let bad = |reason: &str| BundleError::malformed(reason);
        if block[MAGIC.start..MAGIC.start + 5] != *b"ustar" {
            return Err(bad("it is no archive"));
        }
        if octal(&block[CHECKSUM]) != Some(u64::from(checksum(block))) {
            return Err(bad("the header of a file in it is damaged"));
        }
        if !matches!(block[KIND], b'0' | 0) {
            return Err(bad("it holds something that is no plain file"));
        }
        if block[PREFIX].iter().any(|&byte| byte != 0) {
            return Err(bad("a file in it stands in a folder"));
        }
        let name = block[NAME]
            .split(|&byte| byte == 0)
            .next()
            .unwrap_or_default();
        let name =
            std::str::from_utf8(name).map_err(|_| bad("the name of a file in it is not UTF-8"))?;
        Ok(Self {
            name: name.to_owned(),
            size_bytes: size(&block[SIZE]).ok_or_else(|| bad("a file in it has no size"))?,
        })
    }
}

/// How many zeros follow a file of `size_bytes`.
pub(super) fn padding(size_bytes: u64) -> usize {
    let rest = (size_bytes % BLOCK_BYTES as u64) as usize;
    (BLOCK_BYTES - rest) % BLOCK_BYTES
}

fn size(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if *first != BINARY {
        return octal(field);
    }
    let (high, low) = rest.split_at(rest.len().checked_sub(8)?);
    let is_small = high.iter().all(|&byte| byte == 0);
    is_small.then(|| {
        low.iter()
            .fold(0, |value, &byte| value << 8 | u64::from(byte))
    })
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches([' ', '\0']);
    let is_octal = !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    if is_octal {
        u64::from_str_radix(digits, 8).ok()
    } else {
        None
    }
}

/// The sum of all bytes, those of the sum itself taken for spaces.
fn checksum(block: &[u8; BLOCK_BYTES]) -> u32 {
    let bytes = block.iter().enumerate();
    bytes
        .map(|(at, &byte)| u32::from(if CHECKSUM.contains(&at) { b' ' } else { byte }))
        .sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_are_read_as_they_were_written() {
        for size_bytes in [0, 1, (1 << 33) - 1, 1 << 33, 1 << 43] {
            let entry = Entry {
                name: "m.gguf".to_owned(),
                size_bytes,
            };
            assert_eq!(Entry::parse(&entry.header()).unwrap(), entry);
        }
        assert_eq!([0, 1, 511, 512, 513].map(padding), [0, 511, 1, 0, 511]);
    }

    #[test]
    fn f08_what_is_no_plain_file_is_refused() {
        let entry = Entry {
            name: "m.gguf".to_owned(),
            size_bytes: 1,
        };
        for kind in b"12345678gxLK" {
            let mut block = entry.header();
            block[KIND] = *kind;
            let sum = checksum(&block);
            block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            let error = Entry::parse(&block).unwrap_err().to_string();
            assert!(
                error.contains("no plain file"),
                "{}: {error}",
                char::from(*kind)
            );
        }
        let mut damaged = entry.header();
        damaged[0] ^= 1;
        assert!(Entry::parse(&damaged).is_err());
        assert!(Entry::parse(&[0; BLOCK_BYTES]).is_err());
    }
}

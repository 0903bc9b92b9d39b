/// What the tensor library's blocks are aligned to at most, in bytes.
pub(super) const ALIGNMENT: usize = 16;

/// Bytes that start at a multiple of [`ALIGNMENT`].
pub(super) enum Aligned<'a> {
    InPlace(&'a [u8]),
    Copied {
        buffer: Vec<u8>,
        start: usize,
        len: usize,
    },
}

impl Aligned<'_> {
    /// The bytes.
    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::InPlace(bytes) => bytes,
            Self::Copied { buffer, start, len } => &buffer[*start..start + len],
        }
    }
}

/// The bytes themselves where they are aligned, else a copy that is.
pub(super) fn aligned(bytes: &[u8]) -> Aligned<'_> {
    if bytes.as_ptr().addr().is_multiple_of(ALIGNMENT) {
        return Aligned::InPlace(bytes);
    }
    let mut buffer = vec![0; bytes.len() + ALIGNMENT];
    let past = buffer.as_ptr().addr() % ALIGNMENT;
    let start = if past == 0 { 0 } else { ALIGNMENT - past };
    buffer[start..start + bytes.len()].copy_from_slice(bytes);
    Aligned::Copied {
        buffer,
        start,
        len: bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misaligned_bytes_are_copied() {
        let bytes: Vec<u8> = (0..64).collect();
        let at = (0..16)
            .find(|&at| !bytes[at..].as_ptr().addr().is_multiple_of(ALIGNMENT))
            .expect("one of sixteen neighbours is not aligned");
        let copy = aligned(&bytes[at..]);
        assert!(copy.as_slice().as_ptr().addr().is_multiple_of(ALIGNMENT));
        assert_eq!(copy.as_slice(), &bytes[at..]);
    }
}

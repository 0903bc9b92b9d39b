//! Messages between the two processes: the length in four bytes, then so many bytes.

use std::io::{Error, ErrorKind, Read, Result, Write};

/// Writes `message` and hands it over.
pub(super) fn write(to: &mut impl Write, message: &[u8]) -> Result<()> {
    let length = u32::try_from(message.len()).map_err(|_| too_long(message.len()))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(message)?;
    to.flush()
}

/// Reads a message of at most `bytes_max`.
pub(super) fn read(from: &mut impl Read, bytes_max: usize) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > bytes_max {
        return Err(too_long(length));
    }
    let mut message = vec![0; length];
    from.read_exact(&mut message)?;
    Ok(message)
}

fn too_long(length: usize) -> Error {
    Error::new(
        ErrorKind::InvalidData,
        format!("a message of {length} bytes"),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_and_a_lie_does_not() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"text").unwrap();
        write(&mut bytes, b"").unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(read(&mut from, 4).unwrap(), b"text");
        assert_eq!(read(&mut from, 0).unwrap(), b"");
        assert_eq!(
            read(&mut from, 9).unwrap_err().kind(),
            ErrorKind::UnexpectedEof
        );
        assert!(read(&mut bytes.as_slice(), 3).is_err());
        let endless = u32::MAX.to_le_bytes();
        assert!(read(&mut endless.as_slice(), 1 << 20).is_err());
    }
}

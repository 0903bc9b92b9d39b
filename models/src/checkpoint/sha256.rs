//! The checksum of a checkpoint's weights.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::ModelError;
use crate::mapping::Bytes;
use crate::weights::Source;

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// The SHA-256 of the only file, or of the lines `<sha256>  <file name>` where there are several.
pub(super) fn of(source: &Source) -> Result<String, ModelError> {
    let files = of_files(source)?;
    if let [(_, digest)] = files.as_slice() {
        return Ok(digest.clone());
    }
    let mut lines = String::new();
    for (path, digest) in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{digest}  {name}");
    }
    Ok(hexadecimal(&Sha256::digest(lines)))
}

/// Every file with its SHA-256, in order of name.
pub(super) fn of_files(source: &Source) -> Result<Vec<(PathBuf, String)>, ModelError> {
    let digest = |path: &Path, bytes: &Bytes| Ok((path.to_owned(), of_file(path, bytes)?));
    match source {
        Source::Gguf(gguf) => Ok(vec![digest(gguf.metadata().path(), gguf.bytes())?]),
        Source::Safetensors(files) => files
            .files()
            .map(|(path, bytes)| digest(path, bytes))
            .collect(),
    }
}

/// Read and not mapped, because a mapped file that becomes shorter ends the process.
fn of_file(path: &Path, bytes: &Bytes) -> Result<String, ModelError> {
    let mut file = match bytes {
        Bytes::Static(_) | Bytes::Owned(_) => {
            return Ok(hexadecimal(&Sha256::digest(&bytes[..])));
        }
        Bytes::Mapped(_) => File::open(path).map_err(|source| ModelError::io(path, source))?,
    };
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(len) => hasher.update(&chunk[..len]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(ModelError::io(path, error)),
        }
    }
    bytes.check_unchanged()?;
    Ok(hexadecimal(&hasher.finalize()))
}

/// `bytes` in lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

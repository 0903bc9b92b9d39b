//! The name of a blob is its digest: SHA-256 for what is stored as a large file, git's own for the rest.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::sha1::Sha1;
use crate::checkpoint::hexadecimal;

/// How much of a file is read at once, in bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// The name of a blob in the cache, which says what its bytes must be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BlobId {
    /// SHA-256 of the bytes, 64 digits.
    Sha256(String),
    /// SHA-1 of git's header and the bytes, 40 digits.
    Git(String),
}

/// A digest in the making.
#[derive(Debug, Clone)]
pub(super) enum Fingerprint {
    Sha256(Sha256),
    Git(Sha1),
}

impl BlobId {
    /// Reads a digest in hexadecimal; `None` when it is none.
    pub fn new(text: &str) -> Option<Self> {
        let is_hex = text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match text.len() {
            64 if is_hex => Some(Self::Sha256(text.to_owned())),
            40 if is_hex => Some(Self::Git(text.to_owned())),
            _ => None,
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sha256(digits) | Self::Git(digits) => digits,
        }
    }

    /// Begins the digest of a file of `size_bytes`.
    pub(super) fn fingerprint(&self, size_bytes: u64) -> Fingerprint {
        match self {
            Self::Sha256(_) => Fingerprint::Sha256(Sha256::new()),
            Self::Git(_) => {
                let mut sha1 = Sha1::new();
                sha1.update(format!("blob {size_bytes}\0").as_bytes());
                Fingerprint::Git(sha1)
            }
        }
    }

    /// Returns the digest that the file at `path` has, of the same kind. Reads every byte.
    ///
    /// # Errors
    /// What the system says.
    pub fn of_file(&self, path: &Path) -> std::io::Result<Self> {
        let mut file = File::open(path)?;
        let mut fingerprint = self.fingerprint(file.metadata()?.len());
        fingerprint.read(&mut file)?;
        Ok(fingerprint.finish())
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Fingerprint {
    /// Adds bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(sha256) => sha256.update(bytes),
            Self::Git(sha1) => sha1.update(bytes),
        }
    }

    /// Adds the rest of `file` and returns its bytes.
    pub(super) fn read(&mut self, file: &mut File) -> std::io::Result<u64> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut bytes = 0;
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(bytes),
                Ok(len) => {
                    self.update(&chunk[..len]);
                    bytes += len as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The digest.
    pub(super) fn finish(self) -> BlobId {
        match self {
            Self::Sha256(sha256) => BlobId::Sha256(hexadecimal(&sha256.finalize())),
            Self::Git(sha1) => BlobId::Git(hexadecimal(&sha1.finalize())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn f04_only_digests_are_names() {
        let sha256 = "a".repeat(64);
        assert!(matches!(BlobId::new(&sha256), Some(BlobId::Sha256(_))));
        assert!(matches!(BlobId::new(&sha256[..40]), Some(BlobId::Git(_))));
        let upper = sha256.to_uppercase();
        let climbs = format!("../../{}", &sha256[..58]);
        for text in [
            "",
            "../x",
            "/etc/passwd",
            &sha256[..63],
            &upper,
            &climbs,
            &"\0".repeat(64),
            &"x".repeat(300),
        ] {
            assert_eq!(BlobId::new(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_file_has_the_digest_that_git_gives_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "what is up, doc?").unwrap();
        let git = BlobId::new("bd9dbf5aae1a3862dd1526723246b20206e5fc37").unwrap();
        assert_eq!(git.of_file(&path).unwrap(), git);
    }
}

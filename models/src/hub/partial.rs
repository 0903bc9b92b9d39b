//! The part of a file that is here, and the digest of it.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

use super::blob::{BlobId, Fingerprint};
use super::error::HubError;
use super::listing::HubFile;

/// A file that grows. Only who holds the lock of its blob may have one.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
    file: File,
    size_bytes: u64,
    blob: BlobId,
    have: u64,
    fingerprint: Fingerprint,
    /// Whether bytes of an earlier process are in it.
    resumed: bool,
}

impl Partial {
    /// Opens what is at `path`, or begins. Reads what is there, because its digest is needed.
    pub(super) fn open(path: PathBuf, wanted: &HubFile) -> Result<Self, HubError> {
        let options = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = options.map_err(|error| HubError::io(&path, error))?;
        let mut partial = Self {
            fingerprint: wanted.blob.fingerprint(wanted.size_bytes),
            size_bytes: wanted.size_bytes,
            blob: wanted.blob.clone(),
            have: 0,
            resumed: false,
            path,
            file,
        };
        let here = partial
            .file
            .metadata()
            .map_err(|error| partial.io(error))?
            .len();
        if here > partial.size_bytes {
            partial.restart()?;
        } else if here > 0 {
            let read = partial.fingerprint.read(&mut partial.file);
            partial.have = read.map_err(|error| partial.io(error))?;
            partial.resumed = true;
        }
        Ok(partial)
    }

    /// How many bytes are here.
    pub(super) fn have(&self) -> u64 {
        self.have
    }

    /// Throws away what is here.
    pub(super) fn restart(&mut self) -> Result<(), HubError> {
        let emptied = self
            .file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|error| self.io(error))?;
        self.fingerprint = self.blob.fingerprint(self.size_bytes);
        self.have = 0;
        self.resumed = false;
        Ok(())
    }

    /// Adds bytes; false, and nothing added, when they would make it longer than the file is.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<bool, HubError> {
        if bytes.len() as u64 > self.size_bytes - self.have {
            return Ok(false);
        }
        // After an error the file may hold some of them: its length, not `have`, is what the next process goes on from.
        self.file.write_all(bytes).map_err(|error| self.io(error))?;
        self.fingerprint.update(bytes);
        self.have += bytes.len() as u64;
        Ok(true)
    }

    /// Whether what is wrong with it may come from an earlier process.
    pub(super) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// The digest of what is here.
    pub(super) fn digest(&self) -> BlobId {
        self.fingerprint.clone().finish()
    }

    /// The file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Deletes it.
    pub(super) fn delete(self) -> Result<(), HubError> {
        std::fs::remove_file(&self.path).map_err(|error| HubError::io(&self.path, error))
    }

    fn io(&self, error: std::io::Error) -> HubError {
        HubError::io(&self.path, error)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hub::file_name::FileName;

    /// `abc`, whose SHA-256 is known.
    fn abc() -> HubFile {
        HubFile {
            name: FileName::new("abc").unwrap(),
            size_bytes: 3,
            blob: BlobId::new("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
                .unwrap(),
        }
    }

    #[test]
    fn f03_what_an_earlier_process_left_is_gone_on_from() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.incomplete");
        let mut partial = Partial::open(path.clone(), &abc()).unwrap();
        assert!(partial.push(b"a").unwrap());
        drop(partial);
        let mut partial = Partial::open(path.clone(), &abc()).unwrap();
        assert_eq!((partial.have(), partial.is_resumed()), (1, true));
        assert!(!partial.push(b"bcd").unwrap());
        assert!(partial.push(b"bc").unwrap());
        assert_eq!(partial.digest(), abc().blob);
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    }

    #[test]
    fn f02_what_is_longer_than_the_file_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.incomplete");
        std::fs::write(&path, "abcd").unwrap();
        let partial = Partial::open(path, &abc()).unwrap();
        assert_eq!((partial.have(), partial.is_resumed()), (0, false));
    }
}

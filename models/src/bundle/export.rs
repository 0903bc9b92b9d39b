//! Writing a bundle.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::archive::{END_BYTES, Entry, padding};
use super::manifest::NAME_BYTES_MAX;
use super::{
    BundleError, BundleFile, BundleManifest, BundleProgress, BundleSource, CHUNK_BYTES, MANIFEST,
};
use crate::checkpoint::{Checkpoint, hexadecimal};

/// Writes `checkpoint` into a new bundle at `to`. Reads its files twice: the manifest comes first.
///
/// # Errors
/// [`BundleError::NotBundled`], [`BundleError::AlreadyThere`], [`BundleError::Checkpoint`],
/// [`BundleError::Mismatch`] when a file changes meanwhile, [`BundleError::Io`].
pub fn export_bundle(
    checkpoint: &Checkpoint,
    source: Option<BundleSource>,
    to: &Path,
    progress: &mut dyn FnMut(BundleProgress),
) -> Result<BundleManifest, BundleError> {
    if to.symlink_metadata().is_ok() {
        return Err(BundleError::AlreadyThere {
            path: to.to_owned(),
        });
    }
    let files = files(checkpoint)?;
    let listed = files.iter().map(|(_, file)| file.clone()).collect();
    let manifest = BundleManifest::new(checkpoint.id(), source, listed)?;
    let partial = Partial::new(to)?;
    let mut writer = Writer {
        out: BufWriter::with_capacity(CHUNK_BYTES, &partial.file),
        path: &partial.path,
        done_bytes: 0,
        total_bytes: manifest.total_bytes(),
        progress,
    };
    writer.whole(&manifest, &files)?;
    drop(writer);
    partial.publish(to)?;
    Ok(manifest)
}

/// The files of a checkpoint with their digests.
fn files(checkpoint: &Checkpoint) -> Result<Vec<(PathBuf, BundleFile)>, BundleError> {
    let refuse = |reason| BundleError::NotBundled {
        id: checkpoint.id().to_owned(),
        reason,
    };
    if checkpoint.path().is_none() {
        return Err(refuse("it is in every program"));
    }
    let mut digests = checkpoint.file_sha256s()?;
    digests.splice(..0, companions(checkpoint)?);
    let described = digests.into_iter().map(|(path, sha256)| {
        let name = path.file_name().and_then(|it| it.to_str());
        let name = name
            .ok_or_else(|| refuse("the name of a file is not UTF-8"))?
            .to_owned();
        if name.len() > NAME_BYTES_MAX {
            return Err(refuse("the name of a file is longer than 100 bytes"));
        }
        let metadata = fs::metadata(&path).map_err(|error| BundleError::io(&path, error))?;
        let size_bytes = metadata.len();
        Ok((
            path,
            BundleFile {
                name,
                size_bytes,
                sha256,
            },
        ))
    });
    described.collect()
}

fn companions(checkpoint: &Checkpoint) -> Result<Vec<(PathBuf, String)>, BundleError> {
    let files = checkpoint.companions()?.into_iter();
    let digests = files.map(|path| {
        let bytes = fs::read(&path).map_err(|error| BundleError::io(&path, error))?;
        Ok((path, hexadecimal(&Sha256::digest(&bytes))))
    });
    digests.collect()
}

/// What is written, under another name until it is whole.
struct Partial {
    path: PathBuf,
    file: File,
    published: bool,
}

impl Partial {
    fn new(to: &Path) -> Result<Self, BundleError> {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let path = to.with_file_name(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| BundleError::io(&path, error))?;
        Ok(Self {
            path,
            file,
            published: false,
        })
    }

    fn publish(mut self, to: &Path) -> Result<(), BundleError> {
        // A link fails where somebody has made `to` meanwhile; a rename would replace it.
        let published = self
            .file
            .sync_all()
            .and_then(|()| fs::hard_link(&self.path, to));
        published.map_err(|error| BundleError::io(to, error))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

struct Writer<'a, W: Write> {
    out: W,
    path: &'a Path,
    done_bytes: u64,
    total_bytes: u64,
    progress: &'a mut dyn FnMut(BundleProgress),
}

impl<W: Write> Writer<'_, W> {
    fn whole(
        &mut self,
        manifest: &BundleManifest,
        files: &[(PathBuf, BundleFile)],
    ) -> Result<(), BundleError> {
        let mut text = serde_json::to_vec_pretty(manifest)
            .map_err(|error| BundleError::malformed(error.to_string()))?;
        text.push(b'\n');
        self.header(MANIFEST, text.len() as u64)?;
        self.put(&text)?;
        self.pad(text.len() as u64)?;
        for (path, file) in files {
            self.file(path, file)?;
        }
        self.put(&[0; END_BYTES])?;
        self.out
            .flush()
            .map_err(|error| BundleError::io(self.path, error))
    }

    fn header(&mut self, name: &str, size_bytes: u64) -> Result<(), BundleError> {
        let entry = Entry {
            name: name.to_owned(),
            size_bytes,
        };
        self.put(&entry.header())
    }

    fn file(&mut self, path: &Path, file: &BundleFile) -> Result<(), BundleError> {
        self.header(&file.name, file.size_bytes)?;
        let read = |error| BundleError::io(path, error);
        let mut from = File::open(path).map_err(read)?.take(file.size_bytes);
        let mut sha256 = Sha256::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut copied = 0;
        loop {
            let len = from.read(&mut chunk).map_err(read)?;
            if len == 0 {
                break;
            }
            sha256.update(&chunk[..len]);
            self.put(&chunk[..len])?;
            copied += len as u64;
            self.done_bytes += len as u64;
            (self.progress)(BundleProgress {
                done_bytes: self.done_bytes,
                total_bytes: self.total_bytes,
            });
        }
        let found = hexadecimal(&sha256.finalize());
        if copied != file.size_bytes || found != file.sha256 {
            return Err(BundleError::Mismatch {
                name: file.name.clone(),
                expected: file.sha256.clone(),
                found,
            });
        }
        self.pad(file.size_bytes)
    }

    fn pad(&mut self, size_bytes: u64) -> Result<(), BundleError> {
        self.put(&[0; 512][..padding(size_bytes)])
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        self.out
            .write_all(bytes)
            .map_err(|error| BundleError::io(self.path, error))
    }
}

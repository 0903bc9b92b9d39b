//! Reading a bundle: looked through first, then copied beside its place, and moved there when all of
//! it is right. Whatever is wrong, nothing stays.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::archive::{BLOCK_BYTES, END_BYTES_MAX, Entry, padding};
use super::manifest::MANIFEST_BYTES_MAX;
use super::{BundleError, BundleFile, BundleManifest, BundleProgress, CHUNK_BYTES, MANIFEST, SUMS};
use crate::checkpoint::{Checkpoint, hexadecimal};

/// A checkpoint that came out of a bundle.
#[derive(Debug)]
pub struct Imported {
    /// What the bundle said of itself.
    pub manifest: BundleManifest,
    /// The checkpoint at its place.
    pub checkpoint: Checkpoint,
}

/// Puts the checkpoint of the bundle at `bundle` into a folder of its own in `models`.
///
/// # Errors
/// [`BundleError::Malformed`], [`BundleError::UnknownVersion`], [`BundleError::Mismatch`],
/// [`BundleError::AlreadyThere`], [`BundleError::Checkpoint`] and [`BundleError::Io`]; nothing is left in
/// `models` then.
pub fn import_bundle(
    bundle: &Path,
    models: &Path,
    progress: &mut dyn FnMut(BundleProgress),
) -> Result<Imported, BundleError> {
    let mut bundle = Bundle::open(bundle)?;
    let place = models.join(bundle.manifest.folder());
    if place.symlink_metadata().is_ok() {
        return Err(BundleError::AlreadyThere { path: place });
    }
    fs::create_dir_all(models).map_err(|error| BundleError::io(models, error))?;
    let scratch = Scratch::new(models)?;
    let total_bytes = bundle.manifest.total_bytes();
    let mut done_bytes = 0;
    let mut tell = |bytes: u64| {
        done_bytes += bytes;
        progress(BundleProgress {
            done_bytes,
            total_bytes,
        });
    };
    for (file, start) in bundle.files() {
        bundle.copy(&file, start, &scratch.path.join(&file.name), &mut tell)?;
    }
    write_sums(&bundle.manifest, &scratch.path.join(SUMS))?;
    // What cannot be used here is of no use in the store.
    open(&scratch.path).map_err(|error| without_folder(&error, &scratch.path))?;
    fs::rename(&scratch.path, &place).map_err(|error| BundleError::io(&place, error))?;
    let synced = File::open(models).and_then(|folder| folder.sync_all());
    synced.map_err(|error| BundleError::io(models, error))?;
    Ok(Imported {
        checkpoint: open(&place)?,
        manifest: bundle.manifest,
    })
}

fn open(folder: &Path) -> Result<Checkpoint, BundleError> {
    Ok(Checkpoint::open(folder)?)
}

/// Where it was looked at is nobody's business.
fn without_folder(error: &BundleError, folder: &Path) -> BundleError {
    BundleError::malformed(
        error
            .to_string()
            .replace(&format!("{}/", folder.display()), ""),
    )
}

fn write_sums(manifest: &BundleManifest, path: &Path) -> Result<(), BundleError> {
    let lines = manifest
        .files
        .iter()
        .map(|file| format!("{}  {}\n", file.sha256, file.name));
    fs::write(path, lines.collect::<String>()).map_err(|error| BundleError::io(path, error))
}

/// A bundle whose headers agree with its manifest and its length.
struct Bundle {
    path: PathBuf,
    file: File,
    manifest: BundleManifest,
    /// Where each file of the manifest begins.
    starts: Vec<u64>,
}

impl Bundle {
    fn open(path: &Path) -> Result<Self, BundleError> {
        let io = |error| BundleError::io(path, error);
        // A pipe would be waited for for ever: what is no file is not opened.
        if !fs::metadata(path).map_err(io)?.is_file() {
            return Err(BundleError::malformed("it is no regular file"));
        }
        let mut file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let mut walk = Walk {
            path,
            file: &mut file,
            length,
            at: 0,
        };
        let (start, size) = walk.entry(MANIFEST, None)?;
        let manifest = BundleManifest::parse(&walk.bytes(start, size)?)?;
        let files = manifest.files.iter();
        let starts = files.map(|file| Ok(walk.entry(&file.name, Some(file.size_bytes))?.0));
        let starts = starts.collect::<Result<Vec<_>, BundleError>>()?;
        walk.end()?;
        Ok(Self {
            path: path.to_owned(),
            file,
            manifest,
            starts,
        })
    }

    fn files(&self) -> Vec<(BundleFile, u64)> {
        self.manifest
            .files
            .iter()
            .cloned()
            .zip(self.starts.iter().copied())
            .collect()
    }

    /// Copies a file out, checking it on the way.
    fn copy(
        &mut self,
        file: &BundleFile,
        start: u64,
        to: &Path,
        tell: &mut dyn FnMut(u64),
    ) -> Result<(), BundleError> {
        let from = |error| BundleError::io(&self.path, error);
        let into = |error| BundleError::io(to, error);
        self.file.seek(SeekFrom::Start(start)).map_err(from)?;
        let mut out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(to)
            .map_err(into)?;
        let mut sha256 = Sha256::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut left = file.size_bytes;
        while left > 0 {
            let len = usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
            self.file.read_exact(&mut chunk[..len]).map_err(from)?;
            sha256.update(&chunk[..len]);
            out.write_all(&chunk[..len]).map_err(into)?;
            left -= len as u64;
            tell(len as u64);
        }
        let found = hexadecimal(&sha256.finalize());
        if found != file.sha256 {
            return Err(BundleError::Mismatch {
                name: file.name.clone(),
                expected: file.sha256.clone(),
                found,
            });
        }
        out.sync_all().map_err(into)
    }
}

/// Goes from header to header without reading what is between them.
struct Walk<'a> {
    path: &'a Path,
    file: &'a mut File,
    length: u64,
    at: u64,
}

impl Walk<'_> {
    /// The next entry, which must be called `name` and be of `size` where that is known: where its
    /// bytes begin, and how many there are.
    fn entry(&mut self, name: &str, size: Option<u64>) -> Result<(u64, u64), BundleError> {
        let header = self.bytes(self.at, BLOCK_BYTES as u64)?;
        let header: &[u8; BLOCK_BYTES] = header.as_slice().try_into().map_err(|_| self.cut())?;
        let entry = Entry::parse(header)?;
        if entry.name != name {
            return Err(BundleError::malformed(format!(
                "`{}` stands where `{name}` belongs",
                entry.name
            )));
        }
        let agreed = size.map_or(entry.size_bytes <= MANIFEST_BYTES_MAX, |size| {
            size == entry.size_bytes
        });
        if !agreed {
            return Err(BundleError::malformed(format!(
                "`{name}` has {} bytes",
                entry.size_bytes
            )));
        }
        let start = self.at + BLOCK_BYTES as u64;
        let end = start
            .checked_add(entry.size_bytes)
            .and_then(|it| it.checked_add(padding(entry.size_bytes) as u64));
        self.at = end
            .filter(|&end| end <= self.length)
            .ok_or_else(|| self.cut())?;
        Ok((start, entry.size_bytes))
    }

    /// After the last entry there are zeros, and not many.
    fn end(&mut self) -> Result<(), BundleError> {
        let rest = self.length - self.at;
        let zeros = if rest <= END_BYTES_MAX {
            self.bytes(self.at, rest)?
        } else {
            vec![1]
        };
        if zeros.iter().any(|&byte| byte != 0) {
            return Err(BundleError::malformed(
                "it holds more than its manifest says",
            ));
        }
        Ok(())
    }

    fn bytes(&mut self, start: u64, count: u64) -> Result<Vec<u8>, BundleError> {
        if count > MANIFEST_BYTES_MAX
            || start.checked_add(count).is_none_or(|end| end > self.length)
        {
            return Err(self.cut());
        }
        let mut bytes = vec![0; count as usize];
        let read = self
            .file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| BundleError::io(self.path, error))?;
        Ok(bytes)
    }

    fn cut(&self) -> BundleError {
        BundleError::malformed(format!(
            "it ends at byte {} in the middle of a file",
            self.length
        ))
    }
}

/// A folder in the store that nobody lists, and that goes unless it is moved.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new(models: &Path) -> Result<Self, BundleError> {
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |it| it.as_nanos());
        let path = models.join(format!(".importing-{}-{nanos}", std::process::id()));
        let made = DirBuilder::new().mode(0o755).create(&path);
        made.map_err(|error| BundleError::io(&path, error))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

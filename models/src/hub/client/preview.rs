//! A checkpoint described by its headers, before the rest of it is fetched.
//!
//! The headers are put into files of the full length with nothing in between, which take no room, and
//! opened like any checkpoint: what the reader refuses is not worth fetching.

use std::fs::{self, DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Found, Hub};
use crate::checkpoint::{Checkpoint, Format};
use crate::error::ModelError;
use crate::hub::error::HubError;
use crate::hub::listing::HubFile;

/// How much of a GGUF file is looked at, in bytes; more when the header is longer.
const GGUF_BYTES: [u64; 3] = [4 << 20, 16 << 20, 64 << 20];
/// How much of a safetensors file is looked at first, in bytes.
const SAFETENSORS_BYTES: u64 = 256 << 10;
/// The longest header of a safetensors file, in bytes.
const SAFETENSORS_HEADER_BYTES_MAX: u64 = 100_000_000;

/// Describes what was found.
pub(super) fn of(hub: &mut Hub, found: &Found) -> Result<Checkpoint, HubError> {
    let folder = Scratch::new()?;
    let repository = found.wanted.repository.as_str();
    let refused = |error| HubError::unusable(repository, &error, &folder.path);
    match (found.choice.format, found.choice.files.as_slice()) {
        (Format::Gguf, [file]) => {
            let path = folder.path.join(file.name.base());
            let mut opened = Err(ModelError::MissingTokenizer);
            for bytes in GGUF_BYTES {
                hub.copy_prefix(found, file, bytes, &path)?;
                opened = Checkpoint::open(&path);
                if is_settled(&opened) || bytes >= file.size_bytes {
                    break;
                }
            }
            opened.map_err(refused)
        }
        (Format::Gguf | Format::Safetensors, files) => {
            for file in files {
                hub.copy_header(found, file, &folder.path.join(file.name.base()))?;
            }
            Checkpoint::open(&folder.path).map_err(refused)
        }
    }
}

/// Whether more of the file would change nothing: an architecture is read before anything that may be cut.
fn is_settled(opened: &Result<Checkpoint, ModelError>) -> bool {
    matches!(
        opened,
        Ok(_) | Err(ModelError::UnsupportedArchitecture { .. })
    )
}

impl Hub {
    /// Puts the first `bytes` of `file` into a file at `to` that is as long as the whole.
    fn copy_prefix(
        &mut self,
        found: &Found,
        file: &HubFile,
        bytes: u64,
        to: &Path,
    ) -> Result<(), HubError> {
        let fetched = self.fetch(found, file, |download| download.prefix(bytes, &mut |_| ()))?;
        *self.early.entry(file.blob.clone()).or_default() += fetched;
        let mut from = self.open_here(found, file)?.take(bytes);
        let io = |error| HubError::io(to, error);
        let mut out = File::create(to).map_err(io)?;
        std::io::copy(&mut from, &mut out).map_err(io)?;
        out.set_len(file.size_bytes).map_err(io)
    }

    /// Puts the header of a safetensors file, or all of any other, into a file at `to`.
    fn copy_header(&mut self, found: &Found, file: &HubFile, to: &Path) -> Result<(), HubError> {
        if !file.name.as_str().ends_with(".safetensors") {
            return self.copy_prefix(found, file, file.size_bytes, to);
        }
        self.copy_prefix(found, file, SAFETENSORS_BYTES, to)?;
        let mut length = [0; 8];
        let read = File::open(to).and_then(|mut header| header.read_exact(&mut length));
        read.map_err(|error| HubError::io(to, error))?;
        // A longer header is a lie, which the reader finds.
        let bytes = u64::from_le_bytes(length).min(SAFETENSORS_HEADER_BYTES_MAX) + 8;
        if bytes > SAFETENSORS_BYTES {
            self.copy_prefix(found, file, bytes, to)?;
        }
        Ok(())
    }

    /// What is here of `file`, complete or not.
    fn open_here(&self, found: &Found, file: &HubFile) -> Result<File, HubError> {
        let cache = self.options.cache.repository(&found.wanted.repository);
        let blob = cache.blob(&file.blob);
        let path = if blob.exists() {
            blob
        } else {
            cache.incomplete(&file.blob)
        };
        File::open(&path).map_err(|error| HubError::io(&path, error))
    }
}

/// A folder that goes when it is dropped.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new() -> Result<Self, HubError> {
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |it| it.as_nanos());
        let path =
            std::env::temp_dir().join(format!("aldo-preview-{}-{nanos}", std::process::id()));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| HubError::io(&path, error))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

//! The header of a GGUF file, as a whole.

use std::collections::HashSet;
use std::path::Path;

use super::cursor::Cursor;
use super::metadata::Metadata;
use super::tensor::{TensorInfo, Tensors};
use super::value::MetadataValue;
use crate::error::ModelError;
use crate::mapping::Bytes;

/// The most keys of a header.
const KEYS_MAX: u64 = 4096;
/// The most tensors of a file.
const TENSORS_MAX: u64 = 65_536;
/// The longest key in bytes.
const KEY_BYTES_MAX: u64 = 65_535;
/// Where tensors start when the header does not say it: at multiples of this.
const ALIGNMENT_DEFAULT: usize = 32;
/// The alignments a header may ask for, powers of two.
const ALIGNMENTS: std::ops::RangeInclusive<u32> = 8..=65_536;
const MAGIC: &[u8; 4] = b"GGUF";

/// A validated header.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) metadata: Metadata,
    pub(super) tensors: Tensors,
    pub(super) warnings: Vec<String>,
}

/// Reads and validates the header of the file whose content is `bytes`.
///
/// # Errors
/// [`ModelError::NotACheckpoint`], [`ModelError::Truncated`] and [`ModelError::Malformed`].
pub(super) fn parse(path: &Path, bytes: &Bytes) -> Result<Header, ModelError> {
    let mut cursor = Cursor::new(path, bytes);
    check_magic_and_version(&mut cursor)?;
    let tensor_count = count(&mut cursor, "tensor count", TENSORS_MAX)?;
    let key_count = count(&mut cursor, "key count", KEYS_MAX)?;
    let metadata = read_metadata(&mut cursor, bytes, key_count)?;
    let alignment = alignment(&metadata)?;
    let list = (0..tensor_count)
        .map(|_| TensorInfo::read(&mut cursor))
        .collect::<Result<Vec<_>, _>>()?;
    let data_start = cursor.at().next_multiple_of(alignment);
    let (tensors, end) = Tensors::lay_out(path, list, bytes.len(), data_start, alignment)?;
    let mut warnings = Vec::new();
    if let Some(extra @ 1..) = bytes.len().checked_sub(end) {
        warnings.push(format!("{extra} bytes after the last tensor are ignored"));
    }
    Ok(Header {
        metadata,
        tensors,
        warnings,
    })
}

fn check_magic_and_version(cursor: &mut Cursor) -> Result<(), ModelError> {
    let magic: [u8; 4] = cursor.array("magic")?;
    if &magic != MAGIC {
        return Err(ModelError::not_a_checkpoint(
            cursor.path(),
            "it does not begin with `GGUF`",
        ));
    }
    let version = cursor.u32("version")?;
    match version {
        2 | 3 => Ok(()),
        _ if matches!(version.swap_bytes(), 1..=3) => {
            Err(cursor.malformed("version", "the file is big-endian, little-endian is read"))
        }
        _ => Err(cursor.malformed("version", &format!("is {version}, 2 and 3 are read"))),
    }
}

fn count(cursor: &mut Cursor, what: &str, max: u64) -> Result<u64, ModelError> {
    let count = cursor.u64(what)?;
    if count > max {
        return Err(cursor.malformed(what, &format!("is {count}, at most {max} are read")));
    }
    Ok(count)
}

fn read_metadata(
    cursor: &mut Cursor,
    bytes: &Bytes,
    key_count: u64,
) -> Result<Metadata, ModelError> {
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    for _ in 0..key_count {
        let key = cursor.text("key", KEY_BYTES_MAX)?;
        if key.is_empty() {
            return Err(cursor.malformed("key", "is empty"));
        }
        if !seen.insert(key) {
            return Err(cursor.malformed(key, "stands twice in the header"));
        }
        entries.push((key.to_owned(), MetadataValue::read(cursor, key)?));
    }
    Ok(Metadata::new(
        cursor.path().to_owned(),
        bytes.clone(),
        entries,
    ))
}

fn alignment(metadata: &Metadata) -> Result<usize, ModelError> {
    const KEY: &str = "general.alignment";
    let wrong = |reason: String| Err(ModelError::malformed(metadata.path(), KEY, reason));
    match metadata.get(KEY) {
        None => Ok(ALIGNMENT_DEFAULT),
        Some(&MetadataValue::U32(value)) => {
            if value.is_power_of_two() && ALIGNMENTS.contains(&value) {
                Ok(value as usize)
            } else {
                wrong(format!("is {value}, not a power of two from 8 to 65536"))
            }
        }
        Some(value) => wrong(format!("should be u32 but is {}", value.kind_name())),
    }
}

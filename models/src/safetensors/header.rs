//! The header of one safetensors file.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::bounded::BoundedObject;
use crate::config::Architecture;
use crate::error::ModelError;
use crate::gguf::TensorKind;
use crate::names;

/// The longest header in bytes; shards of the largest models need a tenth.
const HEADER_BYTES_MAX: u64 = 8 << 20;
/// The most tensors of a file.
const TENSORS_MAX: usize = 65_536;
/// The most members of a tensor's description, and of the free texts about the file.
const MEMBERS_MAX: usize = 4096;
/// The largest dimension.
const DIMENSION_MAX: usize = 1 << 40;
/// The most dimensions of a tensor.
const DIMENSIONS_MAX: usize = 8;
/// The header's length stands in front of it in as many bytes.
const LENGTH_BYTES: usize = 8;
/// The member that describes the file and no tensor.
const FREE_TEXTS: &str = "__metadata__";

/// One tensor, as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its shape, outermost dimension first.
    pub(crate) shape: Vec<usize>,
    /// The type of its elements.
    pub(crate) dtype: Dtype,
    /// The index of its file.
    pub(super) shard: usize,
    /// Where its bytes start in the file.
    pub(super) start: usize,
    /// Where they end.
    pub(super) end: usize,
}

impl Entry {
    /// Its type, `None` where the crate's tensors have no such type.
    pub(crate) fn kind(&self) -> Option<TensorKind> {
        match self.dtype {
            Dtype::F32 => Some(TensorKind::F32),
            Dtype::F16 => Some(TensorKind::F16),
            Dtype::BF16 => Some(TensorKind::Bf16),
            Dtype::F8_E4M3 => Some(TensorKind::F8E4M3),
            Dtype::F64 => Some(TensorKind::F64),
            Dtype::I8 => Some(TensorKind::I8),
            Dtype::I16 => Some(TensorKind::I16),
            Dtype::I32 => Some(TensorKind::I32),
            Dtype::I64 => Some(TensorKind::I64),
            // The enum is open, and the types left have no kernels here.
            _ => None,
        }
    }

    /// The name of its type.
    pub(crate) fn kind_name(&self) -> String {
        self.kind().map_or_else(
            || format!("{:?}", self.dtype),
            |kind| kind.name().to_owned(),
        )
    }

    /// Its length in bytes.
    pub(crate) fn size_bytes(&self) -> usize {
        self.end - self.start
    }

    /// The number of elements.
    pub(crate) fn elements(&self) -> u64 {
        self.shape.iter().product::<usize>() as u64
    }
}

/// Reads and validates the header of the file whose content is `bytes`; `shard` is its index and
/// `architecture` tells what it calls its tensors.
///
/// # Errors
/// [`ModelError::Truncated`] and [`ModelError::Malformed`].
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    shard: usize,
    architecture: Architecture,
) -> Result<Vec<(String, Entry)>, ModelError> {
    let names = check_limits(path, bytes)?;
    let wrong = |field: &str, reason: String| Err(ModelError::malformed(path, field, reason));
    let (header_len, metadata) = match SafeTensors::read_metadata(bytes) {
        Ok(read) => read,
        Err(error) => return wrong("header", error.to_string()),
    };
    let data_start = LENGTH_BYTES + header_len;
    let mut entries = Vec::with_capacity(names.len());
    for name in names {
        let Some(info) = metadata.info(&name) else {
            return wrong(&name, "is not described".to_owned());
        };
        let too_large = info
            .shape
            .iter()
            .any(|&len| len == 0 || len > DIMENSION_MAX);
        if too_large || info.shape.len() > DIMENSIONS_MAX {
            return wrong(&name, format!("has shape {:?}", info.shape));
        }
        let (start, end) = info.data_offsets;
        let entry = Entry {
            shape: info.shape.clone(),
            dtype: info.dtype,
            shard,
            start: data_start + start,
            end: data_start + end,
        };
        entries.push((stored_name(&name, architecture), entry));
    }
    Ok(entries)
}

/// The name under which the tensor that a file of `architecture` calls `name` is found.
pub(super) fn stored_name(name: &str, architecture: Architecture) -> String {
    names::canonical(name, architecture).unwrap_or_else(|| name.to_owned())
}

/// Compares the header with the limits before the JSON in it becomes tensors; answers their names.
fn check_limits(path: &Path, bytes: &[u8]) -> Result<Vec<String>, ModelError> {
    let file_len = bytes.len() as u64;
    let truncated = |needed: u64| ModelError::Truncated {
        path: path.to_owned(),
        at: file_len,
        what: "header".to_owned(),
        needed,
    };
    let wrong = |reason: String| ModelError::malformed(path, "header", reason);
    let length = bytes
        .first_chunk::<LENGTH_BYTES>()
        .ok_or_else(|| truncated(8))?;
    let header_len = u64::from_le_bytes(*length);
    if header_len > HEADER_BYTES_MAX {
        return Err(wrong(format!(
            "is {header_len} bytes long, at most {HEADER_BYTES_MAX} are read"
        )));
    }
    let needed = LENGTH_BYTES as u64 + header_len;
    let header = bytes
        .get(LENGTH_BYTES..needed as usize)
        .ok_or_else(|| truncated(needed))?;
    if header.first() != Some(&b'{') {
        return Err(wrong("does not begin with `{`".to_owned()));
    }
    let members: BoundedObject<Member, TENSORS_MAX> =
        serde_json::from_slice(header).map_err(|error| wrong(error.to_string()))?;
    let mut seen = HashSet::with_capacity(members.0.len());
    if let Some((name, _)) = members
        .0
        .iter()
        .find(|(name, _)| !seen.insert(name.as_str()))
    {
        return Err(ModelError::malformed(
            path,
            name,
            "stands twice in the header",
        ));
    }
    let names = members.0.into_iter().map(|(name, _)| name);
    Ok(names.filter(|name| name != FREE_TEXTS).collect())
}

/// A description of a tensor or the free texts about the file: an object whose size was checked.
struct Member;

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BoundedObject::<Field, MEMBERS_MAX>::deserialize(deserializer).map(|_| Self)
    }
}

/// A text or a list of a few numbers, whose size was checked.
struct Field;

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a text or a list of numbers")
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Field, E> {
        Ok(Field)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field, A::Error> {
        let mut len = 0;
        while list.next_element::<u64>()?.is_some() {
            len += 1;
            if len > DIMENSIONS_MAX {
                return Err(A::Error::custom(format!(
                    "more than {DIMENSIONS_MAX} numbers"
                )));
            }
        }
        Ok(Field)
    }
}

//! The tensors of a GGUF header: each one's shape, type and place.

use std::path::Path;

use super::cursor::Cursor;
use super::tensor_kind::TensorKind;
use crate::error::ModelError;
use crate::escape::shown;

/// The longest name of a tensor in bytes.
const NAME_BYTES_MAX: u64 = 1024;
/// The most dimensions of a tensor.
const DIMENSIONS_MAX: u32 = 4;
/// The largest dimension.
const DIMENSION_MAX: u64 = 1 << 40;

/// One tensor of a checkpoint, as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// Its shape, outermost dimension first: a matrix is (rows, columns).
    pub shape: Vec<usize>,
    /// How its elements are stored.
    pub kind: TensorKind,
    /// Its length in bytes.
    pub size_bytes: usize,
    /// Where it starts in the file.
    pub(crate) start: usize,
}

/// The tensors of a file, found by name or in order.
#[derive(Debug)]
pub(super) struct Tensors {
    list: Vec<TensorInfo>,
    /// Indices into `list`, sorted by name.
    by_name: Vec<u32>,
}

impl TensorInfo {
    /// Reads one description. `start` is still relative to the data section.
    pub(super) fn read(cursor: &mut Cursor) -> Result<Self, ModelError> {
        let name = cursor.text("tensor name", NAME_BYTES_MAX)?.to_owned();
        if name.is_empty() {
            return Err(cursor.malformed("tensor name", "is empty"));
        }
        let dimensions = cursor.u32(&name)?;
        if dimensions == 0 || dimensions > DIMENSIONS_MAX {
            return Err(cursor.malformed(&name, &format!("has {dimensions} dimensions")));
        }
        let mut shape = Vec::with_capacity(dimensions as usize);
        for _ in 0..dimensions {
            let len = cursor.u64(&name)?;
            if len == 0 || len > DIMENSION_MAX {
                return Err(cursor.malformed(&name, &format!("has a dimension of {len}")));
            }
            shape.push(len as usize);
        }
        shape.reverse();
        let number = cursor.u32(&name)?;
        let kind = TensorKind::from_number(number)
            .ok_or_else(|| cursor.malformed(&name, &format!("has unknown type {number}")))?;
        let size_bytes = size_bytes(&shape, kind).map_err(|why| cursor.malformed(&name, &why))?;
        let offset = cursor.u64(&name)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(Self {
            name,
            shape,
            kind,
            size_bytes,
            start,
        })
    }

    /// The number of elements.
    pub(crate) fn elements(&self) -> u64 {
        (self.size_bytes / self.kind.block_bytes() * self.kind.block_len()) as u64
    }
}

/// The length in bytes of a tensor, or why it has none.
fn size_bytes(shape: &[usize], kind: TensorKind) -> Result<usize, String> {
    let columns = shape.last().copied().unwrap_or(0);
    let block = kind.block_len();
    if !columns.is_multiple_of(block) {
        let name = kind.name();
        return Err(format!(
            "has {columns} columns, {name} needs a multiple of {block}"
        ));
    }
    shape
        .iter()
        .try_fold(1usize, |product, &len| product.checked_mul(len))
        .and_then(|elements| (elements / block).checked_mul(kind.block_bytes()))
        .filter(|&size| isize::try_from(size).is_ok())
        .ok_or_else(|| format!("has a shape of {shape:?}, which no file can hold"))
}

impl Tensors {
    /// Checks that `list` fills the data section from `data_start` without overlap or hole, in order,
    /// and that no name stands twice; makes every `start` absolute. Answers the tensors and where the
    /// last one ends, padding included.
    pub(super) fn lay_out(
        path: &Path,
        mut list: Vec<TensorInfo>,
        file_len: usize,
        data_start: usize,
        alignment: usize,
    ) -> Result<(Self, usize), ModelError> {
        let mut expected = 0usize;
        for tensor in &mut list {
            let (offset, size) = (tensor.start, tensor.size_bytes);
            if offset != expected {
                let reason = format!("starts at byte {offset} of the data, not at {expected}");
                return Err(ModelError::malformed(path, &tensor.name, reason));
            }
            let place = data_start.checked_add(offset).and_then(|start| {
                let end = start.checked_add(size).filter(|&end| end <= file_len)?;
                Some((start, end))
            });
            let Some((start, end)) = place else {
                return Err(ModelError::Truncated {
                    path: path.to_owned(),
                    at: file_len as u64,
                    what: format!("tensor `{}`", shown(&tensor.name)),
                    needed: (data_start as u64)
                        .saturating_add(offset as u64)
                        .saturating_add(size as u64),
                });
            };
            tensor.start = start;
            expected = (end - data_start).next_multiple_of(alignment);
        }
        let by_name = sorted_names(path, &list)?;
        Ok((Self { list, by_name }, data_start.saturating_add(expected)))
    }

    /// The tensors in the order of the file.
    pub(super) fn as_slice(&self) -> &[TensorInfo] {
        &self.list
    }

    /// The tensor called `name`.
    pub(super) fn get(&self, name: &str) -> Option<&TensorInfo> {
        let name_of = |&index: &u32| self.list[index as usize].name.as_str();
        let place = self.by_name.binary_search_by_key(&name, name_of).ok()?;
        self.list.get(self.by_name[place] as usize)
    }
}

fn sorted_names(path: &Path, list: &[TensorInfo]) -> Result<Vec<u32>, ModelError> {
    let mut order: Vec<u32> = (0..list.len() as u32).collect();
    order.sort_unstable_by_key(|&index| list[index as usize].name.as_str());
    for pair in order.windows(2) {
        let (first, second) = (&list[pair[0] as usize].name, &list[pair[1] as usize].name);
        if first == second {
            return Err(ModelError::malformed(
                path,
                first,
                "stands twice in the header",
            ));
        }
    }
    Ok(order)
}

//! Lists of texts: vocabularies and merges, most of a header.

use std::sync::{Arc, OnceLock};

use super::cursor::Cursor;
use super::value::TEXT_BYTES_MAX;
use crate::error::ModelError;

/// A list of texts in one allocation, so that a vocabulary costs less memory than its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StringList {
    text: String,
    ends: Vec<u32>,
}

/// A list of texts that stays in the file until it is asked for, so that describing many checkpoints
/// costs neither the time nor the memory of their vocabularies.
#[derive(Debug, Clone)]
pub struct TextList {
    start: usize,
    len: u64,
    list: Arc<OnceLock<StringList>>,
}

impl StringList {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at `index`.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// The texts in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }

    /// The memory it takes beside itself.
    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    // Nothing is allocated for `len` itself: the lists grow with the bytes that are really there,
    // whose number the cursor limits to far less than 4 GB.
    fn read(cursor: &mut Cursor, key: &str, len: u64) -> Result<Self, ModelError> {
        let mut list = Self::default();
        for _ in 0..len {
            list.text.push_str(cursor.text(key, TEXT_BYTES_MAX)?);
            list.ends.push(list.text.len() as u32);
        }
        list.text.shrink_to_fit();
        list.ends.shrink_to_fit();
        Ok(list)
    }
}

impl TextList {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Goes past a list of `len` texts, checking their lengths.
    pub(super) fn skip(cursor: &mut Cursor, key: &str, len: u64) -> Result<Self, ModelError> {
        let start = cursor.at();
        for _ in 0..len {
            cursor.text_bytes(key, TEXT_BYTES_MAX)?;
        }
        Ok(Self {
            start,
            len,
            list: Arc::default(),
        })
    }

    /// The texts, read once; `cursor` makes one at the first byte of their file.
    pub(super) fn read<'a>(
        &self,
        cursor: impl FnOnce() -> Result<Cursor<'a>, ModelError>,
        key: &str,
    ) -> Result<&StringList, ModelError> {
        if let Some(list) = self.list.get() {
            return Ok(list);
        }
        let mut cursor = cursor()?;
        cursor.skip_to(self.start);
        let list = StringList::read(&mut cursor, key, self.len)?;
        Ok(self.list.get_or_init(|| list))
    }
}

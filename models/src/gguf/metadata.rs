//! The keys and values of a GGUF header.

use std::path::PathBuf;

use crate::error::ModelError;

/// The keys and values of a GGUF header, in the order of the file. Typed getters answer `None` for an
/// absent key and an error that names the key when the value has another type.
#[derive(Debug, Clone)]
pub struct Metadata {
    path: PathBuf,
    entries: Vec<(String, MetadataValue)>,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum MetadataValue {
    /// An 8-bit unsigned integer.
    U8(u8),
    /// An 8-bit integer.
    I8(i8),
    /// A 16-bit unsigned integer.
    U16(u16),
    /// A 16-bit integer.
    I16(i16),
    /// A 32-bit unsigned integer.
    U32(u32),
    /// A 32-bit integer.
    I32(i32),
    /// A 32-bit float.
    F32(f32),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(String),
    /// A 64-bit unsigned integer.
    U64(u64),
    /// A 64-bit integer.
    I64(i64),
    /// A 64-bit float.
    F64(f64),
    /// A list of texts.
    Texts(StringList),
    /// A list of numbers or truth values, as in the file.
    Numbers(NumberList),
}

/// A list of texts in one allocation, so that a vocabulary costs less memory than its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StringList {
    text: String,
    ends: Vec<u32>,
}

/// A list of numbers or truth values, as in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberList;

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
}

impl Metadata {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&MetadataValue> {
        self.entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Every key with its value, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &MetadataValue)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// The text of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is of another type.
    pub fn str(&self, key: &str) -> Result<Option<&str>, ModelError> {
        let _ = key;
        unimplemented!()
    }

    /// The non-negative integer of `key`, of whatever width it was written with.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no integer or outside the range.
    pub fn u32(&self, key: &str) -> Result<Option<u32>, ModelError> {
        let _ = key;
        unimplemented!()
    }

    /// The non-negative integer of `key`, of whatever width it was written with.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no integer or negative.
    pub fn u64(&self, key: &str) -> Result<Option<u64>, ModelError> {
        let _ = key;
        unimplemented!()
    }

    /// The number of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no float.
    pub fn f32(&self, key: &str) -> Result<Option<f32>, ModelError> {
        let _ = key;
        unimplemented!()
    }

    /// The truth value of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is of another type.
    pub fn bool(&self, key: &str) -> Result<Option<bool>, ModelError> {
        let _ = key;
        unimplemented!()
    }

    /// The texts of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is of another type.
    pub fn strings(&self, key: &str) -> Result<Option<&StringList>, ModelError> {
        let _ = key;
        unimplemented!()
    }

    /// The floats of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no list of floats.
    pub fn f32s(&self, key: &str) -> Result<Option<Vec<f32>>, ModelError> {
        let _ = (key, &self.path);
        unimplemented!()
    }

    /// The integers of `key`, of whatever width they were written with.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no list of integers or one is outside the range.
    pub fn i32s(&self, key: &str) -> Result<Option<Vec<i32>>, ModelError> {
        let _ = key;
        unimplemented!()
    }
}

//! The keys and values of a GGUF header, read by type.

use std::path::PathBuf;

use super::cursor::Cursor;
use super::texts::StringList;
use super::value::MetadataValue;
use crate::error::ModelError;
use crate::mapping::Bytes;

/// The keys and values of a GGUF header, in the order of the file. Typed getters answer `None` for an
/// absent key and an error that names the key when the value has another type.
#[derive(Debug, Clone)]
pub struct Metadata {
    path: PathBuf,
    /// The file, for the lists that stay in it.
    bytes: Bytes,
    entries: Vec<(String, MetadataValue)>,
}

impl Metadata {
    /// Joins entries whose keys differ; `path` is for errors.
    pub(super) fn new(path: PathBuf, bytes: Bytes, entries: Vec<(String, MetadataValue)>) -> Self {
        Self {
            path,
            bytes,
            entries,
        }
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&MetadataValue> {
        self.entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Every key with its value, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &MetadataValue)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// The text of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is of another type.
    pub fn str(&self, key: &str) -> Result<Option<&str>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(MetadataValue::Text(text)) => Ok(Some(text)),
            Some(value) => Err(self.wrong(key, "a text", value)),
        }
    }

    /// The non-negative integer of `key`, of whatever width it was written with.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no integer or outside the range.
    pub fn u32(&self, key: &str) -> Result<Option<u32>, ModelError> {
        self.u64(key)?
            .map(|value| self.fit(key, value.into()))
            .transpose()
    }

    /// The non-negative integer of `key`, of whatever width it was written with.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no integer or negative.
    pub fn u64(&self, key: &str) -> Result<Option<u64>, ModelError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let number = value
            .as_integer()
            .ok_or_else(|| self.wrong(key, "an integer", value))?;
        self.fit(key, number).map(Some)
    }

    /// The number of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no float.
    pub fn f32(&self, key: &str) -> Result<Option<f32>, ModelError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let number = value
            .as_float()
            .ok_or_else(|| self.wrong(key, "a float", value))?;
        Ok(Some(number as f32))
    }

    /// The truth value of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is of another type.
    pub fn bool(&self, key: &str) -> Result<Option<bool>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(MetadataValue::Bool(value)) => Ok(Some(*value)),
            Some(value) => Err(self.wrong(key, "a truth value", value)),
        }
    }

    /// The texts of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is of another type or a text is not UTF-8,
    /// [`ModelError::Changed`] when the file is no longer what was opened.
    pub fn strings(&self, key: &str) -> Result<Option<&StringList>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(MetadataValue::Texts(list)) => {
                let cursor = || {
                    self.bytes.check_unchanged()?;
                    Ok(Cursor::new(&self.path, &self.bytes))
                };
                list.read(cursor, key).map(Some)
            }
            Some(value) => Err(self.wrong(key, "a list of texts", value)),
        }
    }

    /// How many texts `key` has.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is of another type.
    pub(crate) fn strings_len(&self, key: &str) -> Result<Option<usize>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(MetadataValue::Texts(list)) => Ok(Some(list.len())),
            Some(value) => Err(self.wrong(key, "a list of texts", value)),
        }
    }

    /// The floats of `key`.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no list of floats.
    pub fn f32s(&self, key: &str) -> Result<Option<Vec<f32>>, ModelError> {
        self.numbers(key, "a list of floats", |value| {
            value.as_float().map(|it| it as f32)
        })
    }

    /// The integers of `key`, of whatever width they were written with.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] when the value is no list of integers or one is outside the range.
    pub fn i32s(&self, key: &str) -> Result<Option<Vec<i32>>, ModelError> {
        self.numbers(key, "a list of 32-bit integers", |value| {
            i32::try_from(value.as_integer()?).ok()
        })
    }

    /// The file, for errors about what the values mean.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    fn numbers<T>(
        &self,
        key: &str,
        expected: &str,
        number: impl Fn(&MetadataValue) -> Option<T>,
    ) -> Result<Option<Vec<T>>, ModelError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let MetadataValue::Numbers(list) = value else {
            return Err(self.wrong(key, expected, value));
        };
        let wrong = || self.wrong(key, expected, value);
        list.iter()
            .map(|item| number(&item).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn fit<T: TryFrom<i128>>(&self, key: &str, number: i128) -> Result<T, ModelError> {
        T::try_from(number).map_err(|_| {
            ModelError::malformed(&self.path, key, format!("{number} is out of range"))
        })
    }

    fn wrong(&self, key: &str, expected: &str, value: &MetadataValue) -> ModelError {
        let reason = format!("should be {expected} but is {}", value.kind_name());
        ModelError::malformed(&self.path, key, reason)
    }
}

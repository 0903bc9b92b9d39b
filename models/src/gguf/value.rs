//! The values of a GGUF header.

use super::cursor::Cursor;
use super::texts::TextList;
use crate::error::ModelError;

/// The longest text of a header in bytes.
pub(super) const TEXT_BYTES_MAX: u64 = 16 << 20;
const NEITHER_0_NOR_1: &str = "a truth value is not 0 or 1";

/// One value.
#[derive(Debug, Clone)]
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
    /// A list of texts, still in the file.
    Texts(TextList),
    /// A list of numbers or truth values.
    Numbers(NumberList),
}

/// A list of numbers or truth values, kept as in the file.
#[derive(Debug, Clone)]
pub struct NumberList {
    kind: Number,
    bytes: Vec<u8>,
}

/// The type of a value.
enum Kind {
    Text,
    List,
    Number(Number),
}

/// The type of a number or truth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    U64,
    I64,
    F64,
}

impl MetadataValue {
    /// Reads a value, type first; `key` is for errors.
    pub(super) fn read(cursor: &mut Cursor, key: &str) -> Result<Self, ModelError> {
        match Kind::read(cursor, key)? {
            Kind::Text => Ok(Self::Text(cursor.text(key, TEXT_BYTES_MAX)?.to_owned())),
            Kind::List => Self::read_list(cursor, key),
            Kind::Number(kind) => {
                let bytes = cursor.take(key, kind.size_bytes())?;
                kind.value(bytes)
                    .ok_or_else(|| cursor.malformed(key, NEITHER_0_NOR_1))
            }
        }
    }

    fn read_list(cursor: &mut Cursor, key: &str) -> Result<Self, ModelError> {
        let kind = Kind::read(cursor, key)?;
        let len = cursor.u64(key)?;
        match kind {
            Kind::List => Err(cursor.malformed(key, "a list inside a list")),
            Kind::Text => TextList::skip(cursor, key, len).map(Self::Texts),
            Kind::Number(kind) => {
                let bytes = cursor
                    .take(key, len.saturating_mul(kind.size_bytes()))?
                    .to_vec();
                if kind == Number::Bool && bytes.iter().any(|&byte| byte > 1) {
                    return Err(cursor.malformed(key, NEITHER_0_NOR_1));
                }
                Ok(Self::Numbers(NumberList { kind, bytes }))
            }
        }
    }

    /// The integer, whatever its width; `None` for any other value.
    pub fn as_integer(&self) -> Option<i128> {
        match *self {
            Self::U8(value) => Some(value.into()),
            Self::I8(value) => Some(value.into()),
            Self::U16(value) => Some(value.into()),
            Self::I16(value) => Some(value.into()),
            Self::U32(value) => Some(value.into()),
            Self::I32(value) => Some(value.into()),
            Self::U64(value) => Some(value.into()),
            Self::I64(value) => Some(value.into()),
            Self::F32(_)
            | Self::Bool(_)
            | Self::Text(_)
            | Self::F64(_)
            | Self::Texts(_)
            | Self::Numbers(_) => None,
        }
    }

    /// The float, whatever its width; `None` for any other value.
    pub fn as_float(&self) -> Option<f64> {
        match *self {
            Self::F32(value) => Some(value.into()),
            Self::F64(value) => Some(value),
            Self::U8(_)
            | Self::I8(_)
            | Self::U16(_)
            | Self::I16(_)
            | Self::U32(_)
            | Self::I32(_)
            | Self::Bool(_)
            | Self::Text(_)
            | Self::U64(_)
            | Self::I64(_)
            | Self::Texts(_)
            | Self::Numbers(_) => None,
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::U8(_) => "u8",
            Self::I8(_) => "i8",
            Self::U16(_) => "u16",
            Self::I16(_) => "i16",
            Self::U32(_) => "u32",
            Self::I32(_) => "i32",
            Self::F32(_) => "f32",
            Self::Bool(_) => "bool",
            Self::Text(_) => "text",
            Self::U64(_) => "u64",
            Self::I64(_) => "i64",
            Self::F64(_) => "f64",
            Self::Texts(_) => "a list of texts",
            Self::Numbers(_) => "a list of numbers",
        }
    }
}

impl NumberList {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.kind.size_bytes() as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The memory it takes beside itself.
    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// The values in order.
    pub fn iter(&self) -> impl Iterator<Item = MetadataValue> {
        let size = self.kind.size_bytes() as usize;
        self.bytes
            .chunks_exact(size)
            .filter_map(|bytes| self.kind.value(bytes))
    }
}

impl Kind {
    fn read(cursor: &mut Cursor, key: &str) -> Result<Self, ModelError> {
        let number = cursor.u32(key)?;
        Ok(match number {
            0 => Self::Number(Number::U8),
            1 => Self::Number(Number::I8),
            2 => Self::Number(Number::U16),
            3 => Self::Number(Number::I16),
            4 => Self::Number(Number::U32),
            5 => Self::Number(Number::I32),
            6 => Self::Number(Number::F32),
            7 => Self::Number(Number::Bool),
            8 => Self::Text,
            9 => Self::List,
            10 => Self::Number(Number::U64),
            11 => Self::Number(Number::I64),
            12 => Self::Number(Number::F64),
            13.. => return Err(cursor.malformed(key, &format!("unknown value type {number}"))),
        })
    }
}

impl Number {
    fn size_bytes(self) -> u64 {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The value in its little-endian `bytes`; `None` for a truth value that is neither.
    fn value(self, bytes: &[u8]) -> Option<MetadataValue> {
        let mut wide = [0; 8];
        wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let number = u64::from_le_bytes(wide);
        Some(match self {
            Self::U8 => MetadataValue::U8(number as u8),
            Self::I8 => MetadataValue::I8(number as i8),
            Self::U16 => MetadataValue::U16(number as u16),
            Self::I16 => MetadataValue::I16(number as i16),
            Self::U32 => MetadataValue::U32(number as u32),
            Self::I32 => MetadataValue::I32(number as i32),
            Self::F32 => MetadataValue::F32(f32::from_bits(number as u32)),
            Self::Bool => MetadataValue::Bool(match number {
                0 => false,
                1 => true,
                2.. => return None,
            }),
            Self::U64 => MetadataValue::U64(number),
            Self::I64 => MetadataValue::I64(number as i64),
            Self::F64 => MetadataValue::F64(f64::from_bits(number)),
        })
    }
}

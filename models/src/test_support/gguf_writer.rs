//! Writes GGUF files, honest or not.

use half::f16;

/// A GGUF file in the making. Every field that a header states can be overridden after the honest
/// value was set; [`GgufWriter::bytes`] writes what was asked for.
#[derive(Debug, Clone)]
pub struct GgufWriter {
    /// The first four bytes.
    pub magic: [u8; 4],
    /// The version field.
    pub version: u32,
    /// The number of tensors to claim instead of the true one.
    pub tensor_count: Option<u64>,
    /// The number of keys to claim instead of the true one.
    pub key_count: Option<u64>,
    /// What tensor data is padded to, whatever `general.alignment` says.
    pub padding: usize,
    /// The keys in the order of the file.
    pub keys: Vec<(Vec<u8>, Value)>,
    /// The tensors in the order of the file.
    pub tensors: Vec<TensorSpec>,
    /// Bytes after the last tensor.
    pub trailing: Vec<u8>,
}

/// A value of a key.
#[derive(Debug, Clone)]
pub enum Value {
    /// A 32-bit unsigned integer.
    U32(u32),
    /// A 32-bit float.
    F32(f32),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A list of 32-bit integers.
    I32s(Vec<i32>),
    /// A list of floats.
    F32s(Vec<f32>),
    /// A type number and the bytes that follow it.
    Raw(u32, Vec<u8>),
}

/// One tensor of a file in the making.
#[derive(Debug, Clone)]
pub struct TensorSpec {
    /// Its name.
    pub name: Vec<u8>,
    /// Its dimensions, innermost first as in the file.
    pub dimensions: Vec<u64>,
    /// The number of dimensions to claim instead of the true one.
    pub dimension_count: Option<u32>,
    /// The number of its type.
    pub kind: u32,
    /// Its place in the data section to claim instead of the true one.
    pub offset: Option<u64>,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Default for GgufWriter {
    fn default() -> Self {
        Self {
            magic: *b"GGUF",
            version: 3,
            tensor_count: None,
            key_count: None,
            padding: 32,
            keys: Vec::new(),
            tensors: Vec::new(),
            trailing: Vec::new(),
        }
    }
}

impl GgufWriter {
    /// Sets `key`, replacing its value when it is there.
    #[must_use]
    pub fn key(mut self, key: &str, value: Value) -> Self {
        match self
            .keys
            .iter_mut()
            .find(|(name, _)| name == key.as_bytes())
        {
            Some(entry) => entry.1 = value,
            None => self.keys.push((key.as_bytes().to_vec(), value)),
        }
        self
    }

    /// Removes `key`.
    #[must_use]
    pub fn without_key(mut self, key: &str) -> Self {
        self.keys.retain(|(name, _)| name != key.as_bytes());
        self
    }

    /// Removes the tensor `name`.
    #[must_use]
    pub fn without_tensor(mut self, name: &str) -> Self {
        self.tensors.retain(|tensor| tensor.name != name.as_bytes());
        self
    }

    /// Adds a tensor in f32; `shape` is outermost first.
    #[must_use]
    pub fn f32(mut self, name: &str, shape: &[u64], values: &[f32]) -> Self {
        let data = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.tensors.push(TensorSpec::new(name, shape, 0, data));
        self
    }

    /// Adds a tensor in `Q8_0`; `shape` is outermost first, its last a multiple of 32.
    #[must_use]
    pub fn q8_0(mut self, name: &str, shape: &[u64], values: &[f32]) -> Self {
        self.tensors
            .push(TensorSpec::new(name, shape, 8, q8_0_bytes(values)));
        self
    }

    /// Changes the tensor `name` with `change`; nothing happens when there is none.
    #[must_use]
    pub fn change(mut self, name: &str, change: impl FnOnce(&mut TensorSpec)) -> Self {
        if let Some(tensor) = self
            .tensors
            .iter_mut()
            .find(|it| it.name == name.as_bytes())
        {
            change(tensor);
        }
        self
    }

    /// The header with its padding: everything before the data of the first tensor.
    pub fn header_bytes(&self) -> Vec<u8> {
        let mut out = self.magic.to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend(
            self.tensor_count
                .unwrap_or(self.tensors.len() as u64)
                .to_le_bytes(),
        );
        out.extend(
            self.key_count
                .unwrap_or(self.keys.len() as u64)
                .to_le_bytes(),
        );
        for (key, value) in &self.keys {
            push_text(&mut out, key);
            value.push(&mut out);
        }
        let mut place = 0;
        for tensor in &self.tensors {
            tensor.push(&mut out, place);
            place += tensor.data.len().next_multiple_of(self.padding) as u64;
        }
        out.resize(out.len().next_multiple_of(self.padding), 0);
        out
    }

    /// The whole file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.header_bytes();
        for tensor in &self.tensors {
            out.extend(&tensor.data);
            out.resize(out.len().next_multiple_of(self.padding), 0);
        }
        out.extend(&self.trailing);
        out
    }
}

impl TensorSpec {
    fn new(name: &str, shape: &[u64], kind: u32, data: Vec<u8>) -> Self {
        let dimensions = shape.iter().rev().copied().collect();
        let name = name.as_bytes().to_vec();
        Self {
            name,
            dimensions,
            dimension_count: None,
            kind,
            offset: None,
            data,
        }
    }

    fn push(&self, out: &mut Vec<u8>, place: u64) {
        push_text(out, &self.name);
        out.extend(
            self.dimension_count
                .unwrap_or(self.dimensions.len() as u32)
                .to_le_bytes(),
        );
        out.extend(self.dimensions.iter().flat_map(|len| len.to_le_bytes()));
        out.extend(self.kind.to_le_bytes());
        out.extend(self.offset.unwrap_or(place).to_le_bytes());
    }
}

impl Value {
    fn push(&self, out: &mut Vec<u8>) {
        let mut typed = |number: u32, bytes: &[u8]| {
            out.extend(number.to_le_bytes());
            out.extend(bytes);
        };
        match self {
            Self::U32(value) => typed(4, &value.to_le_bytes()),
            Self::F32(value) => typed(6, &value.to_le_bytes()),
            Self::Bool(value) => typed(7, &[u8::from(*value)]),
            Self::Text(text) => {
                typed(8, &[]);
                push_text(out, text.as_bytes());
            }
            Self::Texts(texts) => {
                typed(9, &8u32.to_le_bytes());
                out.extend((texts.len() as u64).to_le_bytes());
                for text in texts {
                    push_text(out, text.as_bytes());
                }
            }
            Self::I32s(values) => {
                typed(9, &5u32.to_le_bytes());
                out.extend((values.len() as u64).to_le_bytes());
                out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            Self::F32s(values) => {
                typed(9, &6u32.to_le_bytes());
                out.extend((values.len() as u64).to_le_bytes());
                out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            Self::Raw(number, bytes) => typed(*number, bytes),
        }
    }
}

fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text);
}

/// Blocks of 32 values: a half-precision scale, then 32 signed bytes.
fn q8_0_bytes(values: &[f32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len() / 32 * 34);
    for block in values.chunks_exact(32) {
        let largest = block.iter().fold(0f32, |max, value| max.max(value.abs()));
        let scale = largest / 127.0;
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        out.extend(f16::from_f32(scale).to_le_bytes());
        out.extend(
            block
                .iter()
                .map(|value| (value * inverse).round() as i8 as u8),
        );
    }
    out
}

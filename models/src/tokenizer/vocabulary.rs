//! The table of tokens: what each id stands for.

/// What a token is for, in GGUF's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Text.
    Normal,
    /// Stands for what cannot be encoded; treated as control.
    Unknown,
    /// Steers the model.
    Control,
    /// Matched in the text as a whole before it is split.
    UserDefined,
    /// Never written.
    Unused,
    /// One byte of a character that has no token.
    Byte,
}

/// Tokens by id: their bytes, in one allocation, and their kinds.
#[derive(Debug)]
pub(super) struct Vocabulary {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    kinds: Vec<TokenKind>,
}

impl TokenKind {
    /// Reads the number GGUF uses; `None` when it has no meaning.
    pub(super) fn from_gguf(number: i32) -> Option<Self> {
        match number {
            0 | 1 => Some(Self::Normal),
            2 => Some(Self::Unknown),
            3 => Some(Self::Control),
            4 => Some(Self::UserDefined),
            5 => Some(Self::Unused),
            6 => Some(Self::Byte),
            _ => None,
        }
    }

    /// Whether such a token is never text.
    pub(super) fn is_control(self) -> bool {
        matches!(self, Self::Control | Self::Unknown)
    }
}

impl Vocabulary {
    /// An empty table with room for `tokens`.
    pub(super) fn with_capacity(tokens: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(tokens.saturating_mul(6)),
            ends: Vec::with_capacity(tokens),
            kinds: Vec::with_capacity(tokens),
        }
    }

    /// Appends the token of the next id.
    pub(super) fn push(&mut self, bytes: &[u8], kind: TokenKind) {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        self.kinds.push(kind);
    }

    /// Number of ids.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of `id`; empty for an unknown id.
    pub(super) fn bytes(&self, id: u32) -> &[u8] {
        let index = id as usize;
        let Some(&end) = self.ends.get(index) else {
            return &[];
        };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..end]
    }

    /// The kind of `id`; an unknown id is unused.
    pub(super) fn kind(&self, id: u32) -> TokenKind {
        self.kinds
            .get(id as usize)
            .copied()
            .unwrap_or(TokenKind::Unused)
    }
}

/// Reads `<0xHH>`, the way a byte token is written.
pub(super) fn byte_of(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    if digits.len() != 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a12_only_two_hexadecimal_digits_are_a_byte() {
        assert_eq!(byte_of("<0x0A>"), Some(10));
        assert_eq!(byte_of("<0xff>"), Some(255));
        for lie in [
            "<0x-1>", "<0xZZ>", "<0x+1>", "<0x1>", "<0x123>", "0x12", "<0x12",
        ] {
            assert_eq!(byte_of(lie), None, "{lie}");
        }
    }

    #[test]
    fn a12_negative_and_unknown_types_have_no_kind() {
        assert_eq!(TokenKind::from_gguf(-1), None);
        assert_eq!(TokenKind::from_gguf(7), None);
        assert_eq!(TokenKind::from_gguf(3), Some(TokenKind::Control));
    }

    #[test]
    fn bytes_of_unknown_ids_are_empty() {
        let mut table = Vocabulary::with_capacity(2);
        table.push(b"ab", TokenKind::Normal);
        table.push(b"c", TokenKind::Control);
        assert_eq!(table.bytes(0), b"ab");
        assert_eq!(table.bytes(1), b"c");
        assert_eq!(table.bytes(2), b"");
        assert_eq!(table.kind(1), TokenKind::Control);
        assert_eq!(table.kind(9), TokenKind::Unused);
    }
}

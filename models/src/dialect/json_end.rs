//! Finds the end of a JSON object or array that is still arriving.

/// How far a value was searched; what was searched is not searched again when more has come.
#[derive(Debug, Default)]
pub(super) struct JsonEnd {
    searched: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl JsonEnd {
    /// Returns where the object or array that begins `text` ends; `None` when it has not.
    pub(super) fn search(&mut self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        while let Some(byte) = bytes.get(self.searched) {
            self.searched += 1;
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.searched);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_its_last_bracket_closes() {
        let text = r#"{"a": ["}\"]", 1]} tail}"#;
        let end = text.find(" tail").unwrap_or(0);
        let mut whole = JsonEnd::default();
        assert_eq!(whole.search(text), Some(end));
        let mut parts = JsonEnd::default();
        for cut in 0..end {
            assert_eq!(parts.search(&text[..cut]), None, "{cut}");
        }
        assert_eq!(parts.search(&text[..end]), Some(end));
    }
}

/// The longest text a tool gives back, in bytes; what is longer is cut with a note.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// What came of a call. An error is a result that the model reads, never the end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolOutcome {
    /// The tool did what it was asked.
    Done(String),
    /// It tried and could not, or what it was asked is no call.
    Failed(String),
    /// It was not tried: permissions, roots, or the answer of a person forbid it.
    Refused(String),
}

impl ToolOutcome {
    /// Returns the text the model reads, cut to 1 MiB.
    pub fn text(&self) -> String {
        let text = match self {
            Self::Done(text) | Self::Failed(text) | Self::Refused(text) => text,
        };
        if text.len() <= TEXT_BYTES_MAX {
            return text.clone();
        }
        let end = text.floor_char_boundary(TEXT_BYTES_MAX);
        let left_out = text.len() - end;
        format!("{}\n[{left_out} bytes more are not shown]", &text[..end])
    }

    /// Returns the word that is stored and shown.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Refused(_) => "refused",
        }
    }

    /// Whether the tool did what it was asked.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_with_a_note() {
        let text = "é".repeat(TEXT_BYTES_MAX);
        let shown = ToolOutcome::Done(text).text();
        assert!(shown.ends_with("é\n[1048576 bytes more are not shown]"));
        assert_eq!(ToolOutcome::Failed("no".to_owned()).text(), "no");
    }
}

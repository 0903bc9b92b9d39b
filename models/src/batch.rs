//! What one forward computes: tokens of several sequences, flat, with the logits each one asks for.

/// Which positions of a span the output layer runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logits {
    /// None: a chunk of a prompt that goes on.
    None,
    /// The last position: the end of a prompt, or one step of decoding.
    Last,
    /// Every position: checking proposed tokens, scoring a text.
    All,
}

/// Consecutive tokens of one sequence within a batch.
///
/// They continue the slot: the first stands at position `cache.len(slot)`, or behind an earlier span
/// of the same slot in the same batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The cache slot of the sequence.
    pub slot: usize,
    /// How many tokens.
    pub len: usize,
    /// The logits asked for.
    pub logits: Logits,
}

/// The input of [`Decoder::forward`](crate::Decoder::forward): flat tokens (N,) and the spans they
/// belong to. Prefill, a decode step of many sequences and the check of proposed tokens differ only
/// in their spans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    tokens: Vec<u32>,
    spans: Vec<Span>,
}

impl Batch {
    /// Creates a batch without tokens.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `tokens` of the sequence in `slot`. No tokens make no span.
    pub fn push(&mut self, slot: usize, tokens: &[u32], logits: Logits) {
        if tokens.is_empty() {
            return;
        }
        self.tokens.extend_from_slice(tokens);
        self.spans.push(Span {
            slot,
            len: tokens.len(),
            logits,
        });
    }

    /// The tokens of all spans, one behind the other: (N,).
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The spans in the order they were pushed; their lengths add up to N.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The positions within the flat tokens whose logits are asked for, ascending: (L,).
    pub fn logit_rows(&self) -> Vec<u32> {
        let mut rows = Vec::new();
        let mut start = 0;
        for span in &self.spans {
            let end = start + span.len as u32;
            match span.logits {
                Logits::None => {}
                Logits::Last => rows.push(end - 1),
                Logits::All => rows.extend(start..end),
            }
            start = end;
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_what_each_span_asks_for() {
        let mut batch = Batch::new();
        batch.push(0, &[1, 2, 3], Logits::Last);
        batch.push(4, &[9, 9], Logits::None);
        batch.push(1, &[7, 8], Logits::All);
        batch.push(2, &[], Logits::All);
        assert_eq!(batch.tokens(), &[1, 2, 3, 9, 9, 7, 8]);
        assert_eq!(batch.spans().len(), 3);
        assert_eq!(batch.logit_rows(), vec![2, 5, 6]);
    }

    #[test]
    fn a_batch_without_tokens_is_empty() {
        let mut batch = Batch::new();
        batch.push(0, &[], Logits::Last);
        assert!(batch.is_empty());
        assert!(batch.logit_rows().is_empty());
    }
}

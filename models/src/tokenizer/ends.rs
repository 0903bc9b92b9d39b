//! Which tokens end a generation.

/// Tokens that end an answer in the families that write them, where the vocabulary has them as more
/// than text. The same list as llama.cpp's, so that both stop at the same token.
const KNOWN: [&str; 24] = [
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "</s>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<eos>",
    "<turn|>",
    "<｜end▁of▁sentence｜>",
    "<|fim_pad|>",
    "<|fim_repo|>",
    "<|repo_name|>",
    "<|file_sep|>",
];

/// Collects the tokens that end a generation: `declared` by the checkpoint, and the known ones that
/// `find` has. `find` answers with the id of a token that is control or defined by users.
pub(super) fn collect(declared: &[u32], find: impl Fn(&str) -> Option<u32>) -> Vec<u32> {
    let mut ends: Vec<u32> = declared.to_vec();
    ends.extend(KNOWN.iter().filter_map(|text| find(text)));
    // In harmony, `<|end|>` ends a message, not the answer.
    if find("<|return|>").is_some() && find("<|call|>").is_some() {
        let message_end = find("<|end|>");
        ends.retain(|id| Some(*id) != message_end);
    }
    ends.sort_unstable();
    ends.dedup();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_and_known_ends_are_joined_without_doubles() {
        let find = |text: &str| match text {
            "<|im_end|>" => Some(7),
            "<|endoftext|>" => Some(3),
            _ => None,
        };
        assert_eq!(collect(&[7, 1], find), [1, 3, 7]);
    }

    #[test]
    fn harmony_messages_end_without_ending_the_answer() {
        let find = |text: &str| match text {
            "<|end|>" => Some(1),
            "<|return|>" => Some(2),
            "<|call|>" => Some(3),
            _ => None,
        };
        assert_eq!(collect(&[], find), [2, 3]);
    }
}

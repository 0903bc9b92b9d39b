//! What a model can do that a server serves: the server's word where it has one, else the table's.

use super::context::guess_context_tokens;
use super::projection::{Profile, project};
use super::{Capability, CapabilityClass};

/// What a server says of one of its models; nothing where it is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServedFacts<'a> {
    /// Tokens the model reads there.
    pub context_tokens: Option<u64>,
    /// Capabilities it says the model has.
    pub has: &'a [String],
    /// Capabilities it says the model has not.
    pub lacks: &'a [String],
}

/// Returns what the model `id` can do there and how many tokens it reads.
///
/// A server knows what it was started with: a family that could read 128,000 tokens has no
/// `128k-context` where its server gives it 4096.
pub fn project_served(id: &str, facts: ServedFacts<'_>) -> (Profile, u64) {
    let mut profile = project(id);
    let guess = || guess_context_tokens(id);
    let context_tokens = facts.context_tokens.unwrap_or_else(guess);
    let embeds = |word: &String| word == Capability::EMBEDDINGS.as_str();
    if facts.has.iter().any(embeds) {
        profile.class = CapabilityClass::EMBEDDINGS;
        profile.capabilities = [Capability::EMBEDDINGS].into();
        return (profile, context_tokens);
    }
    for (words, holds) in [(facts.has, true), (facts.lacks, false)] {
        for word in words.iter().filter_map(|word| Capability::new(word).ok()) {
            set(&mut profile, word, holds);
        }
    }
    if let Some(tokens) = facts.context_tokens {
        profile.set_context(tokens);
    }
    (profile, context_tokens)
}

/// Servers have one word where agents have two.
fn set(profile: &mut Profile, capability: Capability, holds: bool) {
    if capability == Capability::TOOL_USE {
        profile.set_tools(holds);
    } else if capability == Capability::REASONING {
        profile.set_thinking(holds);
    } else {
        profile.set(capability, holds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(id: &str, context_tokens: u64, has: &[&str], lacks: &[&str]) -> String {
        let [has, lacks] = [has, lacks].map(|words| {
            let words = words.iter().map(|&word| word.to_owned());
            words.collect::<Vec<_>>()
        });
        let facts = ServedFacts {
            context_tokens: Some(context_tokens),
            has: &has,
            lacks: &lacks,
        };
        let (profile, tokens) = project_served(id, facts);
        assert_eq!(tokens, context_tokens);
        let words = profile.capabilities.iter().map(Capability::as_str);
        format!("{}: {}", profile.class, words.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_silent_server_leaves_the_guess() {
        let silent = ServedFacts::default();
        let (profile, tokens) = project_served("mistral:7b", silent);
        assert_eq!(profile, project("mistral:7b"));
        assert_eq!(tokens, 32_768);
        assert_eq!(project_served("nobody", silent).1, 8192);
    }

    #[test]
    fn what_a_server_says_beats_the_guess() {
        assert_eq!(
            words("qwen2.5:7b", 4096, &[], &["tool-use"]),
            "local-reasoning: streaming structured-output"
        );
        assert_eq!(
            words(
                "nobody",
                1_000_000,
                &["tool-use", "reasoning", "vision", "code-fim"],
                &[]
            ),
            "local-reasoning: 128k-context 1m-context code-fim extended-thinking function-calling reasoning streaming tool-use vision"
        );
    }

    #[test]
    fn a_model_that_embeds_does_nothing_else() {
        assert_eq!(
            words("bge-m3", 512, &["embeddings"], &[]),
            "embeddings: embeddings"
        );
    }

    #[test]
    fn words_that_are_none_change_nothing() {
        assert_eq!(
            words("nobody", 512, &["\u{1b}[2J", "A B"], &[]),
            "local-reasoning: streaming"
        );
    }
}

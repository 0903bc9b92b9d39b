//! What a model can do that a server serves: the server's word where it has one, else the table's.

use super::context::guess_context_tokens;
use super::projection::{Profile, project};
use super::{Capability, CapabilityClass};

/// What a server says of one of its models; nothing where it is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServedFacts {
    /// Tokens the model reads there.
    pub context_tokens: Option<u64>,
    /// Whether it calls tools.
    pub tools: Option<bool>,
    /// Whether it thinks before it answers.
    pub thinking: Option<bool>,
    /// Whether it reads images.
    pub vision: Option<bool>,
    /// Whether it fills a gap in code.
    pub fill_in_middle: Option<bool>,
    /// Whether it turns text into vectors, and does not chat.
    pub embeddings: Option<bool>,
}

/// Returns what the model `id` can do there and how many tokens it reads.
///
/// A server knows what it was started with: a family that could read 128,000 tokens has no
/// `128k-context` where its server gives it 4096.
pub fn project_served(id: &str, facts: ServedFacts) -> (Profile, u64) {
    let mut profile = project(id);
    let context_tokens = facts
        .context_tokens
        .unwrap_or_else(|| guess_context_tokens(id));
    if facts.embeddings == Some(true) {
        profile.class = CapabilityClass::EMBEDDINGS;
        profile.capabilities = [Capability::EMBEDDINGS].into();
        return (profile, context_tokens);
    }
    if let Some(holds) = facts.tools {
        profile.set_tools(holds);
    }
    if let Some(holds) = facts.thinking {
        profile.set_thinking(holds);
    }
    if let Some(holds) = facts.vision {
        profile.set(Capability::VISION, holds);
    }
    if let Some(holds) = facts.fill_in_middle {
        profile.set(Capability::CODE_FIM, holds);
    }
    if let Some(tokens) = facts.context_tokens {
        profile.set_context(tokens);
    }
    (profile, context_tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(id: &str, facts: ServedFacts) -> String {
        let (profile, _) = project_served(id, facts);
        let words: Vec<_> = profile
            .capabilities
            .iter()
            .map(Capability::as_str)
            .collect();
        words.join(" ")
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
        let small = ServedFacts {
            context_tokens: Some(4096),
            tools: Some(false),
            ..ServedFacts::default()
        };
        assert_eq!(words("qwen2.5:7b", small), "streaming structured-output");
        let able = ServedFacts {
            context_tokens: Some(1_000_000),
            tools: Some(true),
            thinking: Some(true),
            vision: Some(true),
            fill_in_middle: Some(true),
            embeddings: Some(false),
        };
        assert_eq!(
            words("nobody", able),
            "128k-context 1m-context code-fim extended-thinking function-calling reasoning streaming tool-use vision"
        );
    }

    #[test]
    fn a_model_that_embeds_does_nothing_else() {
        let embeds = ServedFacts {
            embeddings: Some(true),
            context_tokens: Some(512),
            ..ServedFacts::default()
        };
        let (profile, tokens) = project_served("bge-m3", embeds);
        assert_eq!(profile.class, CapabilityClass::EMBEDDINGS);
        assert_eq!(
            (words("bge-m3", embeds).as_str(), tokens),
            ("embeddings", 512)
        );
    }
}

//! The runtimes aldo knows by name.

use serde::Serialize;

/// A program on this machine that may serve models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Runtime {
    /// Ollama.
    Ollama,
    /// LM Studio.
    LmStudio,
    /// vLLM.
    Vllm,
    /// llama.cpp's server.
    LlamaCpp,
    /// The server of `mlx_lm`.
    Mlx,
}

impl Runtime {
    /// Every runtime, in the order of the reference.
    pub const ALL: [Self; 5] = [
        Self::Ollama,
        Self::LmStudio,
        Self::Vllm,
        Self::LlamaCpp,
        Self::Mlx,
    ];

    /// Returns the word of `ALDO_LOCAL_DISCOVERY`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::LmStudio => "lmstudio",
            Self::Vllm => "vllm",
            Self::LlamaCpp => "llamacpp",
            Self::Mlx => "mlx",
        }
    }

    /// Reads a comma list of runtimes, or `all`, or `none`.
    ///
    /// # Errors
    /// What was expected, naming the word that is unknown.
    pub(crate) fn parse_list(list: &str) -> Result<Vec<Self>, String> {
        let words: Vec<_> = list.split(',').map(str::trim).collect();
        match words.as_slice() {
            ["all"] => return Ok(Self::ALL.into()),
            ["none"] => return Ok(Vec::new()),
            _ => {}
        }
        let mut runtimes = Vec::new();
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            let found = Self::ALL
                .into_iter()
                .find(|runtime| runtime.as_str() == word);
            runtimes.push(found.ok_or_else(|| unknown(word))?);
        }
        runtimes.sort_unstable();
        runtimes.dedup();
        Ok(runtimes)
    }
}

fn unknown(word: &str) -> String {
    let known = Runtime::ALL.map(Runtime::as_str).join("`, `");
    format!("`{word}` is no runtime; known are `{known}`, `all` and `none`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_any_order_and_once() {
        assert_eq!(
            Runtime::parse_list(" mlx, ollama,mlx "),
            Ok(vec![Runtime::Ollama, Runtime::Mlx])
        );
        assert_eq!(Runtime::parse_list("all").map(|all| all.len()), Ok(5));
        assert_eq!(Runtime::parse_list("none"), Ok(Vec::new()));
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_known_ones() {
        assert_eq!(
            Runtime::parse_list("ollama,bogus"),
            Err("`bogus` is no runtime; known are `ollama`, `lmstudio`, `vllm`, `llamacpp`, `mlx`, `all` and `none`".to_owned())
        );
        assert!(Runtime::parse_list("ollama,all").is_err());
    }
}

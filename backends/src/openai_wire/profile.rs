use crate::runtimes::Runtime;

use super::request::FormatLevel;

/// What a kind of server takes beyond what all take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Profile {
    runtime: Option<Runtime>,
}

impl Profile {
    /// The profile of a runtime; `None` is a server that nothing is known about.
    pub(crate) fn new(runtime: Option<Runtime>) -> Self {
        Self { runtime }
    }

    /// The field of the repetition penalty, where there is one.
    pub(super) fn repetition_field(self) -> Option<&'static str> {
        match self.runtime? {
            Runtime::Vllm | Runtime::Mlx => Some("repetition_penalty"),
            Runtime::LlamaCpp | Runtime::LmStudio => Some("repeat_penalty"),
            Runtime::Ollama => None,
        }
    }

    /// Whether it takes `top_k` and `min_p`.
    pub(super) fn takes_more_samplers(self) -> bool {
        match self.runtime {
            Some(Runtime::Vllm | Runtime::Mlx | Runtime::LlamaCpp | Runtime::LmStudio) => true,
            Some(Runtime::Ollama) | None => false,
        }
    }

    /// Whether a seed is understood; elsewhere it is sent only when it was chosen.
    pub(super) fn takes_seed(self) -> bool {
        self.runtime.is_some()
    }

    /// Whether it hands variables to the chat template.
    pub(super) fn takes_template_variables(self) -> bool {
        matches!(
            self.runtime,
            Some(Runtime::Vllm | Runtime::Mlx | Runtime::LlamaCpp)
        )
    }

    /// Whether it takes `reasoning_effort: none`.
    pub(super) fn takes_no_effort(self) -> bool {
        self.runtime == Some(Runtime::Ollama)
    }

    /// Whether earlier reasoning may be sent back, which some templates need between tool calls.
    pub(super) fn takes_reasoning_back(self) -> bool {
        matches!(self.runtime, Some(Runtime::Vllm | Runtime::LlamaCpp))
    }

    /// Whether it must be told that several calls in one turn are welcome.
    pub(super) fn asks_for_parallel_calls(self) -> bool {
        self.runtime == Some(Runtime::LlamaCpp)
    }

    /// Whether a regular expression can hold the answer.
    pub(super) fn takes_regex(self) -> bool {
        self.runtime == Some(Runtime::Vllm)
    }

    /// Whether tool names may hold dots; the strictest services take letters, digits, `_` and `-`.
    pub(crate) fn takes_any_tool_name(self) -> bool {
        self.runtime.is_some()
    }

    /// Whether a format it cannot hold might be ignored without a word, so that it is asked for in
    /// words as well.
    pub(super) fn may_ignore_formats(self) -> bool {
        matches!(self.runtime, None | Some(Runtime::Mlx))
    }

    /// How a JSON Schema is sent at first.
    pub(crate) fn schema_level(self) -> FormatLevel {
        match self.runtime {
            Some(Runtime::Mlx) => FormatLevel::Words,
            Some(Runtime::Ollama | Runtime::LmStudio | Runtime::Vllm | Runtime::LlamaCpp)
            | None => FormatLevel::StrictSchema,
        }
    }

    /// How JSON without a schema is sent at first.
    pub(crate) fn json_level(self) -> FormatLevel {
        match self.runtime {
            Some(Runtime::Mlx) => FormatLevel::Words,
            Some(Runtime::LmStudio) => FormatLevel::StrictSchema,
            Some(Runtime::Ollama | Runtime::Vllm | Runtime::LlamaCpp) | None => FormatLevel::Object,
        }
    }

    /// The name that the server has for a field of the catalogue's `extra`.
    pub(super) fn extra_field(self, name: &str) -> &str {
        match (self.runtime, name) {
            (Some(Runtime::Mlx), "sampler_seed") => "seed",
            _ => name,
        }
    }
}

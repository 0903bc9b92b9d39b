//! The runtimes that may already be on this machine.

use serde::Serialize;

/// A program that serves models over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Runtime {
    /// Ollama.
    Ollama,
    /// LM Studio.
    LmStudio,
    /// vLLM.
    Vllm,
    /// llama.cpp's llama-server.
    LlamaCpp,
    /// `mlx_lm.server`.
    Mlx,
}

impl Runtime {
    /// All of them, in the order they are listed.
    pub const ALL: [Self; 5] = [
        Self::Ollama,
        Self::LmStudio,
        Self::Vllm,
        Self::LlamaCpp,
        Self::Mlx,
    ];

    /// The word of `ALDO_LOCAL_DISCOVERY`, which is also the provider of its models.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::LmStudio => "lmstudio",
            Self::Vllm => "vllm",
            Self::LlamaCpp => "llamacpp",
            Self::Mlx => "mlx",
        }
    }

    /// The name its makers write.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ollama => "Ollama",
            Self::LmStudio => "LM Studio",
            Self::Vllm => "vLLM",
            Self::LlamaCpp => "llama.cpp",
            Self::Mlx => "mlx_lm.server",
        }
    }

    /// Reads a [`Runtime::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|runtime| runtime.name() == name)
    }

    /// Where it listens unless told otherwise; the first that answers as this runtime counts. An
    /// address, never `localhost`, which on some machines is an IPv6 address that nobody listens on.
    pub fn default_urls(self) -> &'static [&'static str] {
        match self {
            Self::Ollama => &["http://127.0.0.1:11434"],
            Self::LmStudio => &["http://127.0.0.1:1234"],
            Self::Vllm => &["http://127.0.0.1:8000"],
            Self::LlamaCpp => &["http://127.0.0.1:8080", "http://127.0.0.1:9931"],
            Self::Mlx => &["http://127.0.0.1:8081"],
        }
    }

    /// Reads what a base-URL variable holds: the scheme may be missing, as in `OLLAMA_HOST`, the
    /// port is then this runtime's own, a bind address (`0.0.0.0`, `[::]`) means this machine, and
    /// `/v1` at the end is dropped. What it returns is not checked yet.
    pub fn base_url(self, text: &str) -> String {
        let text = text.trim();
        let (scheme, rest, has_scheme) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, rest, true),
            None => ("http", text, false),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let after_host = authority.rfind(']').map_or(0, |at| at + 1);
        let colon = authority[after_host..].find(':');
        let (host, port) = authority.split_at(colon.map_or(authority.len(), |at| after_host + at));
        let host = match host {
            "" | "0.0.0.0" => "127.0.0.1",
            "[::]" => "[::1]",
            other => other,
        };
        let default_port = &self.default_urls()[0]["http://127.0.0.1".len()..];
        let port = if port.is_empty() && !has_scheme {
            default_port
        } else {
            port
        };
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path);
        format!("{scheme}://{host}{port}{path}")
    }
}

impl std::fmt::Display for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_variable() {
        let names = Runtime::ALL.map(Runtime::name);
        assert_eq!(names, ["ollama", "lmstudio", "vllm", "llamacpp", "mlx"]);
        for runtime in Runtime::ALL {
            assert_eq!(Runtime::from_name(runtime.name()), Some(runtime));
            assert_eq!(
                serde_json::to_value(runtime).unwrap(),
                serde_json::json!(runtime.name())
            );
        }
        assert_eq!(Runtime::from_name("llama.cpp"), None);
    }

    #[test]
    fn default_urls_are_ipv4_addresses() {
        let urls: Vec<&str> = Runtime::ALL
            .iter()
            .flat_map(|runtime| runtime.default_urls())
            .copied()
            .collect();
        assert_eq!(
            urls,
            [
                "http://127.0.0.1:11434",
                "http://127.0.0.1:1234",
                "http://127.0.0.1:8000",
                "http://127.0.0.1:8080",
                "http://127.0.0.1:9931",
                "http://127.0.0.1:8081",
            ]
        );
    }

    #[test]
    fn base_urls_are_read_as_their_owners_write_them() {
        for (text, url) in [
            ("127.0.0.1", "http://127.0.0.1:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:9999", "http://127.0.0.1:9999"),
            (":9999", "http://127.0.0.1:9999"),
            ("[::]:9999", "http://[::1]:9999"),
            ("[::1]", "http://[::1]:11434"),
            ("gpu.lan", "http://gpu.lan:11434"),
            (" http://gpu.lan ", "http://gpu.lan"),
            ("https://gpu.lan/ollama/v1/", "https://gpu.lan/ollama"),
            ("http://127.0.0.1:1/v1", "http://127.0.0.1:1"),
            ("http://0.0.0.0:1", "http://127.0.0.1:1"),
        ] {
            assert_eq!(Runtime::Ollama.base_url(text), url, "{text}");
        }
    }
}

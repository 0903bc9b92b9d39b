//! Which runtimes are asked, and where each is.

use aldo_backends::{Endpoint, NetError, Reach, Runtime};

use super::layers::{Setting, Settings};
use crate::env::{self, Variable};
use crate::failure::Failure;

/// Reads a comma list of runtimes, or `all`, or `none`.
///
/// # Errors
/// What was expected, naming the word that is unknown.
pub(super) fn parse_list(list: &str) -> Result<Vec<Runtime>, String> {
    let words: Vec<_> = list.split(',').map(str::trim).collect();
    match words.as_slice() {
        ["all"] => return Ok(Runtime::ALL.into()),
        ["none"] => return Ok(Vec::new()),
        _ => {}
    }
    let words = words.into_iter().filter(|word| !word.is_empty());
    let mut runtimes = words
        .map(|word| Runtime::from_name(word).ok_or_else(|| unknown(word)))
        .collect::<Result<Vec<_>, _>>()?;
    runtimes.sort_unstable();
    runtimes.dedup();
    Ok(runtimes)
}

fn unknown(word: &str) -> String {
    let known = Runtime::ALL.map(Runtime::name).join("`, `");
    format!("`{word}` is no runtime; known are `{known}`, `all` and `none`")
}

/// Returns the variables that say where a runtime is, the one that wins first.
pub(crate) fn address_variables(runtime: Runtime) -> &'static [Variable] {
    match runtime {
        Runtime::Ollama => &[env::OLLAMA_BASE_URL, env::OLLAMA_HOST],
        Runtime::LmStudio => &[env::LM_STUDIO_BASE_URL],
        Runtime::Vllm => &[env::VLLM_BASE_URL],
        Runtime::LlamaCpp => &[env::LLAMACPP_BASE_URL],
        Runtime::Mlx => &[env::MLX_BASE_URL],
    }
}

/// Returns the addresses a runtime is asked at, the one that wins first.
///
/// # Errors
/// A usage failure naming the variable that holds no address.
pub(super) fn addresses(settings: &Settings, runtime: Runtime) -> Result<Vec<String>, Failure> {
    let mut variables = address_variables(runtime).iter();
    match variables.find_map(|variable| settings.get(variable)) {
        Some(setting) => Ok(vec![address(setting, runtime)?]),
        None => Ok(runtime
            .default_urls()
            .iter()
            .map(|&url| url.to_owned())
            .collect()),
    }
}

fn address(setting: &Setting, runtime: Runtime) -> Result<String, Failure> {
    setting.parse_with(|text| {
        let url = runtime.base_url(text);
        match Endpoint::new(&url, Reach::OperatorNetwork) {
            Ok(endpoint) => Ok(endpoint.base_url()),
            // It is an address; that this build cannot use it is said where it is asked.
            Err(NetError::NoTls { url }) => Ok(url),
            Err(error) => Err(error.to_string()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_any_order_and_once() {
        assert_eq!(
            parse_list(" mlx, ollama,mlx "),
            Ok(vec![Runtime::Ollama, Runtime::Mlx])
        );
        assert_eq!(parse_list("all").map(|all| all.len()), Ok(5));
        assert_eq!(parse_list("none"), Ok(Vec::new()));
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_known_ones() {
        assert_eq!(
            parse_list("ollama,bogus"),
            Err("`bogus` is no runtime; known are `ollama`, `lmstudio`, `vllm`, `llamacpp`, `mlx`, `all` and `none`".to_owned())
        );
        assert!(parse_list("ollama,all").is_err());
    }
}

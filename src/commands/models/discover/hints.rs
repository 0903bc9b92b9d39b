//! What to do next: with a server that was seen elsewhere, or where nothing was found.

use aldo_backends::{Runtime, Server};

use crate::config::address_variables;
use crate::discovery::{Answer, Reply, Seen};
use crate::env;
use crate::failure::Failure;

/// Returns what makes `run` find a server that was seen at another port.
pub(super) fn to_use(seen: &Seen) -> String {
    match seen.server {
        Server::Runtime(runtime) => {
            let place = seen.address.trim_start_matches("http://");
            variable(runtime).map_or_else(String::new, |name| format!("`{name}={place}`"))
        }
        Server::Other(_) | Server::OpenAiCompatible => {
            format!("a catalogue row with `baseUrl: {}`", seen.address)
        }
    }
}

/// Makes the failure of finding no model but the built-in one.
pub(super) fn nothing_found(answers: &[Answer], scanned: bool) -> Failure {
    let message = if answers.is_empty() {
        "no model but the built-in one is here, and no runtime was asked"
    } else {
        "no model but the built-in one is here, and no runtime serves one"
    };
    let mut failure = Failure::failed("nothing_found", message);
    for answer in answers {
        if let Some(hint) = remedy(answer) {
            failure = failure.hint(hint);
        }
    }
    if answers.is_empty() {
        failure = failure.hint(format!("unset `{}` to ask all", env::LOCAL_DISCOVERY.name));
    } else if answers.iter().all(is_absent) {
        failure = failure.hint("start a runtime, for example with `ollama serve`");
    }
    if !scanned && !answers.is_empty() {
        failure = failure.hint("look at other ports with `aldo models discover --scan`");
    }
    failure.hint("or pull a model that runs in process: `aldo models pull Qwen/Qwen3-0.6B-GGUF`")
}

fn is_absent(answer: &Answer) -> bool {
    match answer.reply {
        Reply::NotRunning { .. } => true,
        Reply::Serving { .. } | Reply::Unexpected { .. } | Reply::NotAsked { .. } => false,
    }
}

/// What helps with a runtime that is there and serves nothing.
fn remedy(answer: &Answer) -> Option<String> {
    match &answer.reply {
        Reply::Serving { models: 0, .. } => match answer.runtime {
            Runtime::Ollama => Some("give Ollama a model: `ollama pull qwen3:4b`".to_owned()),
            Runtime::LmStudio => Some("give LM Studio a model: `lms get qwen3-4b`".to_owned()),
            Runtime::Vllm | Runtime::LlamaCpp | Runtime::Mlx => None,
        },
        Reply::Unexpected {
            found: Some(Server::Runtime(other)),
            ..
        } => Some(format!(
            "turn `{other}` on in `{}`, it answers at {}",
            env::LOCAL_DISCOVERY.name,
            answer.place()
        )),
        Reply::Serving { .. }
        | Reply::NotRunning { .. }
        | Reply::Unexpected { .. }
        | Reply::NotAsked { .. } => None,
    }
}

fn variable(runtime: Runtime) -> Option<&'static str> {
    address_variables(runtime)
        .first()
        .map(|variable| variable.name)
}

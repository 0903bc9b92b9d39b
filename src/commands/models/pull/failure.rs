//! What a failed download means for who typed the command.

use aldo_models::HubError;
use serde_json::json;

use crate::failure::{Failure, Kind};
use crate::ui::size;

/// How many choices a hint names.
const CHOICES_SHOWN: usize = 12;

/// The failure of pulling what was `typed`.
pub(super) fn of(error: HubError, typed: &str) -> Failure {
    let (kind, code) = sort(&error);
    let hints = hints(&error, typed);
    let mut failure = Failure::new(kind, code, error.to_string());
    failure.hints = hints;
    if let HubError::NoChoice { choices, .. } = &error {
        let rows = choices
            .iter()
            .map(|(name, bytes)| json!({"name": name, "sizeBytes": bytes}));
        failure = failure.details(json!({"choices": rows.collect::<Vec<_>>()}));
    }
    failure.because(error)
}

fn sort(error: &HubError) -> (Kind, &'static str) {
    match error {
        HubError::BadReference { .. } => (Kind::Usage, "bad_repository"),
        HubError::BadAddress { .. } => (Kind::Usage, "bad_configuration"),
        HubError::NoChoice { .. } => (Kind::Usage, "no_such_file"),
        HubError::Unusable { .. } => (Kind::Usage, "checkpoint_refused"),
        HubError::NotFound { .. } => (Kind::Usage, "repository_not_found"),
        HubError::Offline { .. } => (Kind::Refused, "offline"),
        HubError::NotBuilt => (Kind::Refused, "hub_not_built"),
        HubError::Denied { .. } => (Kind::Backend, "hub_denied"),
        HubError::Mismatch { .. } => (Kind::Backend, "checksum_differs"),
        HubError::BadRedirect { .. } => (Kind::Backend, "hub_redirect"),
        HubError::BadListing { .. } | HubError::Status { .. } => (Kind::Backend, "hub_unexpected"),
        HubError::Io { .. } | HubError::NotCached { .. } => (Kind::Failed, "not_written"),
        HubError::Interrupted => (Kind::Interrupted, "interrupted"),
        // The list of errors may grow.
        _ => (Kind::Backend, "hub_failed"),
    }
}

fn hints(error: &HubError, typed: &str) -> Vec<String> {
    let again = || format!("what is here stays: `aldo models pull {typed}` goes on from it");
    match error {
        HubError::BadReference { .. } => {
            vec!["for example `aldo models pull Qwen/Qwen3-0.6B-GGUF:Q8_0`".to_owned()]
        }
        HubError::NoChoice {
            repository,
            choices,
            ..
        } => choose(repository, choices),
        HubError::Offline { .. } | HubError::NotBuilt => vec![
            "`aldo models export` on a machine with a network, `aldo models import` here"
                .to_owned(),
        ],
        HubError::Denied {
            repository,
            token_sent,
            token_kept,
            ..
        } => denied(repository, *token_sent, *token_kept),
        HubError::NotFound { .. } => vec!["a private repository needs `HF_TOKEN`".to_owned()],
        HubError::Mismatch { .. } => vec![
            "nothing of it was kept; ask its publisher or pull from another address".to_owned(),
        ],
        HubError::Unreachable { .. } | HubError::Interrupted => vec![again()],
        HubError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            vec![
                "make room, or name another folder with `HF_HUB_CACHE`".to_owned(),
                again(),
            ]
        }
        HubError::Io { .. } => {
            vec!["name a folder that can be written to with `HF_HUB_CACHE`".to_owned()]
        }
        _ => Vec::new(),
    }
}

fn choose(repository: &str, choices: &[(String, u64)]) -> Vec<String> {
    let shown = choices.iter().take(CHOICES_SHOWN);
    let names: Vec<_> = shown
        .map(|(name, bytes)| format!("`:{name}` ({})", size::bytes(*bytes)))
        .collect();
    match names.as_slice() {
        [] => Vec::new(),
        [only] => vec![format!("`{repository}` has {only}")],
        several => vec![format!("`{repository}` has {}", several.join(", "))],
    }
}

fn denied(repository: &str, token_sent: bool, token_kept: Option<&str>) -> Vec<String> {
    let accept = format!("accept its licence at https://huggingface.co/{repository}");
    match (token_sent, token_kept) {
        (true, _) => vec![accept],
        (false, Some(reason)) => vec![format!("the token was not sent: {reason}")],
        (false, None) => vec![
            "set `HF_TOKEN`; a repository that does not exist looks the same".to_owned(),
            accept,
        ],
    }
}

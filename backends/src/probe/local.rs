//! Whether a model is computed on this machine. A loopback address is no proof: a runtime may forward.

use std::time::Duration;

use serde_json::Value;

use super::asker::Asker;
use super::listing::Listing;
use super::ollama::{is_cloud_name, is_forwarded, show};
use crate::net::Reach;
use crate::runtimes::Runtime;

/// A model may be computed on another machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotLocal {
    /// Why.
    pub reason: String,
}

/// Asks `runtime` once more whether it computes `model` on this machine, which is to be done right
/// before a sensitive request: what discovery was told may have changed.
///
/// What runtimes cannot say cannot be asked: llama.cpp's RPC servers, vLLM's workers on other hosts
/// and LM Studio's remote links do not show.
///
/// # Errors
/// [`NotLocal`] whenever the answer is not a clear yes.
pub async fn is_truly_local(
    runtime: Runtime,
    base_url: &str,
    model: &str,
    deadline: Duration,
) -> Result<(), NotLocal> {
    let asker =
        Asker::new(base_url, Reach::Loopback, deadline).map_err(|error| no(&error.to_string()))?;
    match runtime {
        Runtime::Ollama => ollama(&asker, model).await,
        Runtime::Mlx => mlx(&asker, model).await,
        Runtime::LmStudio | Runtime::Vllm | Runtime::LlamaCpp => Ok(()),
    }
}

async fn ollama(asker: &Asker, model: &str) -> Result<(), NotLocal> {
    if is_cloud_name(model) {
        return Err(no(&format!("`{model}` is a model of Ollama's cloud")));
    }
    let Some(page) = show(asker, model).await else {
        return Err(no(&format!("Ollama does not describe `{model}`")));
    };
    if is_forwarded(&page) {
        return Err(no(&format!("Ollama forwards `{model}` to another machine")));
    }
    let status = asker.object("/api/status").await;
    let disabled = status.is_some_and(|page| page["cloud"]["disabled"] == Value::Bool(true));
    // Ollama refuses the suffix for whatever it would forward.
    if disabled || show(asker, &format!("{model}:local")).await.is_some() {
        return Ok(());
    }
    Err(no(&format!(
        "Ollama says neither that its cloud is disabled nor that `{model}` is local"
    )))
}

/// An id that it does not hold makes `mlx_lm.server` fetch that model, so only the folder it was
/// started with may be asked for.
async fn mlx(asker: &Asker, model: &str) -> Result<(), NotLocal> {
    if !model.starts_with('/') {
        return Err(no(&format!(
            "`{model}` is not the folder that mlx_lm.server was started with"
        )));
    }
    let reply = asker.get("/v1/models").await.ok();
    let listing = reply.and_then(|reply| Listing::of(&reply).ok());
    let models = listing
        .and_then(|listing| listing.served())
        .unwrap_or_default();
    if models.iter().any(|served| served.id == model) {
        return Ok(());
    }
    Err(no(&format!("mlx_lm.server does not list `{model}`")))
}

fn no(reason: &str) -> NotLocal {
    NotLocal {
        reason: reason.to_owned(),
    }
}

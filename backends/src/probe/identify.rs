//! Who answers: recognised by what it says.

use serde_json::Value;

use super::asker::{Asker, Odd};
use super::listing::Listing;
use super::{ServedModel, Server};
use crate::net::WholeReply;
use crate::runtimes::Runtime;

/// Servers that write their name as the owner of every model.
const OWNERS: [(&str, Server); 7] = [
    ("llamacpp", Server::Runtime(Runtime::LlamaCpp)),
    ("vllm", Server::Runtime(Runtime::Vllm)),
    ("organization_owner", Server::Runtime(Runtime::LmStudio)),
    ("organization-owner", Server::Runtime(Runtime::LmStudio)),
    ("sglang", Server::Other("SGLang")),
    ("docker", Server::Other("Docker Model Runner")),
    ("lemonade", Server::Other("Lemonade")),
];

/// Asks for the list of models, and for as much more as it takes to tell who wrote it.
pub(super) async fn who(asker: &Asker) -> Result<(Server, Vec<ServedModel>), Odd> {
    let reply = asker.get("/v1/models").await?;
    let listing = match Listing::of(&reply) {
        Err(Odd::Unexpected(reason)) => {
            // An Ollama from before it spoke OpenAI's language, an mlx_lm.server without a cache.
            let server = match by_header(&reply) {
                Some(server) => Some(server),
                None => by_pages(asker, &reply).await,
            };
            let server = server.ok_or(Odd::Unexpected(reason))?;
            return Ok((server, Vec::new()));
        }
        listing => listing?,
    };
    let models = listing.served().unwrap_or_default();
    let server = match by_header(&reply).or_else(|| by_rows(&listing)) {
        Some(server) => Some(server),
        None => by_pages(asker, &reply).await,
    };
    match server {
        Some(server) => Ok((server, models)),
        None if listing.data.is_some() => Ok((Server::OpenAiCompatible, models)),
        None => Err(Odd::Unexpected("it lists no models".to_owned())),
    }
}

/// Recognises a server by the name it sends with every reply.
fn by_header(reply: &WholeReply) -> Option<Server> {
    let server = reply.header("server")?;
    server
        .eq_ignore_ascii_case("llama.cpp")
        .then_some(Server::Runtime(Runtime::LlamaCpp))
}

/// Recognises a server by the owner it writes into its rows.
fn by_rows(listing: &Listing) -> Option<Server> {
    let rows = listing.data.as_deref()?;
    let owner = |row: &Value| row["owned_by"].as_str().map(str::to_ascii_lowercase);
    let first = rows.iter().find_map(owner)?;
    let known = OWNERS.iter().find(|(name, _)| *name == first);
    if let Some((_, server)) = known {
        return Some(*server);
    }
    // mistral.rs lists the model it was started with a second time, as `default`.
    let default = rows.iter().any(|row| row["id"] == "default");
    (first == "local" && default).then_some(Server::Other("mistral.rs"))
}

/// Recognises a server by pages that only it has.
async fn by_pages(asker: &Asker, reply: &WholeReply) -> Option<Server> {
    let runtime = |runtime| Some(Server::Runtime(runtime));
    if is_mlx(asker, reply).await {
        runtime(Runtime::Mlx)
    } else if is_ollama(asker).await {
        runtime(Runtime::Ollama)
    } else if is_lmstudio(asker).await {
        runtime(Runtime::LmStudio)
    } else {
        None
    }
}

/// `mlx_lm.server` is a plain Python server with a page for its health.
pub(super) async fn is_mlx(asker: &Asker, reply: &WholeReply) -> bool {
    let python = |server: &str| server.starts_with("BaseHTTP");
    reply.header("server").is_some_and(python)
        && asker
            .object("/health")
            .await
            .is_some_and(|page| page["status"] == "ok")
}

/// Ollama says its version where nobody else does, and its name at the root.
pub(super) async fn is_ollama(asker: &Asker) -> bool {
    let version = asker.object("/api/version").await;
    if !version.is_some_and(|page| page["version"].is_string()) {
        return false;
    }
    let root = asker.get("/").await;
    root.is_ok_and(|page| String::from_utf8_lossy(&page.body).contains("Ollama is running"))
}

/// LM Studio has an older API of its own beside OpenAI's.
async fn is_lmstudio(asker: &Asker) -> bool {
    let page = asker.object("/api/v0/models").await;
    page.is_some_and(|page| page["data"].is_array())
}

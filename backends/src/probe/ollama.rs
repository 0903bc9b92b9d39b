//! Ollama, which says most, and which forwards some models to its cloud.

use std::collections::HashMap;

use serde_json::Value;
use tokio::task::JoinSet;

use super::asker::{Asker, Odd, object_of, short_text};
use super::identify::{is_ollama, who};
use super::listing::{Listing, believable, context, id, unique};
use super::runtimes::Serving;
use super::{ServedModel, Server};
use crate::runtimes::Runtime;

/// How many models are asked about at once.
const AT_ONCE: usize = 8;

/// What Ollama calls a capability, and what agents do.
const WORDS: [(&str, &[&str]); 6] = [
    ("completion", &["streaming", "structured-output"]),
    ("tools", &["tool-use", "function-calling"]),
    ("thinking", &["reasoning", "extended-thinking"]),
    ("vision", &["vision"]),
    ("embedding", &["embeddings"]),
    ("insert", &["code-fim"]),
];

pub(super) async fn ask(asker: &Asker) -> Result<Serving, Odd> {
    let reply = asker.get("/api/tags").await?;
    if !is_ollama(asker).await {
        return Err(match who(asker).await {
            Ok((other, _)) if other != Server::Runtime(Runtime::Ollama) => Odd::Other(other),
            Ok(_) | Err(_) => Odd::Unexpected("it does not say that it is Ollama".to_owned()),
        });
    }
    let rows = Listing::of(&reply)?.models;
    let rows = rows.ok_or_else(|| Odd::Unexpected("it lists no models".to_owned()))?;
    let version = asker.object("/api/version").await;
    let version = version.and_then(|page| short_text(&page["version"]));
    let loaded = loaded(asker).await;
    let models = unique(rows.iter().filter_map(model));
    let models = described(asker, models).await;
    let models = models.into_iter().map(|mut model| {
        if let Some(loaded) = &loaded {
            let allocated = loaded.get(&model.id);
            model.loaded = Some(allocated.is_some());
            // What it was loaded with is what it reads, however long the model's own context is.
            model.context_tokens = allocated.copied().flatten().or(model.context_tokens);
        }
        model
    });
    Ok((version, models.collect()))
}

/// What a row says of its model.
fn model(row: &Value) -> Option<ServedModel> {
    let id = id(&row["model"]).or_else(|| id(&row["name"]))?;
    let mut model = ServedModel {
        remote: is_cloud_name(&id) || is_forwarded(row),
        context_tokens: context(row).or_else(|| context(&row["details"])),
        id,
        ..ServedModel::default()
    };
    if let Some(words) = row["capabilities"].as_array() {
        take_capabilities(&mut model, words);
    }
    Some(model)
}

/// Asks for the description of each model, some at a time and as many as there is time for: only it
/// says which context the model's file asks for.
async fn described(asker: &Asker, models: Vec<ServedModel>) -> Vec<ServedModel> {
    let mut out = Vec::with_capacity(models.len());
    for group in models.chunks(AT_ONCE) {
        let mut pages = JoinSet::new();
        if !asker.is_late() {
            for (number, model) in group.iter().enumerate() {
                let (asker, id) = (asker.clone(), model.id.clone());
                pages.spawn(async move { (number, show(&asker, &id).await) });
            }
        }
        let mut group = group.to_vec();
        while let Some(Ok((number, page))) = pages.join_next().await {
            if let (Some(page), Some(model)) = (page, group.get_mut(number)) {
                take_description(model, &page);
            }
        }
        out.append(&mut group);
    }
    out
}

/// The description of a model.
pub(super) async fn show(asker: &Asker, model: &str) -> Option<Value> {
    let question = serde_json::json!({"model": model});
    object_of(&asker.post("/api/show", &question).await.ok()?)
}

fn take_description(model: &mut ServedModel, page: &Value) {
    model.remote |= is_forwarded(page);
    if let (true, Some(words)) = (
        model.capabilities.is_empty(),
        page["capabilities"].as_array(),
    ) {
        take_capabilities(model, words);
    }
    let own = page["model_info"].as_object().and_then(|info| {
        let mut lengths = info
            .iter()
            .filter(|(key, _)| key.ends_with(".context_length"));
        lengths.find_map(|(_, value)| value.as_u64())
    });
    let said = num_ctx(page).or(model.context_tokens).or(own);
    model.context_tokens = said.filter(|tokens| believable(*tokens));
}

/// The context that the model's file asks for: a line `num_ctx 8192` among its parameters.
fn num_ctx(page: &Value) -> Option<u64> {
    let lines = page["parameters"].as_str()?.lines();
    let mut words = lines.map(str::split_whitespace);
    words.find_map(|mut words| (words.next()? == "num_ctx").then(|| words.next()?.parse().ok())?)
}

fn take_capabilities(model: &mut ServedModel, words: &[Value]) {
    for (word, ours) in WORDS {
        let has = words.iter().any(|said| said == word);
        for capability in ours {
            model.says(capability, has);
        }
    }
}

/// The models in memory, each with the context it was loaded with.
async fn loaded(asker: &Asker) -> Option<HashMap<String, Option<u64>>> {
    let page = asker.object("/api/ps").await?;
    let rows = page["models"].as_array()?;
    let row = |row: &Value| {
        let context = row["context_length"].as_u64();
        Some((
            id(&row["model"])?,
            context.filter(|tokens| believable(*tokens)),
        ))
    };
    Some(rows.iter().filter_map(row).collect())
}

/// Whether a name is one of Ollama's cloud: `…:cloud`, `…-cloud`.
pub(super) fn is_cloud_name(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    id.ends_with(":cloud") || id.ends_with("-cloud")
}

/// Whether a row or a description names another machine.
pub(super) fn is_forwarded(said: &Value) -> bool {
    let names = |field: &str| match &said[field] {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        // Unknown is no.
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => true,
    };
    names("remote_host") || names("remote_model")
}

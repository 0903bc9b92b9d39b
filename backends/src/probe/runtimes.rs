//! What each runtime says of its models.

use serde_json::Value;

use super::asker::{Asker, Odd, object_of, short_text};
use super::identify::{is_mlx, who};
use super::listing::{Listing, believable, context, id, unique};
use super::{ServedModel, Server, ollama};
use crate::runtimes::Runtime;

/// A version, where one is said, and models.
pub(super) type Serving = (Option<String>, Vec<ServedModel>);

/// Asks for the models of `runtime`, and makes sure that it is the one that answers.
pub(super) async fn ask(runtime: Runtime, asker: &Asker) -> Result<Serving, Odd> {
    match runtime {
        Runtime::Ollama => ollama::ask(asker).await,
        Runtime::LmStudio => lmstudio(asker).await,
        Runtime::Vllm => vllm(asker).await,
        Runtime::LlamaCpp => llamacpp(asker).await,
        Runtime::Mlx => mlx(asker).await,
    }
}

/// The models that are listed, when it is `runtime` that lists them.
async fn listed(runtime: Runtime, asker: &Asker) -> Result<Vec<ServedModel>, Odd> {
    match who(asker).await? {
        (Server::Runtime(found), models) if found == runtime => Ok(models),
        (other, _) => Err(Odd::Other(other)),
    }
}

async fn vllm(asker: &Asker) -> Result<Serving, Odd> {
    let models = listed(Runtime::Vllm, asker).await?;
    let version = asker.object("/version").await;
    Ok((
        version.and_then(|page| short_text(&page["version"])),
        models,
    ))
}

/// LM Studio says more in an older API of its own.
async fn lmstudio(asker: &Asker) -> Result<Serving, Odd> {
    let models = listed(Runtime::LmStudio, asker).await?;
    let page = asker.get("/api/v0/models").await;
    let said = page.ok().filter(|page| page.status == 200);
    let said = said.and_then(|page| Listing::of(&page).ok()?.data);
    let models = match said {
        Some(rows) => unique(rows.iter().filter_map(lmstudio_model)),
        None => models,
    };
    Ok((None, models))
}

fn lmstudio_model(row: &Value) -> Option<ServedModel> {
    let mut model = ServedModel {
        id: id(&row["id"])?,
        context_tokens: context(row),
        loaded: row["state"].as_str().map(|state| state == "loaded"),
        ..ServedModel::default()
    };
    match row["type"].as_str() {
        Some("embeddings") => model.says("embeddings", true),
        Some("vlm") => model.says("vision", true),
        Some("llm") => model.says("vision", false),
        Some(_) | None => {}
    }
    if let Some(words) = row["capabilities"].as_array() {
        let tools = words.iter().any(|word| word == "tool_use");
        model.says("tool-use", tools);
        model.says("function-calling", tools);
    }
    Some(model)
}

/// llama-server serves one model and describes it on a page of its own.
async fn llamacpp(asker: &Asker) -> Result<Serving, Odd> {
    let mut models = listed(Runtime::LlamaCpp, asker).await?;
    let props = asker.get("/props").await.ok();
    let Some(props) = props.as_ref().and_then(object_of) else {
        return Ok((None, models));
    };
    let caps = &props["chat_template_caps"];
    let context = props["default_generation_settings"]["n_ctx"].as_u64();
    for model in &mut models {
        model.context_tokens = context.filter(|n| believable(*n)).or(model.context_tokens);
        if let Some(tools) = caps["supports_tools"].as_bool() {
            model.says("tool-use", tools);
            model.says("function-calling", tools);
        }
        if let Some(vision) = props["modalities"]["vision"].as_bool() {
            model.says("vision", vision);
        }
        // Its grammars hold any model to a schema.
        model.says("structured-output", true);
        model.loaded = props["is_sleeping"].as_bool().map(|asleep| !asleep);
    }
    Ok((short_text(&props["build_info"]), models))
}

/// `mlx_lm.server` says names and nothing else.
async fn mlx(asker: &Asker) -> Result<Serving, Odd> {
    let reply = asker.get("/v1/models").await?;
    if !is_mlx(asker, &reply).await {
        return match who(asker).await? {
            (Server::Runtime(Runtime::Mlx), models) => Ok((None, models)),
            (other, _) => Err(Odd::Other(other)),
        };
    }
    if reply.status == 200 && reply.body.is_empty() {
        let reason = "its list of models is empty, not even a list: mlx_lm.server does that when the Hugging Face cache is missing";
        return Err(Odd::Unexpected(reason.to_owned()));
    }
    let models = Listing::of(&reply)?.served();
    let models = models.ok_or_else(|| Odd::Unexpected("it lists no models".to_owned()))?;
    Ok((None, models))
}

impl ServedModel {
    /// Notes what the server says of a capability.
    pub(super) fn says(&mut self, capability: &str, has: bool) {
        let list = if has {
            &mut self.capabilities
        } else {
            &mut self.lacks
        };
        list.push(capability.to_owned());
    }
}

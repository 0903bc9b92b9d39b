//! Pages of real servers, cut to what matters: llama-server b11669, `mlx_lm.server` 0.32.2, vLLM 0.32,
//! Ollama 0.33, and LM Studio as its documentation shows it.

use super::*;

pub(super) fn llama_server() -> RawServer {
    let models = json!({"models": [{"name": "/m/aldo-nano.gguf", "model": "/m/aldo-nano.gguf", "capabilities": ["completion"]}],
        "object": "list", "data": [{"id": "/m/aldo-nano.gguf", "aliases": [], "object": "model", "created": 1, "owned_by": "llamacpp",
        "meta": {"vocab_type": 2, "n_vocab": 2048, "n_ctx": 2048, "n_ctx_train": 4096, "n_params": 4_067_328, "size": 4_333_568, "ftype": "Q8_0"}}]});
    let props = json!({"default_generation_settings": {"n_ctx": 1024}, "total_slots": 1, "build_info": "b11669-Debian",
        "modalities": {"vision": false, "audio": false}, "is_sleeping": false,
        "chat_template_caps": {"supports_tools": true, "supports_tool_calls": true}});
    let header = "Server: llama.cpp\r\nContent-Type: application/json; charset=utf-8\r\n";
    server(vec![
        text("/v1/models", header, &models.to_string()),
        text("/props", header, &props.to_string()),
    ])
}

pub(super) fn mlx_server() -> RawServer {
    let header = "Server: BaseHTTP/0.6 Python/3.12.3\r\nAccess-Control-Allow-Origin: *\r\n";
    let models = json!({"object": "list", "data": [
        {"id": "mlx-community/Qwen3-4B-4bit", "object": "model", "created": 1}, {"id": "/m/nano", "object": "model", "created": 1}]});
    server(vec![
        text("/v1/models", header, &models.to_string()),
        text("/health", header, "{\"status\": \"ok\"}"),
    ])
}

pub(super) fn vllm() -> RawServer {
    let models = json!({"object": "list", "data": [{"id": "Qwen/Qwen3-8B", "object": "model", "created": 1, "owned_by": "vllm",
        "root": "Qwen/Qwen3-8B", "parent": null, "max_model_len": 40960, "permission": [{"id": "modelperm-1"}]}]});
    server(vec![
        page("/v1/models", &models),
        page("/version", &json!({"version": "0.32.0"})),
    ])
}

pub(super) fn lm_studio() -> RawServer {
    let models = json!({"object": "list", "data": [{"id": "qwen3-8b", "object": "model", "owned_by": "organization_owner"},
        {"id": "nomic-embed", "object": "model", "owned_by": "organization_owner"}]});
    let own = json!({"object": "list", "data": [
        {"id": "qwen3-8b", "object": "model", "type": "llm", "arch": "qwen3", "quantization": "4bit", "state": "loaded",
            "max_context_length": 40960, "loaded_context_length": 8192, "capabilities": ["tool_use"]},
        {"id": "gemma-3", "type": "vlm", "state": "not-loaded", "max_context_length": 131_072, "capabilities": []},
        {"id": "nomic-embed", "type": "embeddings", "state": "not-loaded", "max_context_length": 2048}]});
    server(vec![
        page("/v1/models", &models),
        page("/api/v0/models", &own),
    ])
}

/// An Ollama; `show` describes each model, `status` says whether its cloud is disabled.
pub(super) fn ollama(show: fn(&str) -> Option<Value>, status: Option<Value>) -> RawServer {
    let tags = json!({"models": [
        {"name": "qwen3:4b", "model": "qwen3:4b", "capabilities": ["completion", "tools", "thinking"], "context_length": 40960,
            "details": {"family": "qwen3", "parameter_size": "4.0B"}},
        {"name": "nomic-embed-text:latest", "model": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}},
        {"name": "gpt-oss:120b-cloud", "model": "gpt-oss:120b-cloud", "remote_host": "https://ollama.com:443", "remote_model": "gpt-oss:120b"},
        {"name": "glm:cloud", "model": "glm:cloud"},
        {"name": "alias:latest", "model": "alias:latest"}]});
    let ps = json!({"models": [{"name": "qwen3:4b", "model": "qwen3:4b", "context_length": 4096}]});
    RawServer::start(move |request| match request.path.as_str() {
        "/" => reply(200, "Content-Type: text/plain\r\n", b"Ollama is running"),
        "/api/version" => reply_json(200, &json!({"version": "0.33.0"})),
        "/api/tags" => reply_json(200, &tags),
        "/api/ps" => reply_json(200, &ps),
        "/v1/models" => reply_json(200, &json!({"object": "list", "data": null})),
        "/api/show" => {
            let model = request.json()["model"].as_str().unwrap().to_owned();
            let missing = || reply_json(404, &json!({"error": "model not found"}));
            show(&model).map_or_else(missing, |page| reply_json(200, &page))
        }
        "/api/status" if status.is_some() => reply_json(200, status.as_ref().unwrap()),
        _ => reply_json(404, &json!({"error": "not found"})),
    })
}

/// Descriptions of the models of [`ollama`]; `alias:latest` is forwarded.
pub(super) fn show(model: &str) -> Option<Value> {
    match model {
        "qwen3:4b" | "qwen3:4b:local" => {
            Some(json!({"capabilities": ["completion", "tools", "thinking"],
            "parameters": "temperature 0.6\nnum_ctx                        8192", "model_info": {"qwen3.context_length": 40960}}))
        }
        "nomic-embed-text:latest" => Some(
            json!({"capabilities": ["embedding"], "model_info": {"nomic-bert.context_length": 2048}}),
        ),
        "alias:latest" => {
            Some(json!({"capabilities": ["completion"], "remote_host": "https://ollama.com:443"}))
        }
        _ => None,
    }
}

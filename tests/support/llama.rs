//! A llama-server for tests: lists one model as the real one does, and answers conversations as told.

#![allow(dead_code)] // no single test program uses all of it

use serde_json::{Value, json};

use super::raw_server::{Act, RawServer, Received, json as reply, reply as raw, sse};

/// The model it lists; its name says what it can do.
pub(crate) const MODEL: &str = "qwen3-4b";

/// Starts a server that lists [`MODEL`] and answers each conversation with `chat`.
pub(crate) fn llama(chat: impl Fn(&Received) -> Vec<Act> + Send + Sync + 'static) -> RawServer {
    RawServer::start(move |request| match request.path.as_str() {
        "/v1/models" => listing(MODEL, 131_072),
        "/v1/chat/completions" => chat(request),
        _ => reply(
            404,
            &json!({"error": {"code": 404, "message": "File Not Found"}}),
        ),
    })
}

/// Starts a server that lists one model called `id` that reads `context` tokens, describes itself with
/// what `props` gives (`/props` of the real one), and answers each conversation with `chat`.
pub(crate) fn llama_of(
    id: &'static str,
    context: u64,
    props: impl Fn() -> Value + Send + Sync + 'static,
    chat: impl Fn(&Received) -> Vec<Act> + Send + Sync + 'static,
) -> RawServer {
    RawServer::start(move |request| match request.path.as_str() {
        "/v1/models" => listing(id, context),
        "/props" => reply(200, &props()),
        "/v1/chat/completions" => chat(request),
        _ => reply(
            404,
            &json!({"error": {"code": 404, "message": "File Not Found"}}),
        ),
    })
}

/// The last thing that was said to the model.
pub(crate) fn question(request: &Received) -> String {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let content = &body["messages"].as_array().unwrap().last().unwrap()["content"];
    match content {
        Value::String(text) => text.clone(),
        parts => parts.to_string(),
    }
}

/// What a server counts: tokens of the prompt and of the answer.
pub(crate) fn counts(prompt: i64, completion: i64) -> Value {
    json!({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}})
}

/// A whole answer of `text`.
pub(crate) fn says(text: &str) -> Vec<Act> {
    sse(&[chunk(text, None), chunk("", Some("stop"))])
}

/// An answer that calls the first tool it was offered with each of `arguments`, in one turn.
pub(crate) fn calls(request: &Received, arguments: &[Value]) -> Vec<Act> {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let name = &body["tools"][0]["function"]["name"];
    let number = results(request) + 1;
    let call = |(index, arguments): (usize, &Value)| {
        json!({
            "index": index, "id": format!("call{:05}", number + index), "type": "function",
            "function": {"name": name, "arguments": arguments.to_string()},
        })
    };
    let made: Vec<Value> = arguments.iter().enumerate().map(call).collect();
    let delta =
        json!({"choices": [{"index": 0, "delta": {"tool_calls": made}, "finish_reason": null}]});
    sse(&[delta, chunk("", Some("tool_calls"))])
}

/// How many results of tools are in the conversation of a request.
pub(crate) fn results(request: &Received) -> usize {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let messages = body["messages"].as_array().unwrap();
    messages
        .iter()
        .filter(|message| message["role"] == "tool")
        .count()
}

/// The reply of a server that cannot run what it lists.
pub(crate) fn cannot() -> Vec<Act> {
    reply(500, &json!({"error": {"message": "cannot load the model"}}))
}

/// A part of an answer.
pub(crate) fn chunk(text: &str, finish: Option<&str>) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})
}

/// How often a conversation was asked for.
pub(crate) fn asked(server: &RawServer) -> usize {
    let received = server.received();
    let chats = received.iter().filter(|request| request.method == "POST");
    chats.count()
}

fn listing(id: &str, context: u64) -> Vec<Act> {
    let row = json!({
        "id": id, "object": "model", "owned_by": "llamacpp",
        "meta": {"n_ctx": context, "n_ctx_train": context, "n_params": 4_000_000_000_u64, "size": 1},
    });
    let models = json!([{"name": id, "capabilities": ["completion"]}]);
    let body = json!({"object": "list", "models": models, "data": [row]}).to_string();
    let headers = "Server: llama.cpp\r\nContent-Type: application/json\r\n";
    raw(200, headers, body.as_bytes())
}

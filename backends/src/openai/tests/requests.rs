use secrecy::SecretString;

use super::*;
use crate::ResponseFormat;
use crate::raw_server::{json as reply_json, sse};

fn fine() -> Vec<Act> {
    sse(&[text("ok"), end("stop")])
}

#[test]
fn key_and_headers_are_sent_to_the_chat_api() {
    let server = RawServer::always(fine());
    let backend = OpenAi::new(OpenAiOptions {
        api_key: Some(SecretString::from("sk-1")),
        headers: vec![("X-Team".to_owned(), SecretString::from("blue"))],
        ..options(&server.base_url())
    });
    let (_, error) = collect(&backend.unwrap(), hello());
    assert!(error.is_none(), "{error:?}");
    let received = &server.received()[0];
    assert_eq!(
        (received.method.as_str(), received.path.as_str()),
        ("POST", "/v1/chat/completions")
    );
    assert_eq!(received.header("authorization"), Some("Bearer sk-1"));
    assert_eq!(received.header("x-team"), Some("blue"));
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.header("accept-encoding"), None);
    assert!(received.source.ip().is_loopback());
    assert_eq!(received.json()["model"], "m");
}

#[test]
fn a_header_that_cannot_be_sent_is_named_without_its_value() {
    let error = OpenAi::new(OpenAiOptions {
        headers: vec![("X-Team".to_owned(), SecretString::from("se\ncret"))],
        ..options("http://127.0.0.1:1")
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "the header `X-Team` cannot be sent");
}

#[test]
fn what_a_server_refuses_is_left_out_then_and_afterwards() {
    let server = RawServer::start(|request| {
        let body = request.json();
        let refuse = |message: &str| reply_json(400, &json!({"error": {"message": message}}));
        match body["response_format"]["type"].as_str() {
            _ if body.get("stream_options").is_some() => refuse("unknown field stream_options"),
            Some("json_schema") => refuse("response_format.type json_schema is not available"),
            Some("json_object") | None => fine(),
            Some(_) => refuse("?"),
        }
    });
    let backend = asking(&server.base_url());
    let request = Request {
        response: ResponseFormat::JsonSchema(json!({"type": "object"})),
        ..hello()
    };
    let (_, error) = collect(&backend, request.clone());
    assert!(error.is_none(), "{error:?}");
    let tried = server.received().len();
    assert_eq!(tried, 4, "stream_options, strict schema, schema, object");
    collect(&backend, request);
    assert_eq!(
        server.received().len(),
        tried + 1,
        "what was learned is kept"
    );
    let last = server.received().pop().unwrap().json();
    assert_eq!(last["response_format"], json!({"type": "json_object"}));
    assert!(
        last["messages"].to_string().contains("JSON Schema"),
        "the schema is asked for in words"
    );
}

#[test]
fn d11_a_malformed_call_in_the_history_is_never_sent_as_it_was() {
    // As llama-server: 500 for ever when a call of the history cannot be rendered.
    let server = RawServer::start(|request| {
        let messages = request.json()["messages"].as_array().unwrap().clone();
        let calls = messages
            .iter()
            .filter_map(|message| message["tool_calls"].as_array())
            .flatten();
        let good = |call: &Value| {
            let arguments = call["function"]["arguments"].as_str();
            let parsed: Option<Value> = arguments.and_then(|text| serde_json::from_str(text).ok());
            parsed.is_some_and(|value| value.is_object())
                && !call["id"].as_str().unwrap().is_empty()
        };
        if calls.clone().count() == 1 && calls.clone().all(good) {
            fine()
        } else {
            reply_json(
                500,
                &json!({"error": {"message": "Failed to parse tool call arguments as JSON"}}),
            )
        }
    });
    let call = |name: &str, arguments| crate::ToolCall {
        id: String::new(),
        name: name.to_owned(),
        arguments,
    };
    let calls = vec![call("fs.read", json!("{\"path\": ")), call("", json!({}))];
    let request = Request {
        messages: vec![
            Message::user("read"),
            Message::assistant("").with_tool_calls(calls),
        ],
        ..with_tools()
    };
    let (events, error) = collect(&asking(&server.base_url()), request);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(events[0], Event::Text("ok".to_owned()));
}

#[test]
fn a_runtime_is_asked_below_its_root_and_with_its_extras() {
    let server = RawServer::always(fine());
    let extra = json!({"draft_model": "/d", "sampler_seed": 5});
    let backend = OpenAi::new(OpenAiOptions {
        extra: extra.as_object().unwrap().clone(),
        ..options(&format!("{}/v1/", server.base_url())).for_runtime(Runtime::Mlx)
    });
    collect(&backend.unwrap(), with_tools());
    let received = &server.received()[0];
    assert_eq!(received.path, "/v1/chat/completions");
    let body = received.json();
    assert_eq!(
        (&body["draft_model"], &body["seed"]),
        (&json!("/d"), &json!(5))
    );
    assert_eq!(body["tools"][0]["function"]["name"], "fs.read");
}

use super::*;
use crate::Message;
use crate::runtimes::Runtime;

fn request() -> Request {
    Request::new(vec![Message::user("hi")])
}

fn sent(request: &Request, runtime: Option<Runtime>) -> Map<String, Value> {
    let profile = Profile::new(runtime);
    let shape = RequestShape::new(profile);
    body(
        "m",
        request,
        &ToolNames::as_they_are(),
        profile,
        &shape,
        &Map::new(),
    )
}

#[test]
fn a_plain_request_is_the_one_the_world_expects() {
    assert_eq!(
        Value::Object(sent(&request(), None)),
        json!({
            "model": "m",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": true,
            "stream_options": {"include_usage": true},
            "max_tokens": 1024,
            "temperature": 0.0,
        })
    );
}

#[test]
fn each_runtime_gets_the_samplers_it_takes() {
    let mut request = request();
    request.sampling = Sampling {
        temperature: 0.7,
        top_k: Some(40),
        top_p: Some(0.95),
        min_p: Some(0.05),
        repetition_penalty: 1.1,
        seed: 7,
    };
    let fields = |runtime| {
        let mut body = sent(&request, runtime);
        for own in [
            "model",
            "messages",
            "stream",
            "stream_options",
            "max_tokens",
        ] {
            body.shift_remove(own);
        }
        Value::Object(body)
    };
    let all = json!({"temperature": 0.7, "top_p": 0.95, "top_k": 40, "min_p": 0.05, "repeat_penalty": 1.1, "seed": 7});
    assert_eq!(fields(Some(Runtime::LlamaCpp)), all);
    assert_eq!(fields(Some(Runtime::LmStudio)), all);
    let hf = json!({"temperature": 0.7, "top_p": 0.95, "top_k": 40, "min_p": 0.05, "repetition_penalty": 1.1, "seed": 7});
    assert_eq!(fields(Some(Runtime::Vllm)), hf);
    assert_eq!(fields(Some(Runtime::Mlx)), hf);
    let few = json!({"temperature": 0.7, "top_p": 0.95, "seed": 7});
    assert_eq!(fields(Some(Runtime::Ollama)), few);
    assert_eq!(fields(None), few);
}

#[test]
fn tools_stop_texts_and_thinking_are_sent() {
    let mut request = request();
    request.tools = vec![ToolSpec {
        name: "fs.read".to_owned(),
        description: "reads".to_owned(),
        parameters: json!({"type": "object"}),
    }];
    request.stop = vec!["END".to_owned()];
    request.thinking = Some(false);
    let body = sent(&request, Some(Runtime::LlamaCpp));
    assert_eq!(body["stop"], json!(["END"]));
    assert_eq!(
        body["chat_template_kwargs"],
        json!({"enable_thinking": false})
    );
    assert_eq!(body["parallel_tool_calls"], json!(true));
    assert_eq!(
        body["tools"],
        json!([{"type": "function", "function":
            {"name": "fs.read", "description": "reads", "parameters": {"type": "object"}}}])
    );
    let body = sent(&request, Some(Runtime::Ollama));
    assert_eq!(body["reasoning_effort"], "none");
    assert!(!sent(&request, None).contains_key("reasoning_effort"));
}

#[test]
fn json_is_asked_for_as_each_server_takes_it() {
    let mut request = request();
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let strict = json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": true}});
    request.response = ResponseFormat::JsonSchema(schema);
    for runtime in [
        Runtime::Ollama,
        Runtime::LmStudio,
        Runtime::Vllm,
        Runtime::LlamaCpp,
    ] {
        let body = sent(&request, Some(runtime));
        assert_eq!(body["response_format"], strict, "{runtime}");
        assert_eq!(body["messages"].as_array().unwrap().len(), 1, "{runtime}");
    }
    let mlx = sent(&request, Some(Runtime::Mlx));
    assert!(!mlx.contains_key("response_format"));
    assert!(
        mlx["messages"][0]["content"]
            .as_str()
            .unwrap()
            .contains("\"integer\"")
    );
    let unknown = sent(&request, None);
    assert_eq!(unknown["response_format"], strict);
    assert_eq!(unknown["messages"].as_array().unwrap().len(), 2);

    request.response = ResponseFormat::Json;
    let object = json!({"type": "json_object"});
    assert_eq!(
        sent(&request, Some(Runtime::Vllm))["response_format"],
        object
    );
    let lmstudio = sent(&request, Some(Runtime::LmStudio));
    assert_eq!(
        lmstudio["response_format"]["type"], "json_schema",
        "LM Studio rejects json_object"
    );
    assert!(!sent(&request, Some(Runtime::Mlx)).contains_key("response_format"));

    request.response = ResponseFormat::Regex("[ab]+".to_owned());
    assert_eq!(
        sent(&request, Some(Runtime::Vllm))["structured_outputs"],
        json!({"regex": "[ab]+"})
    );
    let other = sent(&request, Some(Runtime::LlamaCpp));
    assert!(
        other["messages"][0]["content"]
            .as_str()
            .unwrap()
            .ends_with(": [ab]+")
    );
}

#[test]
fn extras_are_added_under_the_servers_names_and_replace_nothing_of_ours() {
    let extra: Map<String, Value> = serde_json::from_value(json!({
        "quantization": "4bit", "kv_cache_quantized": true, "draft_model": "/models/draft", "sampler_seed": 9,
        "model": "other", "messages": [], "stream": false, "temperature": 1,
    }))
    .unwrap();
    let profile = Profile::new(Some(Runtime::Mlx));
    let shape = RequestShape::new(profile);
    let body = body(
        "m",
        &request(),
        &ToolNames::as_they_are(),
        profile,
        &shape,
        &extra,
    );
    assert_eq!(body["quantization"], "4bit");
    assert_eq!(body["kv_cache_quantized"], true);
    assert_eq!(body["draft_model"], "/models/draft");
    assert_eq!(body["seed"], 9);
    assert!(!body.contains_key("sampler_seed"));
    assert_eq!(body["model"], "m");
    assert_eq!(body["stream"], true);
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    assert_eq!(body["temperature"], 1);
}

#[test]
fn refused_fields_are_left_out() {
    let profile = Profile::new(None);
    let shape = RequestShape {
        completion_tokens: true,
        refused: vec!["temperature", "stream_options"],
        ..RequestShape::new(profile)
    };
    let body = body(
        "m",
        &request(),
        &ToolNames::as_they_are(),
        profile,
        &shape,
        &Map::new(),
    );
    let fields: Vec<&str> = body.keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        ["model", "messages", "stream", "max_completion_tokens"]
    );
}

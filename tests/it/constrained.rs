//! Answers of the built-in model that are held to a form: what is promised valid is valid.

use aldo_backends::{
    Backend, Engine, EngineOptions, Event, Finish, Generation, Message, Request, ResponseFormat,
    Sampling,
};
use aldo_models::Checkpoint;
use aldo_models::test_support::random_schema;
use serde_json::Value;

use super::TestEnv;

/// How many random schemas the tests of every change try; `cargo bench --bench grammar` tries 1,000.
const SCHEMAS: u64 = 40;
/// Enough for every answer whose schema bounds it.
const TOKENS_MAX: usize = 1500;

fn request(seed: u64, schema: &Value) -> Request {
    let question = "Write an entry for the catalogue as JSON.";
    Request {
        response: ResponseFormat::JsonSchema(schema.clone()),
        sampling: Sampling {
            temperature: 1.0,
            seed,
            ..Sampling::default()
        },
        tokens_max: TOKENS_MAX,
        thinking: Some(false),
        ..Request::new(vec![Message::user(question)])
    }
}

fn read(mut generation: Generation) -> (String, Option<Finish>) {
    let (mut text, mut finish) = (String::new(), None);
    while let Some(event) = generation.blocking_next() {
        match event.unwrap() {
            Event::Text(more) => text += &more,
            Event::Done { finish: end, .. } => finish = Some(end),
            Event::Loading { .. } | Event::Reasoning(_) => {}
            other => panic!("{other:?}"),
        }
    }
    (text, finish)
}

#[test]
fn c08_answers_under_random_schemas_are_valid() {
    let engine = Engine::start(Checkpoint::builtin().unwrap(), EngineOptions::default());
    // All at once: the engine decodes several sequences together.
    let asked: Vec<(Value, Generation)> = (0..SCHEMAS)
        .map(|seed| {
            let schema = random_schema(seed);
            let generation = engine.generate(request(seed, &schema)).unwrap();
            (schema, generation)
        })
        .collect();
    for (schema, generation) in asked {
        let (text, finish) = read(generation);
        assert_eq!(finish, Some(Finish::Stop), "{schema}\n{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::options().offline().build(&schema).unwrap();
        assert!(validator.is_valid(&value), "{schema}\n{text}");
    }
}

#[test]
fn an_agent_with_a_schema_answers_with_json_of_it() {
    let env = TestEnv::new();
    env.write(
        &env.project().join("agents/strict.yaml"),
        "apiVersion: aldo-ai/agent.v1\nmodel_policy:\n  capability_class: local-reasoning\n  \
         capability_requirements: [structured-output]\n  \
         decoding: {mode: constrained, json_schema_ref: s.json}\n",
    );
    env.write(
        &env.project().join("agents/s.json"),
        r#"{"type": "object", "properties": {"city": {"enum": ["Oslo", "Rome"]}, "warm": {"type": "boolean"}},
            "required": ["city", "warm"], "additionalProperties": false}"#,
    );
    let ran = env
        .aldo(["run", "strict", "--inputs", "Which city?", "--json"])
        .run()
        .exits(0);
    let output: Value = serde_json::from_str(ran.json()["output"].as_str().unwrap()).unwrap();
    assert!(["Oslo", "Rome"].contains(&output["city"].as_str().unwrap()));
    assert!(output["warm"].is_boolean());
}

#[test]
fn c08_an_agent_whose_schema_nobody_can_promise_is_refused_with_the_keyword() {
    let env = TestEnv::new();
    env.write(
        &env.project().join("agents/strict.yaml"),
        "apiVersion: aldo-ai/agent.v1\nmodel_policy:\n  capability_class: local-reasoning\n  \
         decoding: {mode: constrained, json_schema_ref: s.json}\n",
    );
    env.write(
        &env.project().join("agents/s.json"),
        r#"{"type": "array", "uniqueItems": true}"#,
    );
    let refused = env.aldo(["run", "strict"]).run().exits(2);
    assert!(
        refused
            .stderr
            .contains("keyword `uniqueItems` of the JSON Schema at `/` is not supported"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_form_that_does_not_fit_the_limit_says_so() {
    let env = TestEnv::new();
    env.write(
        &env.project().join("agents/long.yaml"),
        "apiVersion: aldo-ai/agent.v1\nmodel_policy:\n  capability_class: local-reasoning\n  \
         decoding: {mode: constrained, json_schema_ref: s.json}\n",
    );
    env.write(
        &env.project().join("agents/s.json"),
        r#"{"type": "string", "minLength": 400}"#,
    );
    let ran = env
        .aldo([
            "run",
            "long",
            "--inputs",
            "Go on.",
            "--max-tokens",
            "20",
            "--json",
        ])
        .run()
        .exits(1);
    assert_eq!(ran.json()["error"]["code"], "length_limit");
}

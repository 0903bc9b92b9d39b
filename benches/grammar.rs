//! Constrained decoding: what a mask costs on a vocabulary of 151,936 tokens beside a decode step, and
//! 1,000 answers of the built-in model under random schemas at temperature 1, all of which must be valid.
//!
//! usage: cargo bench --bench grammar [-- CHECKPOINT]
//!   CHECKPOINT   a checkpoint with a large vocabulary (`tests/peers/real_vocabulary.py` makes one)

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use aldo_backends::{
    Backend, Engine, EngineOptions, Event, Finish, Generation, Message, Request, ResponseFormat,
    Sampling,
};
use aldo_models::test_support::random_schema;
use aldo_models::{Checkpoint, Dialect, Grammars, Rules};
use serde_json::{Value, json};

const SCHEMAS: u64 = 1000;
const TOKENS_MAX: usize = 2000;

fn main() {
    let checkpoint = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    match checkpoint {
        Some(path) => masks(&Checkpoint::open(path.as_ref()).expect("it is a checkpoint")),
        None => println!("masks: no checkpoint is named, only answers are tried"),
    }
    answers();
}

/// Times building and every mask of a long answer.
fn masks(checkpoint: &Checkpoint) {
    let tokenizer = checkpoint.tokenizer().expect("it has a tokenizer");
    let grammars = Grammars::new(tokenizer.clone(), Dialect::PLAIN);
    let rules = |schema: Value| Rules {
        response: ResponseFormat::JsonSchema(schema),
        ..Rules::default()
    };
    let started = Instant::now();
    grammars
        .plan(&rules(json!({"const": 1})))
        .expect("it builds");
    println!(
        "vocabulary of {}: trie and first grammar {:?}",
        tokenizer.vocabulary(),
        started.elapsed()
    );
    let schema = json!({"type": "object", "properties": {
        "title": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}},
        "size": {"type": "number"}, "parts": {"type": "array", "items": {"type": "object",
            "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
            "required": ["name", "count"], "additionalProperties": false}}},
        "required": ["title", "tags", "size", "parts"], "additionalProperties": false});
    let started = Instant::now();
    let plan = grammars.plan(&rules(schema)).expect("it builds");
    println!("a grammar of four properties: {:?}", started.elapsed());
    let parts: Vec<Value> = (0..40)
        .map(|number| json!({"name": format!("a part, number {number}, of the older kind"), "count": number}))
        .collect();
    let answer = json!({"title": "What the warehouse holds – Süd", "tags": ["a", "tag or two"], "size": 12.5, "parts": parts});
    let text = spaced(&answer);
    let mut times = Vec::new();
    for _ in 0..3 {
        let mut guide = plan.guide(false);
        for token in tokenizer.encode_text(&text).expect("it is text") {
            let started = Instant::now();
            guide.allowed().expect("something may follow");
            times.push(started.elapsed());
            assert!(guide.accept(token).expect("it is allowed"));
        }
        assert!(guide.is_over());
    }
    times.sort_unstable();
    let mean = times.iter().sum::<Duration>() / times.len() as u32;
    println!(
        "masks: {} of them, mean {mean:?}, median {:?}, 99 % {:?}, worst {:?}",
        times.len(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1],
    );
}

/// JSON with a space behind colons and commas, as answers are written.
fn spaced(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", json!(key), spaced(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(spaced).collect::<Vec<_>>().join(", ")
        ),
        other => other.to_string(),
    }
}

fn answers() {
    let engine = Engine::start(
        Checkpoint::builtin().expect("the built-in model is valid"),
        EngineOptions::default(),
    );
    let (mut valid, mut long, mut tokens) = (0, 0, 0);
    let started = Instant::now();
    for first in (0..SCHEMAS).step_by(50) {
        let asked: Vec<(Value, Generation)> = (first..(first + 50).min(SCHEMAS))
            .map(|seed| {
                let schema = random_schema(seed);
                let generation = engine
                    .generate(request(seed, &schema))
                    .expect("there is room");
                (schema, generation)
            })
            .collect();
        for (schema, generation) in asked {
            let (text, finish, written) = read(generation);
            tokens += written;
            if finish == Finish::Length {
                long += 1;
                println!("longer than {TOKENS_MAX} tokens: {schema}");
                continue;
            }
            let value: Value = serde_json::from_str(&text).expect("it is JSON");
            let validator = jsonschema::options()
                .offline()
                .build(&schema)
                .expect("a schema");
            assert!(validator.is_valid(&value), "not valid: {schema}\n{text}");
            valid += 1;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "answers: {valid} of {SCHEMAS} valid, {long} cut off, {tokens} tokens in {seconds:.1} s"
    );
    assert_eq!(valid, SCHEMAS, "every answer must be valid");
}

fn request(seed: u64, schema: &Value) -> Request {
    Request {
        response: ResponseFormat::JsonSchema(schema.clone()),
        sampling: Sampling {
            temperature: 1.0,
            seed,
            ..Sampling::default()
        },
        tokens_max: TOKENS_MAX,
        thinking: Some(false),
        ..Request::new(vec![Message::user(
            "Write an entry for the catalogue as JSON.",
        )])
    }
}

fn read(mut generation: Generation) -> (String, Finish, u64) {
    let mut text = String::new();
    loop {
        match generation
            .blocking_next()
            .expect("an end comes first")
            .expect("no error")
        {
            Event::Text(more) => text += &more,
            Event::Done { finish, usage } => return (text, finish, usage.tokens_out),
            Event::Loading { .. } | Event::Reasoning(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

//! Answers that are held to a form, and calls that are valid by construction.

use serde_json::{Value, json};

use super::*;
use crate::{ResponseFormat, Sampling, ToolSpec};

fn tools() -> Vec<ToolSpec> {
    let tool = |name: &str, parameters: Value| ToolSpec {
        name: name.to_owned(),
        description: "A tool".to_owned(),
        parameters,
    };
    vec![
        tool(
            "note",
            json!({"type": "object", "properties": {"text": {"type": "string", "maxLength": 9},
                "level": {"enum": ["low", "high"]}}, "required": ["text"], "additionalProperties": false}),
        ),
        tool(
            "now",
            json!({"type": "object", "properties": {}, "additionalProperties": false}),
        ),
    ]
}

fn at_random(seed: u64, response: ResponseFormat) -> Request {
    Request {
        response,
        sampling: Sampling {
            temperature: 1.0,
            seed,
            ..Sampling::default()
        },
        ..ask("the engine and the other thing", 600)
    }
}

fn point() -> ResponseFormat {
    ResponseFormat::JsonSchema(json!({
        "type": "object",
        "properties": {"x": {"type": "integer", "minimum": 0, "maximum": 99}, "name": {"type": "string", "maxLength": 8}},
        "required": ["x", "name"],
        "additionalProperties": false,
    }))
}

/// A model that was taught nothing still writes what its grammar says.
#[test]
fn random_weights_write_valid_json_alone_and_together() {
    let engine = tiny_engine(options());
    let alone: Vec<Answer> = (0..6)
        .map(|seed| answer(&engine, at_random(seed, point())))
        .collect();
    for answer in &alone {
        assert_eq!(answer.finish, Some(Finish::Stop), "{answer:?}");
        let value: Value = serde_json::from_str(&answer.text).unwrap();
        assert!(value["x"].as_u64().is_some_and(|x| x < 100), "{value}");
        assert!(
            value["name"]
                .as_str()
                .is_some_and(|name| name.chars().count() <= 8)
        );
        assert_eq!(value.as_object().map(serde_json::Map::len), Some(2));
    }
    let together: Vec<Generation> = (0..6)
        .map(|seed| engine.generate(at_random(seed, point())).unwrap())
        .collect();
    for (generation, alone) in together.into_iter().zip(&alone) {
        assert_eq!(read(generation).unwrap().text, alone.text);
    }
}

#[test]
fn a_regular_expression_holds() {
    let engine = tiny_engine(options());
    let request = at_random(3, ResponseFormat::Regex("[a-c]{2,5}=(yes|no)".to_owned()));
    let text = answer(&engine, request).text;
    let (letters, word) = text.split_once('=').unwrap();
    assert!(
        (2..=5).contains(&letters.len())
            && letters.bytes().all(|byte| (b'a'..=b'c').contains(&byte))
    );
    assert!(["yes", "no"].contains(&word));
}

#[test]
fn calls_of_random_weights_name_a_tool_and_keep_to_its_schema() {
    let engine = tiny_engine(options());
    let mut calls = 0;
    for seed in 0..12 {
        // Either a call or this one number: what is written first decides.
        let request = Request {
            tools: tools(),
            ..at_random(seed, ResponseFormat::JsonSchema(json!({"const": 7})))
        };
        let answer = answer(&engine, request);
        assert!(
            matches!(answer.finish, Some(Finish::Stop | Finish::ToolCalls)),
            "{answer:?}"
        );
        for call in &answer.calls {
            let arguments = call.arguments.as_object().unwrap();
            assert!(["note", "now"].contains(&call.name.as_str()));
            assert_eq!(
                arguments.contains_key("text"),
                call.name == "note",
                "{call:?}"
            );
        }
        assert!(answer.text.is_empty() || answer.text == "7", "{answer:?}");
        calls += answer.calls.len();
    }
    assert!(calls > 0, "chance writes calls too");
}

#[test]
fn a_form_that_does_not_fit_ends_with_the_length() {
    let engine = tiny_engine(options());
    let schema = json!({"type": "string", "minLength": 500});
    let request = Request {
        tokens_max: 12,
        ..at_random(0, ResponseFormat::JsonSchema(schema))
    };
    let answer = answer(&engine, request);
    assert_eq!(answer.finish, Some(Finish::Length));
    assert_eq!(answer.usage.tokens_out, 12);
}

#[test]
fn stop_texts_end_a_form_too() {
    let engine = tiny_engine(options());
    let request = Request {
        stop: vec!["\"name\"".to_owned()],
        ..at_random(0, point())
    };
    let answer = answer(&engine, request);
    assert_eq!(answer.finish, Some(Finish::StopText));
    assert!(answer.text.starts_with("{\"x\": ") && !answer.text.contains("name"));
}

#[test]
fn c08_what_is_not_supported_is_said_and_others_go_on() {
    let engine = tiny_engine(options());
    let other = engine.generate(ask("the engine", 40)).unwrap();
    let schema = json!({"type": "array", "uniqueItems": true});
    let refused = refusal(&engine, at_random(0, ResponseFormat::JsonSchema(schema)));
    assert!(
        matches!(refused, BackendError::Grammar { .. }),
        "{refused:?}"
    );
    assert_eq!(
        refused.to_string(),
        "keyword `uniqueItems` of the JSON Schema at `/` is not supported"
    );
    // A tool is offered all the same; its calls are held to the rest of its schema.
    let mut tool = tools().remove(1);
    tool.parameters = json!({"type": "object", "not": {}});
    let request = Request {
        tools: vec![tool],
        ..ask("the engine", 5)
    };
    assert_eq!(answer(&engine, request).usage.tokens_out, 5);
    assert_eq!(read(other).unwrap().finish, Some(Finish::Length));
}

#[test]
fn a_dropped_answer_with_a_form_leaves_the_engine_whole() {
    let engine = tiny_engine(options());
    for seed in 0..4 {
        drop(engine.generate(at_random(seed, point())).unwrap());
    }
    assert_eq!(
        answer(&engine, at_random(9, point())).finish,
        Some(Finish::Stop)
    );
}

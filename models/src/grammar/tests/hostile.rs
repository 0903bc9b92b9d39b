//! C8: schemas and expressions that are not supported, or made to hurt.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::*;

fn refusal(schema: &Value) -> String {
    check_schema(schema).unwrap_err().to_string()
}

#[test]
fn c08_an_unsupported_keyword_is_named_with_its_place() {
    for keyword in [
        "not",
        "if",
        "contains",
        "uniqueItems",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "unevaluatedProperties",
        "$dynamicRef",
        "dependencies",
    ] {
        let schema = json!({"type": "object", "properties": {"a": {keyword: {}}}});
        assert_eq!(
            refusal(&schema),
            format!("keyword `{keyword}` of the JSON Schema at `/properties/a` is not supported")
        );
        // As the name of a property it is a name.
        assert!(check_schema(&json!({"properties": {keyword: {"type": "null"}}})).is_ok());
    }
    assert!(refusal(&json!({"$ref": "https://example.com/a.json"})).contains("leads out of it"));
    assert!(refusal(&json!({"oneOf": [{"minimum": 1}, {"maximum": 2}]})).contains("`oneOf`"));
    assert!(
        refusal(&json!({"format": "no-such-format", "type": "string"})).contains("no-such-format")
    );
    assert!(refusal(&json!({"type": "object", "minProperties": 5})).contains("`minProperties`"));
    assert!(refusal(&json!([1])).contains("is no schema"));
}

#[test]
fn c08_schemas_people_write_are_supported() {
    for schema in [
        json!({}),
        json!(true),
        json!({"title": "x", "description": "y", "deprecated": true, "x-order": 3}),
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"allOf": [{"properties": {"a": {"type": "string"}}}, {"required": ["a"]}]}),
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "properties": {"next": {"$ref": "#"}, "v": {"type": ["number", "null"]}}}),
        json!({"patternProperties": {"^x_": {"type": "integer"}}, "additionalProperties": false}),
        json!({"type": "number", "multipleOf": 0.5, "exclusiveMinimum": 0}),
    ] {
        check_schema(&schema).unwrap_or_else(|error| panic!("{schema}: {error}"));
    }
}

#[test]
fn c08_schemas_made_to_hurt_are_refused_in_time() {
    let mut deep = json!({"type": "null"});
    for _ in 0..100 {
        deep = json!({"type": "array", "items": deep});
    }
    let wide: serde_json::Map<String, Value> = (0..30_000)
        .map(|number| (format!("p{number}"), json!({"type": "string"})))
        .collect();
    let mut doubled = json!({"$ref": "#/$defs/d0"});
    for level in 0..30 {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        doubled["$defs"][format!("d{level}")] = json!({"allOf": [next, next]});
    }
    doubled["$defs"]["d30"] = json!({"type": "object"});
    for (name, schema) in [
        ("deep", deep),
        ("wide", json!({"properties": wide})),
        ("doubled", doubled),
        (
            "regex",
            json!({"type": "string", "pattern": "^(a?){500}(a{500}){500}$"}),
        ),
        (
            "long",
            json!({"type": "string", "minLength": 1_000_000, "maxLength": 2_000_000_000_u64}),
        ),
        (
            "items",
            json!({"type": "array", "items": {"type": "array", "minItems": 100_000}, "minItems": 100_000}),
        ),
    ] {
        let started = Instant::now();
        let checked = check_schema(&schema);
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "{name}: {:?}",
            started.elapsed()
        );
        if let Err(error) = checked {
            let message = error.to_string();
            assert!(
                !message.contains('\n') && message.len() < 500,
                "{name}: {message}"
            );
        }
    }
}

#[test]
fn c08_expressions_that_cannot_be_followed_are_refused() {
    let grammars = Grammars::new(tokenizer(), Dialect::PLAIN);
    for regex in ["", "^$", "(", "(?=x)a", "(a|b)\\1"] {
        let rules = response(ResponseFormat::Regex(regex.to_owned()));
        let built = grammars.plan(&rules);
        let error = built.map_or_else(|error| error.to_string(), |_| panic!("{regex}"));
        assert!(
            !error.is_empty() && !error.contains('\n'),
            "{regex}: {error}"
        );
    }
    let long = response(ResponseFormat::Regex("a".repeat(20_000)));
    assert!(
        grammars
            .plan(&long)
            .unwrap_err()
            .to_string()
            .contains("the limit is 16384")
    );
}

#[test]
fn a_vocabulary_without_an_end_is_refused() {
    let tokenizer = crate::tokenizer::testing::bytes_tokenizer();
    let rules = response(ResponseFormat::Json);
    let error = Grammars::new(tokenizer, Dialect::PLAIN)
        .plan(&rules)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the vocabulary has no token that ends an answer"
    );
}

#[test]
fn c08_one_tool_that_cannot_be_held_to_its_schema_takes_no_tool_away() {
    let schemas = [
        json!({"type": "object", "properties": {"a": {"type": "string", "not": {"const": "x"}}}, "required": ["a"]}),
        json!({"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=x)y"}}, "required": ["a"]}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
            "oneOf": [{"required": ["a"]}, {"minProperties": 1}]}),
    ];
    for calls in [
        CallMarkup::Hermes,
        CallMarkup::QwenCoder,
        CallMarkup::Pythonic,
    ] {
        let dialect = Dialect {
            reasoning: ReasoningMarkup::None,
            calls,
        };
        for schema in &schemas {
            let mut odd = now();
            (odd.name, odd.parameters) = ("odd".to_owned(), schema.clone());
            let rules = Rules {
                tools: vec![odd, now()],
                ..Rules::default()
            };
            let plan = Grammars::new(tokenizer(), dialect).plan(&rules).unwrap();
            assert_eq!(plan.loose_tools(), ["odd"], "{calls:?} {schema}");
            let both = Rules {
                tools: vec![now()],
                ..Rules::default()
            };
            let plan = Grammars::new(tokenizer(), dialect).plan(&both).unwrap();
            assert!(plan.loose_tools().is_empty());
        }
    }
}

#[test]
fn c08_a_schema_of_the_answer_itself_is_held_to_or_refused() {
    let rules = Rules {
        response: ResponseFormat::JsonSchema(json!({"type": "array", "uniqueItems": true})),
        tools: vec![now()],
        ..Rules::default()
    };
    let hermes = Dialect {
        reasoning: ReasoningMarkup::None,
        calls: CallMarkup::Hermes,
    };
    let error = Grammars::new(tokenizer(), hermes).plan(&rules).unwrap_err();
    assert_eq!(
        error.to_string(),
        "keyword `uniqueItems` of the JSON Schema at `/` is not supported"
    );
}

#[test]
fn plans_of_the_same_rules_are_built_once() {
    let grammars = Grammars::new(tokenizer(), Dialect::PLAIN);
    let rules = response(ResponseFormat::Json);
    assert!(grammars.ready(&rules).is_none());
    grammars.plan(&rules).unwrap();
    assert!(grammars.ready(&rules).is_some());
    for number in 0..40 {
        let rules = response(ResponseFormat::JsonSchema(json!({"const": number})));
        grammars.plan(&rules).unwrap();
    }
    assert!(grammars.ready(&rules).is_none(), "the oldest go");
}

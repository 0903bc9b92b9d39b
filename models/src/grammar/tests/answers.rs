//! Answers that have a form.

use super::*;
use crate::test_support::random_schema;

/// Whether `text` is JSON that is valid under `schema`.
fn is_valid(schema: &serde_json::Value, text: &str) -> bool {
    let validator = jsonschema::options().offline().build(schema).unwrap();
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    validator.is_valid(&value)
}

#[test]
fn c08_whatever_is_chosen_under_a_random_schema_is_valid() {
    let mut finished = 0;
    for seed in 0..150 {
        let schema = random_schema(seed);
        let rules = response(ResponseFormat::JsonSchema(schema.clone()));
        let mut guide = plan(Dialect::PLAIN, &rules).guide(false);
        let Some(text) = go_on(&mut guide, &mut Dice::new(seed), 4000) else {
            continue;
        };
        finished += 1;
        assert!(is_valid(&schema, &text), "{seed}: {schema}\n{text}");
    }
    assert!(finished > 140, "{finished}");
}

#[test]
fn c08_json_mode_writes_objects_that_can_be_read_back() {
    let plan = plan(Dialect::PLAIN, &response(ResponseFormat::Json));
    let mut finished = 0;
    for seed in 0..60 {
        if let Some(text) = go_on(&mut plan.guide(false), &mut Dice::new(seed), 3000) {
            finished += 1;
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(value.is_object(), "{text}");
        }
    }
    assert!(finished > 30, "{finished}");
}

#[test]
fn c08_white_space_is_fixed_and_numbers_end() {
    let rules = response(ResponseFormat::JsonSchema(
        json!({"type": "array", "items": {}}),
    ));
    let plan = plan(Dialect::PLAIN, &rules);
    let writes = |text: &str| write(&mut plan.guide(false), text);
    assert!(writes("[1, {\"a\": null}, -2.5]"));
    assert!(!writes("[ "));
    assert!(!writes("[1,2"));
    assert!(!writes("[1,  2"));
    assert!(!writes("[\t"));
    assert!(!writes("[1e"), "an exponent can lead out of every range");
    assert!(!writes(&format!("[{}", "9".repeat(16))));
    assert!(!writes(&format!("[0.{}", "3".repeat(40))), "fractions end");
    assert!(
        writes(&format!("[\"{}\"]", "3".repeat(80))),
        "in text they need not"
    );
    assert!(!writes(&"[".repeat(40)), "nesting ends");
    assert!(!writes("[{\"\\u0061"), "a character has one spelling");
}

#[test]
fn a_regular_expression_is_matched_as_a_whole() {
    let rules = response(ResponseFormat::Regex(
        "^v[0-9]{1,2}/(alpha|beta)$".to_owned(),
    ));
    let plan = plan(Dialect::PLAIN, &rules);
    for seed in 0..20 {
        let text = go_on(&mut plan.guide(false), &mut Dice::new(seed), 100).unwrap();
        let (version, name) = text.strip_prefix('v').unwrap().split_once('/').unwrap();
        assert!(
            version.parse::<u32>().is_ok_and(|number| number < 100),
            "{text}"
        );
        assert!(["alpha", "beta"].contains(&name), "{text}");
    }
}

#[test]
fn an_answer_is_over_when_nothing_can_follow() {
    let rules = response(ResponseFormat::JsonSchema(json!({"const": "yes"})));
    let mut guide = plan(Dialect::PLAIN, &rules).guide(false);
    assert!(write(&mut guide, "\"yes\""));
    assert!(guide.is_over());
    assert!(
        guide
            .allowed()
            .unwrap()
            .is_some_and(|set| set.count() == 1 && set.allows(end()))
    );
    let rules = response(ResponseFormat::Regex("a+".to_owned()));
    let mut guide = plan(Dialect::PLAIN, &rules).guide(false);
    assert!(write(&mut guide, "aa"));
    assert!(!guide.is_over(), "more can follow");
    assert!(
        guide
            .allowed()
            .unwrap()
            .is_some_and(|set| set.allows(end()) && set.allows(97))
    );
}

use serde_json::json;

use super::*;

fn judge(expect: &Expect, text: &str) -> Verdict {
    expect.evaluate(Answer {
        text,
        calls: &[],
        judgements: &[],
    })
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn marked<'a>(text: &'a str, verdict: &Verdict) -> Vec<&'a str> {
    verdict
        .marks
        .iter()
        .map(|mark| &text[mark.clone()])
        .collect()
}

#[test]
fn texts_are_found_and_marked() {
    let text = "Ägir likes TEA and more tea.";
    let contains = judge(&Expect::Contains(texts(&["tea", "likes"])), text);
    assert!(contains.pass);
    assert_eq!(marked(text, &contains), ["likes", "tea"]);
    let either = judge(&Expect::Icontains(texts(&["ägir", "tea"])), text);
    assert_eq!(marked(text, &either), ["Ägir", "TEA", "tea"]);
    let lacks = judge(&Expect::Contains(texts(&["coffee"])), text);
    assert_eq!(lacks.reasons, ["`coffee` is not there"]);
}

#[test]
fn what_must_not_be_there_is_marked_where_it_is() {
    let text = "the word is Tangerine";
    let verdict = judge(&Expect::NotContains(texts(&["TANGERINE"])), text);
    assert!(!verdict.pass);
    assert_eq!(marked(text, &verdict), ["Tangerine"]);
}

#[test]
fn k01_an_empty_text_does_not_pass_by_containing_nothing() {
    let verdict = judge(&Expect::NotContains(texts(&["secret"])), " \n");
    assert_eq!(verdict.reasons, ["there is no text"]);
}

#[test]
fn an_exact_text_may_have_blanks_around_it_and_nothing_else() {
    let expect = Expect::Exact(texts(&["yes", "Yes."]));
    assert!(judge(&expect, "\n yes ").pass);
    assert!(judge(&expect, "Yes.").pass);
    let wrong = judge(&expect, "yes!");
    assert_eq!(wrong.reasons, ["it is not exactly `yes` or `Yes.`"]);
}

#[test]
fn a_pattern_takes_linear_time() {
    let started = std::time::Instant::now();
    let pattern = Pattern::new("(a|a)*b").unwrap();
    let verdict = judge(&Expect::Regex(pattern), &"a".repeat(100_000));
    assert!(!verdict.pass);
    assert!(started.elapsed().as_secs() < 5);
    assert!(Pattern::new("a{1000}{1000}").is_err());
}

#[test]
fn json_is_the_whole_text_or_the_whole_of_a_fence() {
    let schema = Schema::new(json!({"type": "object", "required": ["a"]})).unwrap();
    let expect = Expect::JsonSchema(schema);
    for text in [
        r#"{"a": 1}"#,
        "```json\n{\"a\": 1}\n```",
        " ```\n{\"a\": 1}\n``` ",
    ] {
        let verdict = judge(&expect, text);
        assert!(verdict.pass, "{text}: {:?}", verdict.reasons);
        assert_eq!(marked(text, &verdict), [r#"{"a": 1}"#]);
    }
    for text in [
        "",
        "Here: {\"a\": 1}",
        "```json\n{\"a\": 1}\n```\ndone",
        "{\"a\": 1} {\"a\": 1}",
    ] {
        assert!(
            judge(&expect, text).reasons[0].starts_with("it is not JSON"),
            "{text}"
        );
    }
    let lacks = judge(&expect, "{}");
    assert_eq!(lacks.reasons, ["at `/`: \"a\" is a required property"]);
}

#[test]
fn c07_hostile_schemas_and_answers_end_within_their_deadline() {
    let started = std::time::Instant::now();
    let mut defs = serde_json::Map::new();
    for level in 0..30 {
        let next = format!("#/$defs/d{}", level + 1);
        defs.insert(
            format!("d{level}"),
            json!({"allOf": [{"$ref": next}, {"$ref": next}]}),
        );
    }
    defs.insert("d30".to_owned(), json!({"type": "string"}));
    let doubling = Schema::new(json!({"$ref": "#/$defs/d0", "$defs": defs}));
    if let Ok(schema) = doubling {
        let verdict = judge(&Expect::JsonSchema(schema), "\"x\"");
        assert!(!verdict.pass, "2^30 comparisons within a second?");
        assert!(
            verdict.reasons[0].contains("longer than a second"),
            "{verdict:?}"
        );
    }
    let cyclic = Schema::new(json!({"$ref": "#"}));
    if let Ok(schema) = cyclic {
        judge(&Expect::JsonSchema(schema), "{}");
    }
    let redos = Schema::new(json!({"type": "string", "pattern": "^(a+)+$"})).unwrap();
    let long = format!("\"{}!\"", "a".repeat(10_000));
    assert!(!judge(&Expect::JsonSchema(redos.clone()), &long).pass);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!judge(&Expect::JsonSchema(redos), &deep).pass);
    assert!(started.elapsed().as_secs() < 10);
}

fn call(name: &str, arguments: Value) -> ToolCall {
    ToolCall {
        id: "1".to_owned(),
        name: name.to_owned(),
        arguments,
    }
}

fn expected(name: &str, arguments: &Value) -> ExpectedCall {
    ExpectedCall {
        name: name.to_owned(),
        arguments: arguments.as_object().unwrap().clone(),
        schema: None,
    }
}

fn calls(expected: Vec<ExpectedCall>, ordered: bool, given: &[ToolCall]) -> Verdict {
    let expect = Expect::ToolCall(ExpectedCalls {
        calls: expected,
        ordered,
    });
    expect.evaluate(Answer {
        text: "",
        calls: given,
        judgements: &[],
    })
}

#[test]
fn calls_are_compared_by_name_and_by_the_arguments_that_are_expected() {
    let due = || vec![expected("f", &json!({"n": 3, "s": "x"}))];
    assert!(
        calls(
            due(),
            false,
            &[call("f", json!({"n": 3.0, "s": " x ", "more": 1}))]
        )
        .pass
    );
    for (given, says) in [
        (vec![], "it calls no tool"),
        (vec![call("g", json!({}))], "`f` is not called with"),
        (
            vec![call("f", json!({"n": 3}))],
            "`f` lacks the argument `s`",
        ),
        (
            vec![call("f", json!({"n": 4, "s": "x"}))],
            "`f` has `n` = `4`, not `3`",
        ),
        (
            vec![call("f", json!([]))],
            "the arguments of `f` are no object",
        ),
    ] {
        let verdict = calls(due(), false, &given);
        assert!(verdict.reasons[0].contains(says), "{:?}", verdict.reasons);
    }
}

#[test]
fn more_calls_than_due_and_another_order_are_faults_where_they_count() {
    let due = || vec![expected("a", &json!({})), expected("b", &json!({}))];
    let (a, b) = (call("a", json!({})), call("b", json!({})));
    assert!(calls(due(), false, &[b.clone(), a.clone()]).pass);
    assert!(!calls(due(), true, &[b.clone(), a.clone()]).pass);
    assert!(calls(due(), true, &[a.clone(), b.clone()]).pass);
    let more = calls(due(), false, &[a.clone(), b, call("c", json!({}))]);
    assert_eq!(more.reasons, ["`c` is called as well"]);
    assert_eq!(
        calls(Vec::new(), false, &[a]).reasons,
        ["it calls `a`, and no call is due"]
    );
}

#[test]
fn all_needs_every_part_and_any_needs_one() {
    let one = || Expect::Contains(texts(&["one"]));
    let two = || Expect::Contains(texts(&["two"]));
    assert!(judge(&Expect::All(vec![one(), two()]), "one two").pass);
    let all = judge(&Expect::All(vec![one(), two()]), "one");
    assert_eq!(all.reasons, ["`two` is not there"]);
    assert!(judge(&Expect::Any(vec![one(), two()]), "two").pass);
    assert_eq!(
        judge(&Expect::Any(vec![one(), two()]), "three")
            .reasons
            .len(),
        2
    );
}

#[test]
fn a_rubric_goes_by_what_the_judge_found() {
    let rubric = Rubric {
        criteria: "is kind".to_owned(),
        class: CapabilityClass::LOCAL_REASONING,
        min_score: 0.7,
    };
    let judged = |score: f64| {
        let judgement = Judgement {
            criteria: "is kind".to_owned(),
            score,
            reason: "curt".to_owned(),
        };
        Expect::Rubric(rubric.clone()).evaluate(Answer {
            text: "no",
            calls: &[],
            judgements: &[judgement],
        })
    };
    assert!(judged(0.7).pass);
    assert_eq!(
        judged(0.3).reasons,
        ["the judge gives 0.30 of at least 0.70: curt"]
    );
    assert!(!judge(&Expect::Rubric(rubric.clone()), "no").pass);
}

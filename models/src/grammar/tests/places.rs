//! Reasoning before an answer with a form, and taking tokens back.

use super::*;

const THINK: Dialect = Dialect {
    reasoning: ReasoningMarkup::Think,
    calls: CallMarkup::None,
};

const HARMONY: Dialect = Dialect {
    reasoning: ReasoningMarkup::Harmony,
    calls: CallMarkup::Harmony,
};

fn yes() -> Rules {
    Rules {
        may_reason: true,
        ..response(ResponseFormat::JsonSchema(json!({"const": "yes"})))
    }
}

#[test]
fn the_form_begins_behind_the_reasoning() {
    let plan = plan(THINK, &yes());
    for (in_reasoning, opening) in [(true, ""), (false, "<think>")] {
        let mut guide = plan.guide(in_reasoning);
        assert!(write(&mut guide, opening));
        assert!(write(&mut guide, "\nanything \"at all\" {"));
        assert!(
            !guide.allowed().unwrap().unwrap().allows(end()),
            "an answer without its form is no end"
        );
        assert!(write(&mut guide, "\n</think>"));
        assert!(!write(&mut guide, "no"));
        assert!(write(&mut guide, "\n\n\"yes\""));
        assert!(guide.is_over());
    }
    let mut at_once = plan.guide(false);
    assert!(write(&mut at_once, "\"yes\"") && at_once.is_over());
    let rules = Rules {
        may_reason: false,
        ..yes()
    };
    let plan = super::plan(THINK, &rules);
    assert!(!write(&mut plan.guide(false), "<think>"));
}

#[test]
fn in_harmony_the_form_is_of_the_last_channel() {
    let plan = plan(HARMONY, &yes());
    let mut guide = plan.guide(false);
    assert!(!write(&mut guide, "yes"));
    assert!(write(
        &mut guide,
        "<|channel|>analysis<|message|>whatever {<"
    ));
    assert!(!guide.is_ruled());
    assert!(write(
        &mut guide,
        "|end|><|start|>assistant<|channel|>final<|message|>"
    ));
    assert!(!write(&mut guide, "n"));
    assert!(write(&mut guide, "\"yes\""));
    assert!(guide.is_over());
}

#[test]
fn a_token_that_ends_a_mark_and_begins_what_does_not_fit_is_refused() {
    // Here `</think>` is no token, and `>no` and `>"` are.
    let tokenizer = answering(&["<|x|>"]);
    let words = crate::tokenizer::testing::with_words(&[">no", ">\"y", ">\n"]);
    assert!(tokenizer.vocabulary() < words.vocabulary());
    let plan = Grammars::new(words.clone(), THINK).plan(&yes()).unwrap();
    let mut guide = plan.guide(true);
    for byte in b"so</think" {
        assert!(guide.accept(u32::from(*byte)).unwrap());
    }
    assert!(!guide.accept(257).unwrap(), "`>no`");
    let allowed = guide.allowed().unwrap().unwrap();
    assert!(!allowed.allows(257) && allowed.allows(258));
    let mut spaced = plan.guide(true);
    for token in b"</think".iter().map(|byte| u32::from(*byte)).chain([259]) {
        assert!(spaced.accept(token).unwrap());
    }
    assert!(guide.accept(258).unwrap(), "`>\"y`");
    assert!(guide.is_ruled());
    for byte in b"es\"" {
        assert!(guide.accept(u32::from(*byte)).unwrap());
    }
    assert!(guide.is_over());
}

#[test]
fn tokens_can_be_taken_back_across_every_place() {
    let calls = Dialect {
        reasoning: ReasoningMarkup::Think,
        calls: CallMarkup::Hermes,
    };
    let rules = Rules {
        tools: vec![weather(), now()],
        may_reason: true,
        ..Rules::default()
    };
    let text =
        "<think>so</think>I <tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call> ok";
    for (plan, text) in [
        (plan(calls, &rules), text),
        (plan(THINK, &yes()), "<think>so</think>\n\"yes\""),
        (
            plan(HARMONY, &yes()),
            "<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>\"yes\"",
        ),
    ] {
        let tokens = tokens_of(text);
        let mut guide = plan.guide(false);
        let mut allowed = Vec::new();
        for token in &tokens {
            allowed.push(guide.allowed().unwrap().map(|set| format!("{set:?}")));
            assert!(guide.accept(*token).unwrap());
        }
        for back in 1..=tokens.len() {
            guide.rollback(back).unwrap();
            for at in tokens.len() - back..tokens.len() {
                let now = guide.allowed().unwrap().map(|set| format!("{set:?}"));
                assert_eq!(now, allowed[at], "{text} back {back} at {at}");
                assert!(guide.accept(tokens[at]).unwrap());
            }
        }
        assert!(guide.rollback(tokens.len() + 1).is_err());
    }
}

#[test]
fn what_must_follow_is_known_without_a_model() {
    let mut guide = plan(THINK, &yes()).guide(true);
    assert!(guide.forced().is_empty());
    assert!(write(&mut guide, "</think>\n\n"));
    let forced: Vec<u8> = guide.forced().iter().map(|token| *token as u8).collect();
    assert_eq!(forced, b"\"yes\"");
}

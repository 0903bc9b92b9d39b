//! Which dialect a checkpoint speaks.

use super::*;
use crate::tokenizer::testing::with_specials;

fn found(template: &str, tokens: &[&str]) -> (ReasoningMarkup, CallMarkup) {
    let dialect = Dialect::detect(template, &with_specials(tokens));
    (dialect.reasoning, dialect.calls)
}

#[test]
fn templates_say_which_dialect_it_is() {
    use CallMarkup as C;
    use ReasoningMarkup as R;
    for (template, expected) in [
        ("{{ x }}", (R::None, C::None)),
        ("<think> {{ x }}", (R::Think, C::None)),
        ("'<tool_call>\\n{\"name\"'", (R::None, C::Hermes)),
        ("<tool_call>\\n<function=' + name", (R::None, C::QwenCoder)),
        ("'[TOOL_CALLS] [' ", (R::None, C::MistralList)),
        (
            "'[TOOL_CALLS]' name '[ARGS]' [THINK]",
            (R::BracketThink, C::MistralNamed),
        ),
        (
            "<｜tool▁calls▁begin｜> ```json",
            (R::None, C::DeepSeekFenced),
        ),
        ("<think><｜tool▁calls▁begin｜>", (R::Think, C::DeepSeek)),
        ("<|channel|>final<|message|>", (R::Harmony, C::Harmony)),
        ("<|python_tag|>", (R::None, C::LlamaJson)),
        (
            "[func_name1(params_name1=1)] <|python_tag|>",
            (R::None, C::Pythonic),
        ),
        ("<|python_start|>", (R::None, C::Pythonic)),
    ] {
        assert_eq!(found(template, &[]), expected, "{template}");
    }
}

#[test]
fn a_vocabulary_counts_where_the_template_says_nothing() {
    assert_eq!(found("", &["<|python_tag|>"]).1, CallMarkup::LlamaJson);
    // A model of one family on the vocabulary of another.
    let distilled = found("<tool_call>", &["<|python_tag|>"]);
    assert_eq!(distilled.1, CallMarkup::Hermes);
    assert_eq!(
        found("", &["<think>"]),
        (ReasoningMarkup::Think, CallMarkup::None)
    );
}

#[test]
fn every_dialect_has_a_name() {
    assert_eq!(HERMES.name(), "hermes calls, think reasoning");
    assert_eq!(Dialect::PLAIN.name(), "plain text");
}

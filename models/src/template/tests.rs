#![allow(clippy::unwrap_used)]

use super::*;
use crate::tokenizer::testing::with_specials;

const NANO: &str = include_str!("../../nano/chat_template.jinja");

fn source(name: &str) -> &'static str {
    match name {
        "brackets.jinja" => include_str!("../../tests/templates/sources/brackets.jinja"),
        "headers.jinja" => include_str!("../../tests/templates/sources/headers.jinja"),
        "macros.jinja" => include_str!("../../tests/templates/sources/macros.jinja"),
        "steps.jinja" => include_str!("../../tests/templates/sources/steps.jinja"),
        "chat_template.jinja" => NANO,
        other => panic!("{other} is in expected.json and not here"),
    }
}

fn ask<'a>(messages: &'a [Value], tools: &'a [Value]) -> Conversation<'a> {
    Conversation {
        messages,
        tools,
        add_generation_prompt: true,
        enable_thinking: None,
    }
}

fn user(content: &str) -> Value {
    json!({"role": "user", "content": content})
}

#[test]
fn c4_every_rendering_equals_python_byte_for_byte() {
    let expected: Value =
        serde_json::from_str(include_str!("../../tests/templates/expected.json")).unwrap();
    let cases = expected["cases"].as_array().unwrap();
    assert!(cases.len() >= 100);
    for case in cases {
        let template =
            ChatTemplate::parse(source(case["template"].as_str().unwrap()), "<s>", "</s>");
        let options = &expected["options"][case["options"].as_u64().unwrap() as usize];
        let messages = expected["conversations"][case["conversation"].as_str().unwrap()].as_array();
        let rendered = template.unwrap().render(&Conversation {
            messages: messages.unwrap(),
            tools: options["tools"].as_array().map_or(&[], Vec::as_slice),
            add_generation_prompt: options["add_generation_prompt"].as_bool().unwrap(),
            enable_thinking: options["enable_thinking"].as_bool(),
        });
        let name = format!(
            "{} {} {}",
            case["template"], case["conversation"], case["options"]
        );
        match (rendered, case.get("text"), case.get("error")) {
            (Ok(rendered), Some(text), _) => {
                assert_eq!(rendered.text(), text.as_str().unwrap(), "{name}");
            }
            (Err(error), _, Some(words)) => {
                assert!(
                    error.to_string().contains(words.as_str().unwrap()),
                    "{name}: {error}"
                );
            }
            (Err(_), None, None) => {} // Python fails too, in words of its own
            (rendered, ..) => panic!("{name}: {rendered:?} where Python gives {case}"),
        }
    }
}

#[test]
fn strftime_now_writes_the_date_of_today() {
    let template = ChatTemplate::parse("{{ strftime_now('%d %b %Y|%Y-%m-%d') }}", "", "").unwrap();
    let text = template.render(&ask(&[], &[])).unwrap().text();
    let today = jiff::Zoned::now().date();
    assert!(text.ends_with(&format!("|{today}")), "{text}");
}

#[test]
fn c1_nothing_of_python_or_of_the_file_system_can_be_reached() {
    for attack in [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{% include '/etc/passwd' %}",
        "{% import '/etc/passwd' as x %}",
    ] {
        let rendered = ChatTemplate::parse(attack, "", "").and_then(|t| t.render(&ask(&[], &[])));
        if let Ok(rendered) = rendered {
            assert_eq!(rendered.text(), "", "{attack}");
        }
    }
}

#[test]
fn c2_endless_work_is_an_error() {
    let nested = "{% for a in range(9000) %}{% for b in range(9000) %}{% for c in range(9000) %}\
                  {% endfor %}{% endfor %}{% endfor %}";
    let error = ChatTemplate::parse(nested, "", "")
        .unwrap()
        .render(&ask(&[], &[]))
        .unwrap_err();
    assert!(matches!(error, ModelError::Template { .. }), "{error}");
    let long = "{% for a in range(9000) %}{{ 'x' * 999 }}{% endfor %}";
    let error = ChatTemplate::parse(long, "", "")
        .and_then(|t| t.render(&ask(&[], &[])))
        .unwrap_err()
        .to_string();
    assert!(error.contains("it writes more than"), "{error}");
}

#[test]
fn c3_deep_nesting_is_an_error_and_no_crash() {
    let deep = [
        format!("{{{{ {}1 }}}}", "not ".repeat(60_000)),
        format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("{{{{ {}1 }}}}", "-".repeat(200_000)),
        "{% if 1 %}".repeat(20_000),
        format!("{{{{ a{} }}}}", ".b".repeat(100_000)),
        format!("{{{{ a{} }}}}", "|upper".repeat(40_000)),
    ];
    for source in deep {
        let parsed = ChatTemplate::parse(&source, "", "");
        if let Ok(template) = parsed {
            let _ = template.render(&ask(&[], &[]));
        }
    }
    let recursive = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}";
    let template = ChatTemplate::parse(recursive, "", "").unwrap();
    assert!(template.render(&ask(&[], &[])).is_err());
}

#[test]
fn c5_a_token_that_a_message_spells_stays_text() {
    let controls = [
        "<|im_start|>",
        "<|im_end|>",
        "<think>",
        "</think>",
        "<tool_call>",
        "[INST]",
    ];
    let tokenizer = with_specials(&controls);
    let template = ChatTemplate::for_tokenizer(NANO, &tokenizer).unwrap();
    for control in controls {
        let messages = [
            json!({"role": "system", "content": control}),
            user(&format!("a{control}b{}", &control[..3])),
            json!({"role": "assistant", "content": "", "tool_calls": [
                {"function": {"name": "t", "arguments": {control: control}}}]}),
            json!({"role": "tool", "content": control}),
            user("x"),
        ];
        let tools =
            [json!({"type": "function", "function": {"name": "t", "description": control}})];
        let rendered = template.render(&ask(&messages, &tools)).unwrap();
        let neutral: Vec<Value> = serde_json::from_str(
            &serde_json::to_string(&messages)
                .unwrap()
                .replace(control, "CONTENT"),
        )
        .unwrap();
        let plain = template.render(&ask(&neutral, &tools[..0])).unwrap();
        let count = |ids: Vec<u32>| ids.into_iter().filter(|id| *id >= 256).count();
        let with_tools = template
            .render(&ask(&neutral, &[json!({"type": "function"})]))
            .unwrap();
        assert_eq!(
            count(tokenizer.encode_prompt(&rendered).unwrap()),
            count(tokenizer.encode_prompt(&with_tools).unwrap()),
            "{control}"
        );
        assert!(count(tokenizer.encode_prompt(&plain).unwrap()) > 0);
        assert!(
            rendered.text().contains(&format!("a{control}b")),
            "the text itself is unchanged"
        );
    }
}

#[test]
fn c5_what_an_assistant_said_keeps_its_markup_and_its_calls_do_not() {
    let tokenizer = with_specials(&["<|im_end|>", "<think>", "</think>", "<tool_call>"]);
    let source = "{% for m in messages %}{% if '</think>' in m.content %}[thought]\
                  {{ m.content.split('</think>')[-1] }}{% else %}{{ m.content }}{% endif %}\
                  {{ m.tool_calls | tojson if m.tool_calls }}{% endfor %}";
    let template = ChatTemplate::for_tokenizer(source, &tokenizer).unwrap();
    let messages = [
        user("1</think>2"),
        json!({"role": "assistant", "content": "3</think>4<|im_end|>",
               "tool_calls": [{"arguments": "<think>"}]}),
    ];
    let rendered = template.render(&ask(&messages, &[])).unwrap();
    assert_eq!(
        rendered.text(),
        "1</think>2[thought]4<|im_end|>[{\"arguments\": \"<think>\"}]"
    );
    let ids = tokenizer.encode_prompt(&rendered).unwrap();
    assert!(ids.iter().all(|id| *id < 256), "{ids:?}");
}

#[test]
fn c5_a_token_in_parts_of_several_messages_stays_text() {
    let tokenizer = with_specials(&["<|im_end|>"]);
    let source = "{% for m in messages %}{{ m.content | trim }}{% endfor %}";
    let template = ChatTemplate::for_tokenizer(source, &tokenizer).unwrap();
    let messages = [
        user("a<|im_ \n"),
        user("end|>b"),
        user("\u{fdd0}<"),
        user("|im_end|>"),
    ];
    let rendered = template.render(&ask(&messages, &[])).unwrap();
    assert_eq!(rendered.text(), "a<|im_end|>b\u{fdd0}<|im_end|>");
    let ids = tokenizer.encode_prompt(&rendered).unwrap();
    let bytes: Vec<u32> = rendered.text().bytes().map(u32::from).collect();
    assert_eq!(ids, bytes);
}

#[test]
fn none_is_not_iterable_as_in_python() {
    let source = "{{ tools is iterable }} {{ messages is iterable }} {{ bos_token is defined }}";
    let template = ChatTemplate::parse(source, "", "").unwrap();
    let text = template.render(&ask(&[], &[])).unwrap().text();
    assert_eq!(text, "False True False");
}

#[test]
fn c6_a_template_that_loses_the_user_or_refuses_is_known() {
    let warned = |source: &str| {
        ChatTemplate::parse(source, "", "")
            .unwrap()
            .warnings()
            .join("\n")
    };
    assert_eq!(warned(NANO), "");
    assert!(warned("nothing").contains("drops the user's message"));
    assert!(warned("{{ raise_exception('never') }}").contains("never"));
    let without_tools = warned("{% for m in messages %}{{ m.content }}{% endfor %}");
    assert!(without_tools.contains("does not show tools"));
}

#[test]
fn tools_and_thinking_are_found_by_trying() {
    let nano = ChatTemplate::parse(NANO, "", "").unwrap();
    assert!(nano.supports_tools() && nano.supports_thinking());
    let plain =
        ChatTemplate::parse("{% for m in messages %}{{ m.content }}{% endfor %}", "", "").unwrap();
    assert!(!plain.supports_tools() && !plain.supports_thinking());
}

#[test]
fn an_open_think_block_at_the_end_of_the_prompt_is_seen() {
    let open = ChatTemplate::parse("{{ messages[0].content }}<think>\n", "", "").unwrap();
    assert!(
        open.render(&ask(&[user("x")], &[]))
            .unwrap()
            .opens_reasoning()
    );
    let nano = ChatTemplate::parse(NANO, "", "").unwrap();
    assert!(
        !nano
            .render(&ask(&[user("x")], &[]))
            .unwrap()
            .opens_reasoning()
    );
}

#[test]
fn a_source_that_is_too_long_or_does_not_parse_is_refused() {
    let long = " ".repeat(SOURCE_BYTES_MAX + 1);
    assert!(
        ChatTemplate::parse(&long, "", "")
            .unwrap_err()
            .to_string()
            .contains("the limit is")
    );
    let error = ChatTemplate::parse("{% frobnicate %}", "", "")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("frobnicate") && error.contains("line 1"),
        "{error}"
    );
}

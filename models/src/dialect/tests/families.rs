//! What each family writes, as its own documentation and chat template show it.

use super::*;

/// Reads `answer` whole and character by character, which must give the same.
fn read(calls: CallMarkup, answer: &str) -> Vec<Piece> {
    let dialect = ALL
        .into_iter()
        .find(|dialect| dialect.calls == calls)
        .unwrap();
    let pieces = whole(dialect, answer);
    assert_eq!(by_character(dialect, &Reading::default(), answer), pieces);
    pieces
}

#[test]
fn qwen_coder_writes_its_arguments_as_elements() {
    let answer = "I look.\n<tool_call>\n<function=fs.read>\n<parameter=path>\nsrc/a.rs\n</parameter>\n\
                  <parameter=lines>\n3\n</parameter>\n</function>\n</tool_call>\n<tool_call>\n\
                  <function=now>\n</function>\n</tool_call>";
    assert_eq!(
        read(CallMarkup::QwenCoder, answer),
        [
            text("I look."),
            call("fs.read", json!({"path": "src/a.rs", "lines": 3})),
            call("now", json!({})),
        ]
    );
}

#[test]
fn qwen_coder_takes_types_from_the_tools_schema_and_marks_in_values_as_they_are() {
    let tool = Tool {
        name: "fs.write".to_owned(),
        parameters: json!({"properties": {"text": {"type": "string"}, "mode": {"type": "integer"}}}),
    };
    let reading = Reading {
        tools: vec![tool],
        ..Reading::default()
    };
    let dialect = ALL[1];
    let answer = "<tool_call>\n<function=fs.write>\n<parameter=text>\n12\n</tool_call>\n<b>\n</parameter>\n\
                  <parameter=mode>\n12\n</parameter>\n</function>\n</tool_call>done";
    let expected = [
        call(
            "fs.write",
            json!({"text": "12\n</tool_call>\n<b>", "mode": 12}),
        ),
        text("done"),
    ];
    assert_eq!(parse(dialect, &reading, answer, &[]), expected);
    assert_eq!(by_character(dialect, &reading, answer), expected);
}

#[test]
fn llama_answers_with_an_object_and_separates_several_by_a_semicolon() {
    let answer = "{\"name\": \"weather\", \"parameters\": {\"city\": \"Oslo}\"}}; \
                  {\"name\": \"now\", \"parameters\": {}}";
    let expected = [
        call("weather", json!({"city": "Oslo}"})),
        call("now", json!({})),
    ];
    assert_eq!(read(CallMarkup::LlamaJson, answer), expected);
    let tagged = format!("<|python_tag|>{answer}");
    assert_eq!(read(CallMarkup::LlamaJson, &tagged), expected);
    let function = "{\"type\": \"function\", \"name\": \"now\", \"parameters\": {}}\nThat is all.";
    assert_eq!(
        read(CallMarkup::LlamaJson, function),
        [call("now", json!({})), text("That is all.")]
    );
}

#[test]
fn llama_objects_that_are_no_calls_are_text() {
    for answer in [
        "{\"name\": \"Bob\", \"age\": 3}",
        "{\"city\": \"Oslo\"}",
        "{}",
        "{\"na",
        "Use {\"name\": \"x\", \"parameters\": {}} for it.",
    ] {
        assert_eq!(
            read(CallMarkup::LlamaJson, answer),
            [text(answer)],
            "{answer}"
        );
    }
}

#[test]
fn llama_calls_its_built_in_tools_in_python() {
    assert_eq!(
        read(
            CallMarkup::LlamaJson,
            "<|python_tag|>brave_search.call(query=\"a (b)\")"
        ),
        [call("brave_search", json!({"query": "a (b)"}))]
    );
}

#[test]
fn pythonic_calls_have_pythons_literals() {
    let answer = "[weather(city='O\\'slo', days=[1, 2.5], opt={\"a\": None, 'b': True}), now()]";
    let expected = [
        call(
            "weather",
            json!({"city": "O'slo", "days": [1, 2.5], "opt": {"a": null, "b": true}}),
        ),
        call("now", json!({})),
    ];
    assert_eq!(read(CallMarkup::Pythonic, answer), expected);
    let marked = format!("<|python_start|>{answer}<|python_end|>");
    assert_eq!(read(CallMarkup::Pythonic, &marked), expected);
}

#[test]
fn pythonic_lists_and_links_are_text() {
    for answer in ["[1, 2, 3]", "[a link](http://x)", "[x", "[f(a=1)"] {
        let pieces = read(CallMarkup::Pythonic, answer);
        assert_eq!(all_text(&pieces), answer, "{pieces:?}");
    }
}

#[test]
fn mistral_writes_a_list_of_calls() {
    let answer = "Let me see.[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"[Oslo]\"}, \
                  \"id\": \"abcdefghi\"}, {\"name\": \"now\", \"arguments\": {}}]";
    assert_eq!(
        read(CallMarkup::MistralList, answer),
        [
            text("Let me see."),
            call("weather", json!({"city": "[Oslo]"})),
            call("now", json!({})),
        ]
    );
}

#[test]
fn mistral_names_each_call_since_its_eleventh_tokenizer() {
    let answer = "[THINK]which?[/THINK][TOOL_CALLS]weather[ARGS]{\"city\": \"Oslo\"}[TOOL_CALLS]now[CALL_ID]abcdefghi[ARGS]{}";
    let expected = [
        reasoning("which?"),
        call("weather", json!({"city": "Oslo"})),
        call("now", json!({})),
    ];
    assert_eq!(read(CallMarkup::MistralNamed, answer), expected);
    assert_eq!(read(CallMarkup::MistralList, answer), expected);
}

#[test]
fn deepseek_fences_its_arguments_or_not() {
    let fenced = "<think>so</think>I look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n\
                  ```json\n{\"city\": \"<｜tool▁call▁end｜>\"}\n```<｜tool▁call▁end｜>\n\
                  <｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    let expected = [
        reasoning("so"),
        text("I look."),
        call("weather", json!({"city": "<｜tool▁call▁end｜>"})),
        call("now", json!({})),
    ];
    assert_eq!(read(CallMarkup::DeepSeekFenced, fenced), expected);
    let bare = "<think>so</think>I look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>\
                {\"city\": \"<｜tool▁call▁end｜>\"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}\
                <｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    assert_eq!(read(CallMarkup::DeepSeek, bare), expected);
}

#[test]
fn harmony_has_channels() {
    let answer = "<|channel|>analysis<|message|>I need the weather.<|end|><|start|>assistant<|channel|>commentary<|message|>\
                  Let me check.<|end|><|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json\
                  <|message|>{\"city\": \"Oslo\"}<|call|>";
    assert_eq!(
        read(CallMarkup::Harmony, answer),
        [
            reasoning("I need the weather."),
            text("Let me check."),
            call("weather", json!({"city": "Oslo"})),
        ]
    );
    let last = "<|channel|>analysis<|message|>easy<|end|><|start|>assistant<|channel|>final<|message|>42 < 43<|return|>";
    assert_eq!(
        read(CallMarkup::Harmony, last),
        [reasoning("easy"), text("42 < 43")]
    );
}

#[test]
fn harmony_names_the_recipient_before_or_in_the_channel_and_may_end_without_a_mark() {
    let before = " to=functions.now<|channel|>commentary json<|message|>{}";
    assert_eq!(read(CallMarkup::Harmony, before), [call("now", json!({}))]);
    let two = "<|channel|>commentary to=functions.a<|message|>{}<|call|><|start|>assistant to=functions.b\
               <|channel|>commentary<|message|>{\"x\": 1}";
    assert_eq!(
        read(CallMarkup::Harmony, two),
        [call("a", json!({})), call("b", json!({"x": 1}))]
    );
    assert_eq!(read(CallMarkup::Harmony, "just text"), [text("just text")]);
}

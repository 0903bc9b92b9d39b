//! The engine on the model inside the program: real weights, real markup.

use serde_json::json;

use super::*;
use crate::ToolSpec;

fn nano() -> Engine {
    Engine::start(Checkpoint::builtin().unwrap(), options())
}

fn web_fetch() -> ToolSpec {
    ToolSpec {
        name: "web.fetch".to_owned(),
        description: "Downloads a page".to_owned(),
        parameters: json!({"type": "object",
            "properties": {"url": {"type": "string", "description": "Address of the page"}},
            "required": ["url"]}),
    }
}

#[test]
fn the_built_in_model_says_what_it_is_and_stops_by_itself() {
    let answer = answer(&nano(), ask("Please introduce yourself briefly.", 100));
    assert!(answer.text.contains("aldo-nano"), "{}", answer.text);
    assert_eq!(answer.finish, Some(Finish::Stop));
    assert_eq!(
        (answer.reasoning.as_str(), answer.usage.tokens_reasoning),
        ("", 0)
    );
}

#[test]
fn reasoning_is_kept_apart_and_counted() {
    let question = "First number: 7. Step one: subtract 4. Step two: multiply by 8. Final number?";
    let answer = answer(&nano(), ask(question, 200));
    assert_eq!(answer.finish, Some(Finish::Stop));
    assert!(
        answer.reasoning.contains('8') && !answer.text.is_empty(),
        "{answer:?}"
    );
    assert!(
        !answer.text.contains("think") && !answer.reasoning.contains("think"),
        "{answer:?}"
    );
    let usage = answer.usage;
    assert!(
        usage.tokens_reasoning > 2 && usage.tokens_reasoning < usage.tokens_out,
        "{usage:?}"
    );
}

#[test]
fn a_call_is_made_and_its_result_is_used_for_the_price_of_the_new_tokens() {
    let engine = nano();
    let question = Message::user("Download https://sefagima.org/pencil.");
    let request = |messages| Request {
        tools: vec![web_fetch()],
        ..Request::new(messages)
    };
    let first = answer(&engine, request(vec![question.clone()]));
    assert_eq!(first.finish, Some(Finish::ToolCalls), "{first:?}");
    let [call] = first.calls.as_slice() else {
        panic!("{first:?}")
    };
    assert_eq!(call.name, "web.fetch");
    assert_eq!(
        call.arguments,
        json!({"url": "https://sefagima.org/pencil"})
    );

    let mut asked = Message::assistant(first.text.clone()).with_tool_calls(first.calls.clone());
    asked.reasoning = Some(first.reasoning.clone()).filter(|text| !text.is_empty());
    let result = Message::tool(&call.id, "The keen axle threw the crimson flag.");
    let second = answer(&engine, request(vec![question, asked, result]));
    assert_eq!(second.finish, Some(Finish::Stop), "{second:?}");
    assert!(
        second
            .text
            .contains("The keen axle threw the crimson flag."),
        "{second:?}"
    );
    assert!(
        second.usage.tokens_cached >= first.usage.tokens_in,
        "{:?}",
        second.usage
    );
}

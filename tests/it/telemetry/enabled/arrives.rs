//! What arrives.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::{CONTENT, ENDPOINT};
use super::collector::{Collector, Told};
use crate::TestEnv;
use crate::llama::{MODEL, llama, says};
use crate::tooled::Tooled;

#[test]
fn a_run_is_told_of_under_its_own_id() {
    let env = TestEnv::new();
    let collector = Collector::start();
    let ran = env
        .aldo(["run", "hello", "--json", "--inputs", "canary-4141"])
        .env(ENDPOINT, collector.url())
        .run()
        .exits(0);
    let document = ran.json();
    let spans = collector.spans();
    let [chat, agent] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(chat.name(), "chat aldo-nano");
    assert_eq!(agent.name(), "invoke_agent hello");
    let run = document["runId"].as_str().unwrap();
    for span in [chat, agent] {
        assert_eq!(span.trace(), run.replace('-', ""));
        assert_eq!(span.text("gen_ai.conversation.id"), run);
        assert_eq!(span.text("gen_ai.agent.name"), "hello");
        assert_eq!(span.text("gen_ai.provider.name"), "candle");
        assert_eq!(span.text("gen_ai.request.model"), "aldo-nano");
        let (tokens_in, tokens_out) = (
            &document["usage"]["tokensIn"],
            &document["usage"]["tokensOut"],
        );
        assert_eq!(span.count("gen_ai.usage.input_tokens"), *tokens_in);
        assert_eq!(span.count("gen_ai.usage.output_tokens"), *tokens_out);
        assert_eq!(span.0["kind"], 1, "all of it is in this process");
        assert_eq!(span.0["status"], json!(null));
    }
    assert_eq!((chat.parent(), agent.parent()), (Some(agent.id()), None));
    assert_eq!(chat.text("gen_ai.operation.name"), "chat");
    assert_eq!(agent.text("gen_ai.operation.name"), "invoke_agent");
    let reasons = chat.attribute("gen_ai.response.finish_reasons").unwrap();
    assert_eq!(
        *reasons,
        json!({"arrayValue": {"values": [{"stringValue": "stop"}]}})
    );
    let ((chat_start, chat_end), (start, end)) = (chat.times(), agent.times());
    assert!(start <= chat_start && chat_start < chat_end && chat_end <= end);
    let told = collector.text();
    let output = document["output"].as_str().unwrap();
    assert!(!output.is_empty() && !told.contains(output), "{told}");
    assert!(!told.contains("canary-4141"), "{told}");
}

#[test]
fn tools_are_told_of_and_what_was_said_is_not() {
    let tooled = Tooled::new(2);
    let collector = Collector::start();
    let output = tooled
        .aldo(&["run", "worker.yaml", "--inputs", "canary-4242"])
        .env(ENDPOINT, collector.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let chat = format!("chat {MODEL}");
    let (chat, tool) = (chat.as_str(), "execute_tool shell.exec");
    let expected = [chat, tool, chat, tool, chat, "invoke_agent worker"];
    assert_eq!(collector.names(), expected);
    let spans = collector.spans();
    let agent = spans.last().unwrap();
    let below = spans
        .iter()
        .filter(|span| span.parent() == Some(agent.id()));
    assert_eq!(below.count(), 5);
    let ids: BTreeSet<&str> = spans.iter().map(Told::id).collect();
    assert_eq!(ids.len(), 6, "each has an id of its own");
    let tool = &spans[1];
    assert_eq!(tool.text("gen_ai.tool.name"), "shell.exec");
    assert_eq!(tool.text("gen_ai.tool.type"), "function");
    assert_eq!(tool.text("gen_ai.tool.call.id"), "call00001");
    assert_eq!(tool.attribute("gen_ai.tool.call.arguments"), None);
    assert_eq!(spans[0].0["kind"], 3, "a server answers");
    let told = collector.text();
    for said in ["canary-4242", "echo line", "wrote 2", "You write lines"] {
        assert!(!told.contains(said), "{said} in {told}");
    }
}

#[test]
fn what_was_said_is_told_to_who_asks_for_it_without_secrets() {
    let tooled = Tooled::new(1);
    let collector = Collector::start();
    let output = tooled
        .aldo(&[
            "run",
            "worker.yaml",
            "--inputs",
            "canary-4343 and canary-4444",
        ])
        .env(ENDPOINT, collector.url())
        .env(CONTENT, "true")
        .env("OTHER_API_KEY", "canary-4444")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let spans = collector.spans();
    let agent = spans.last().unwrap();
    assert!(
        agent
            .text("gen_ai.system_instructions")
            .contains("You write lines")
    );
    let given = agent.text("gen_ai.input.messages");
    assert!(
        given.contains("canary-4343 and [redacted:OTHER_API_KEY]"),
        "{given}"
    );
    assert!(
        agent
            .text("gen_ai.output.messages")
            .contains("wrote 1 lines")
    );
    let arguments = spans[1].text("gen_ai.tool.call.arguments");
    assert!(arguments.contains("echo line-1"), "{arguments}");
    assert!(spans[1].attribute("gen_ai.tool.call.result").is_some());
    assert!(!collector.text().contains("canary-4444"));
}

#[test]
fn a_tree_is_one_trace() {
    let env = TestEnv::new();
    let server = llama(|_| says("good"));
    for name in ["one", "two"] {
        let spec = format!(
            "apiVersion: aldo-ai/agent.v1\nname: {name}\n\
             model_policy: {{capability_class: local-reasoning}}\nprompt: Say something.\n"
        );
        env.write(&env.project().join(format!("agents/{name}.yaml")), spec);
    }
    let lead = "apiVersion: aldo-ai/agent.v1\nname: lead\n\
        model_policy: {capability_class: local-reasoning}\nspawn: {allowed: [one, two]}\n\
        composite: {strategy: parallel, subagents: [{agent: one}, {agent: two}]}\n";
    env.write(&env.project().join("agents/lead.yaml"), lead);
    let collector = Collector::start();
    let ran = env
        .aldo(["run", "lead", "--json", "--inputs", "go"])
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", server.base_url())
        .env(ENDPOINT, collector.url())
        .run()
        .exits(0);
    let run = ran.json()["runId"].as_str().unwrap().replace('-', "");
    let spans = collector.spans();
    assert!(spans.iter().all(|span| span.trace() == run), "{spans:?}");
    let named = |name: &str| spans.iter().find(|span| span.name() == name).unwrap();
    let lead = named("invoke_agent lead");
    assert_eq!(lead.parent(), None);
    for name in ["one", "two"] {
        let child = named(&format!("invoke_agent {name}"));
        assert_eq!(child.parent(), Some(lead.id()));
        let chats = spans
            .iter()
            .filter(|span| span.parent() == Some(child.id()));
        assert_eq!(chats.count(), 1);
    }
}

#[test]
fn a_run_that_fails_says_why_in_a_word() {
    let env = TestEnv::new();
    let collector = Collector::start();
    env.aldo(["run", "hello", "--max-tokens", "1"])
        .env(ENDPOINT, collector.url())
        .run()
        .exits(1);
    let spans = collector.spans();
    let agent = spans.last().unwrap();
    assert_eq!(agent.text("error.type"), "length_limit");
    assert_eq!(agent.0["status"], json!({"code": 2}));
    assert_eq!(spans[0].0["status"], json!(null), "the answer itself came");
}

#[test]
fn the_endpoint_may_be_in_the_users_file() {
    let env = TestEnv::new();
    let collector = Collector::start();
    let file = format!("otel_endpoint = \"{}\"\n", collector.url());
    env.write(&env.home().join(".config/aldo/config.toml"), &file);
    env.aldo(["run", "hello"]).run().exits(0);
    assert_eq!(collector.names(), ["chat aldo-nano", "invoke_agent hello"]);
    let ran = env.aldo(["doctor"]).run().exits(0);
    assert!(ran.stdout.contains("spans go to"), "{ran}");
}

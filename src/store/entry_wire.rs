//! The form in which entries lie in the database; old runs are read for ever, so it changes only by
//! addition.

use serde_json::{Value, json};

use super::entry::Entry;

impl Entry {
    /// Returns the word the entry is stored under.
    pub(super) fn kind(&self) -> &str {
        match self {
            Self::Decision(_) => "decision",
            Self::Seal(_) => "seal",
            Self::Message(_) => "message",
            Self::Answer { .. } => "answer",
            Self::MalformedToolCall { .. } => "malformed_tool_call",
            Self::Task(_) => "task",
            Self::RepairedToolCall(_) => "repaired_tool_call",
            Self::ToolIntent { .. } => "tool_intent",
            Self::ToolResult { .. } => "tool_result",
            Self::Shortened { .. } => "shortened",
            Self::Kept { kind, .. } => kind,
            Self::Resumed => "resumed",
            Self::Edited { .. } => "edited",
            Self::Subagent { .. } => "subagent",
            Self::SubagentEnded { .. } => "subagent_ended",
            Self::Spoken(_) => "spoken",
            Self::Output(_) => "output",
            Self::Failed { .. } => "failed",
            Self::HostedRequest(_) => "hosted_request",
            Self::HostedStatus { .. } => "hosted_status",
            Self::Stop { .. } => "stop",
        }
    }

    /// Returns what is stored, secrets still in it.
    pub(super) fn body(&self) -> Value {
        match self {
            Self::Decision(body)
            | Self::Seal(body)
            | Self::HostedRequest(body)
            | Self::Task(body)
            | Self::Kept { body, .. } => body.clone(),
            Self::RepairedToolCall(call) => json!(call),
            Self::ToolIntent {
                call,
                permission,
                side_effects,
            } => json!({"call": call, "permission": permission, "side_effects": side_effects}),
            // As the message that the model reads, with what came of the call beside it.
            Self::ToolResult {
                id,
                name,
                outcome,
                text,
                elapsed_ms,
            } => json!({
                "role": "tool", "content": text, "tool_call_id": id,
                "name": name, "outcome": outcome, "elapsed_ms": elapsed_ms,
            }),
            Self::Shortened {
                strategy,
                steps,
                summary,
            } => json!({"strategy": strategy, "steps": steps, "summary": summary}),
            Self::Resumed => json!({}),
            Self::Edited { run, seq } => json!({"run": run, "seq": seq}),
            Self::Message(message) => json!(message),
            Self::Answer { message, finish } => {
                let mut body = json!(message);
                if let Some(object) = body.as_object_mut() {
                    object.insert("finish".to_owned(), json!(finish));
                }
                body
            }
            Self::Subagent {
                place,
                alias,
                agent,
                run,
            } => json!({"place": place, "as": alias, "agent": agent, "run": run}),
            Self::SubagentEnded {
                place,
                alias,
                stop,
                output,
            } => json!({"place": place, "as": alias, "stop": stop, "output": output}),
            Self::Spoken(text) | Self::Output(text) => json!({"text": text}),
            Self::MalformedToolCall { text, reason } => json!({"text": text, "reason": reason}),
            Self::Failed {
                provider,
                model,
                reason,
            } => json!({"provider": provider, "model": model, "reason": reason}),
            Self::HostedStatus { run, status } => json!({"run": run, "status": status}),
            Self::Stop { stop, reason } => json!({"stop": stop, "reason": reason}),
        }
    }
}

#[cfg(test)]
mod tests {
    use aldo_backends::{Finish, Message, ToolCall};
    use serde_json::json;

    use super::Entry;

    fn call() -> ToolCall {
        ToolCall {
            id: "1".to_owned(),
            name: "fs.read".to_owned(),
            arguments: json!({"path": "a"}),
        }
    }

    fn of_the_way() -> Vec<Entry> {
        vec![
            Entry::Decision(json!({"outcome": {}})),
            Entry::Message(Message::user("hi")),
            Entry::Message(Message::tool("1", "text")),
            Entry::Task(json!({"agent": "a"})),
            Entry::RepairedToolCall(call()),
            Entry::ToolIntent {
                call: call(),
                permission: "person",
                side_effects: false,
            },
            Entry::ToolResult {
                id: "1".to_owned(),
                name: "fs.read".to_owned(),
                outcome: "done",
                text: "line".to_owned(),
                elapsed_ms: 3,
            },
            Entry::Shortened {
                strategy: "rolling-window",
                steps: 2,
                summary: None,
            },
            Entry::Resumed,
            Entry::Edited {
                run: "r0".to_owned(),
                seq: 4,
            },
        ]
    }

    fn of_answers_and_trees() -> Vec<Entry> {
        let message = Message {
            reasoning: Some("hm".to_owned()),
            ..Message::assistant("see").with_tool_calls(vec![call()])
        };
        vec![
            Entry::Answer {
                message,
                finish: Some(Finish::ToolCalls),
            },
            Entry::Answer {
                message: Message::assistant("cut"),
                finish: None,
            },
            Entry::MalformedToolCall {
                text: "<x>".to_owned(),
                reason: "no".to_owned(),
            },
            Entry::Subagent {
                place: "1.2".to_owned(),
                alias: "plan".to_owned(),
                agent: "tech-lead".to_owned(),
                run: "r1".to_owned(),
            },
            Entry::SubagentEnded {
                place: "1.2".to_owned(),
                alias: "plan".to_owned(),
                stop: "completed",
                output: "steps".to_owned(),
            },
            Entry::Spoken("do this".to_owned()),
            Entry::Output("all".to_owned()),
            Entry::Failed {
                provider: "ollama".to_owned(),
                model: "m".to_owned(),
                reason: "gone".to_owned(),
            },
            Entry::HostedRequest(json!({"agentName": "a"})),
            Entry::HostedStatus {
                run: "r1".to_owned(),
                status: "running".to_owned(),
            },
            Entry::Stop {
                stop: "completed",
                reason: None,
            },
        ]
    }

    #[test]
    fn entries_keep_their_form() {
        let entries = [of_the_way(), of_answers_and_trees()].concat();
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| format!("{} {}", entry.kind(), entry.body()))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        decision {"outcome":{}}
        message {"role":"user","content":"hi"}
        message {"role":"tool","content":"text","tool_call_id":"1"}
        task {"agent":"a"}
        repaired_tool_call {"id":"1","name":"fs.read","arguments":{"path":"a"}}
        tool_intent {"call":{"id":"1","name":"fs.read","arguments":{"path":"a"}},"permission":"person","side_effects":false}
        tool_result {"role":"tool","content":"line","tool_call_id":"1","name":"fs.read","outcome":"done","elapsed_ms":3}
        shortened {"strategy":"rolling-window","steps":2,"summary":null}
        resumed {}
        edited {"run":"r0","seq":4}
        answer {"role":"assistant","content":"see","reasoning":"hm","tool_calls":[{"id":"1","name":"fs.read","arguments":{"path":"a"}}],"finish":"tool_calls"}
        answer {"role":"assistant","content":"cut","finish":null}
        malformed_tool_call {"text":"<x>","reason":"no"}
        subagent {"place":"1.2","as":"plan","agent":"tech-lead","run":"r1"}
        subagent_ended {"place":"1.2","as":"plan","stop":"completed","output":"steps"}
        spoken {"text":"do this"}
        output {"text":"all"}
        failed {"provider":"ollama","model":"m","reason":"gone"}
        hosted_request {"agentName":"a"}
        hosted_status {"run":"r1","status":"running"}
        stop {"stop":"completed","reason":null}
        "#);
    }
}

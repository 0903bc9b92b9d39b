#![allow(clippy::unwrap_used)]

mod faults;
mod forms;
mod guide;
mod hostile;

use std::fs;
use std::time::Instant;

use super::super::*;
use super::*;
use crate::capabilities::{Capability, CapabilityClass};

const FILES: [(&str, &str); 4] = [
    ("t/p.md", "You review {{ language }} code."),
    ("t/plain.md", "Be kind."),
    ("t/in.json", r#"{"properties":{"task":{"default":"go"}}}"#),
    (
        "t/out.json",
        r#"{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}"#,
    ),
];

fn parse(text: &str) -> Result<AgentSpec, FileError> {
    let beside = Beside::Embedded("t", &FILES);
    AgentSpec::parse(text, "agents/reviewer.yaml", beside, PrivacyTier::Internal)
}

/// Every fault as `line:column: message | hint`.
fn faults(text: &str) -> Vec<String> {
    let error = parse(text).expect_err("the spec is wrong");
    let show = |fault: Fault| {
        let hint = fault
            .hint
            .map(|hint| format!(" | {hint}"))
            .unwrap_or_default();
        format!("{}:{}: {}{hint}", fault.line, fault.column, fault.message)
    };
    error.faults.into_iter().map(show).collect()
}

fn only_fault(text: &str) -> String {
    let mut faults = faults(text);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

const FULL: &str = "\
apiVersion: aldo-ai/agent.v1
kind: Agent
identity:
  name: reviewer
  version: 1.2.3
  description: Reviews code.
  owner: platform
  tags: [code, review]
role:
  team: delivery
  reports_to: tech-lead
  pattern: worker
model_policy:
  capability_requirements: [tool-use, 128k-context]
  privacy_tier: sensitive
  primary:
    capability_class: reasoning-medium
  fallbacks:
    - capability_class: local-reasoning
    - fast-draft
  budget:
    usd_per_run: 0.5
    usd_grace: 0.1
    tokens_in_max: 32000
    tokens_out_max: 2000
  latency:
    p95_ms: 3000
  decoding:
    mode: json
    temperature: 0.2
prompt:
  system_file: p.md
  variables:
    language: Rust
tools:
  native: [fs.read, fs.write]
  mcp:
    - server: github
      allow: [get_issue]
  permissions:
    network: none
    filesystem: read-write
  guards:
    shell: {deny: [no]}
  approvals:
    fs.write: protected_paths
    get_issue: always
memory:
  read: [project]
  write: [project]
  retention: 30d
spawn:
  allowed: [security-auditor]
inputs:
  schema_ref: in.json
outputs:
  schema_ref: out.json
eval_gate:
  required_suites:
    - suite: review
      min_score: 0.8
iteration:
  max_cycles: 4
  context_window: 16000
  summary_strategy: periodic-summary
  termination_conditions:
    - kind: text-includes
      text: DONE
    - kind: tool-result
      tool: fs.write
      includes: ok
    - kind: budget-exhausted
termination:
  max_turns: 10
  max_usd: 0.4
  text_mention: APPROVED
  success_roles: [reviewer]
sandbox:
  timeout_ms: 1000
";

const SHORT: &str = "\
apiVersion: aldo-ai/agent.v1
name: reviewer
version: 1.2.3
description: Reviews code.
privacy_tier: sensitive
model_policy:
  capability_class: reasoning-medium
  fallback: local-reasoning
prompt: You review code.
tools:
  - id: fs.read
  - id: fs.write
";

/// The least a spec must have.
const LEAST: &str = "\
apiVersion: aldo-ai/agent.v1
model_policy:
  capability_class: fast-draft
";

#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::Instant;

use super::super::*;
use super::*;
use crate::capabilities::{Capability, CapabilityClass};

const FILES: [(&str, &str); 3] = [
    ("t/p.md", "You review {{ language }} code."),
    ("t/plain.md", "Be kind."),
    ("t/in.json", r#"{"properties":{"task":{"default":"go"}}}"#),
];

fn parse(text: &str) -> Result<AgentSpec, SpecError> {
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
    output_scanner: no
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

mod forms {
    use super::*;

    #[test]
    fn every_key_of_the_full_form_is_read() {
        let spec = parse(FULL).unwrap();
        assert_eq!(spec.identity.name, "reviewer");
        assert_eq!(spec.identity.version, "1.2.3");
        assert_eq!(spec.identity.owner.as_deref(), Some("platform"));
        assert_eq!(spec.identity.tags, ["code", "review"]);
        assert_eq!(spec.role.reports_to.as_deref(), Some("tech-lead"));
        let policy = &spec.model_policy;
        let required = [Capability::TOOL_USE, Capability::CONTEXT_128K];
        assert_eq!(policy.capability_requirements, required.into());
        assert_eq!(policy.privacy_tier, PrivacyTier::Sensitive);
        assert_eq!(policy.primary, CapabilityClass::REASONING_MEDIUM);
        let fallbacks = [
            CapabilityClass::LOCAL_REASONING,
            CapabilityClass::FAST_DRAFT,
        ];
        assert_eq!(policy.fallbacks, fallbacks);
        assert_eq!(policy.budget.usd_per_run, Some(0.5));
        assert_eq!(policy.budget.usd_grace, Some(0.1));
        assert_eq!(policy.budget.tokens_in_max, Some(32_000));
        assert_eq!(policy.budget.tokens_out_max, Some(2000));
        assert_eq!(policy.latency_p95_ms, Some(3000));
        assert_eq!(policy.decoding.mode, DecodingMode::Json);
        assert_eq!(policy.decoding.temperature, Some(0.2));
        assert_eq!(spec.prompt.system, "You review {{ language }} code.");
        assert_eq!(spec.prompt.variables["language"], "Rust");
        assert_eq!(spec.tools.native, ["fs.read", "fs.write"]);
        assert_eq!(spec.tools.mcp[0].server, "github");
        assert_eq!(
            spec.tools.permissions.filesystem,
            FilesystemPermission::ReadWrite
        );
        assert_eq!(spec.tools.permissions.network, NetworkPermission::None);
        assert_eq!(spec.tools.approvals["fs.write"], Approval::ProtectedPaths);
        assert_eq!(spec.memory.read, ["project"]);
        assert_eq!(spec.spawn_allowed, ["security-auditor"]);
        assert_eq!(spec.inputs.defaults["task"], "go");
        assert_eq!(spec.outputs.schema_ref.as_deref(), Some("out.json"));
        assert!((spec.eval_gate.required_suites[0].min_score - 0.8).abs() < f64::EPSILON);
        let iteration = spec.iteration.unwrap();
        assert_eq!(iteration.max_cycles, 4);
        assert_eq!(iteration.context_window, Some(16_000));
        assert_eq!(iteration.summary_strategy, SummaryStrategy::PeriodicSummary);
        assert_eq!(iteration.termination_conditions.len(), 3);
        assert_eq!(spec.termination.text_mention.as_deref(), Some("APPROVED"));
        assert_eq!(spec.termination.success_roles, ["reviewer"]);
        assert_eq!(spec.sandbox["timeout_ms"], 1000);
    }

    #[test]
    fn the_short_form_of_the_guides_becomes_the_same_type() {
        let spec = parse(SHORT).unwrap();
        assert_eq!(spec.identity.name, "reviewer");
        assert_eq!(spec.identity.version, "1.2.3");
        assert_eq!(spec.tier(), PrivacyTier::Sensitive);
        assert_eq!(spec.model_policy.primary, CapabilityClass::REASONING_MEDIUM);
        assert_eq!(
            spec.model_policy.fallbacks,
            [CapabilityClass::LOCAL_REASONING]
        );
        assert_eq!(spec.prompt.system, "You review code.");
        assert_eq!(spec.tools.native, ["fs.read", "fs.write"]);
    }

    #[test]
    fn the_short_form_may_list_several_fallbacks() {
        let text = SHORT.replace(
            "fallback: local-reasoning",
            "fallback: [fast-draft, local-reasoning]",
        );
        let fallbacks = [
            CapabilityClass::FAST_DRAFT,
            CapabilityClass::LOCAL_REASONING,
        ];
        assert_eq!(parse(&text).unwrap().model_policy.fallbacks, fallbacks);
    }

    #[test]
    fn a_spec_that_says_little_gets_its_name_from_the_file_and_the_default_tier() {
        let spec = parse(LEAST).unwrap();
        assert_eq!(spec.identity.name, "reviewer");
        assert_eq!(spec.identity.version, "0.1.0");
        assert_eq!(spec.tier(), PrivacyTier::Internal);
        let beside = Beside::Embedded("t", &FILES);
        let sensitive = AgentSpec::parse(LEAST, "x.yaml", beside, PrivacyTier::Sensitive).unwrap();
        assert_eq!(sensitive.tier(), PrivacyTier::Sensitive);
    }

    #[test]
    fn a_tier_that_is_written_holds_over_the_default() {
        let beside = Beside::Embedded("t", &FILES);
        let text = format!("{LEAST}privacy_tier: public\n");
        let spec = AgentSpec::parse(&text, "x.yaml", beside, PrivacyTier::Sensitive).unwrap();
        assert_eq!(spec.tier(), PrivacyTier::Public);
    }

    #[test]
    fn each_composite_strategy_is_read() {
        for (strategy, more) in [
            ("sequential", ""),
            ("parallel", ""),
            ("debate", "  aggregator: judge\n"),
            (
                "iterative",
                "  iteration: {max_rounds: 3, terminate: DONE}\n",
            ),
        ] {
            let text = format!(
                "{LEAST}composite:\n  strategy: {strategy}\n{more}  subagents:\n    - agent: a\n      as: first\n      input_map: {{task: brief}}\n"
            );
            let composite = parse(&text).unwrap().composite.unwrap();
            assert_eq!(
                composite.subagents[0].alias.as_deref(),
                Some("first"),
                "{strategy}"
            );
            assert_eq!(composite.subagents[0].input_map["task"], "brief");
        }
    }

    #[test]
    fn the_need_of_an_agent_is_its_policy() {
        let need = parse(FULL)
            .unwrap()
            .need(1200, Some(9.0), Some("m".to_owned()));
        assert_eq!(need.agent, "reviewer");
        assert_eq!(need.tier, PrivacyTier::Sensitive);
        let words: Vec<&str> = need.classes.iter().map(CapabilityClass::as_str).collect();
        assert_eq!(words, ["reasoning-medium", "local-reasoning", "fast-draft"]);
        assert_eq!((need.tokens_in, need.tokens_out_max), (1200, 2000));
        assert_eq!(
            need.usd_left,
            Some(0.4),
            "the least of flag, budget and termination holds"
        );
        assert_eq!(need.latency_p95_ms, Some(3000));
        assert_eq!(need.model.as_deref(), Some("m"));
        assert_eq!(parse(LEAST).unwrap().need(0, None, None).usd_left, None);
    }
}

mod faults {
    use super::*;

    #[test]
    fn an_unknown_key_is_shown_with_its_place_and_the_key_that_was_meant() {
        let text = SHORT.replace("privacy_tier:", "privacy_teir:");
        assert_eq!(
            only_fault(&text),
            "5:1: unknown key `privacy_teir` | did you mean `privacy_tier`?"
        );
    }

    #[test]
    fn an_unknown_key_inside_a_section_is_shown_with_the_keys_known_there() {
        let text = FULL.replace("    usd_grace: 0.1", "    zzz: 0.1");
        assert_eq!(
            only_fault(&text),
            "23:5: unknown key `zzz` | the keys known here: usd_per_run, usd_grace, tokens_in_max, tokens_out_max"
        );
    }

    #[test]
    fn a_key_of_the_other_spelling_is_recognised() {
        let text = SHORT.replace("model_policy:", "modelPolicy:");
        assert_eq!(
            only_fault(&text),
            "6:1: unknown key `modelPolicy` | did you mean `model_policy`?"
        );
    }

    #[test]
    fn a_missing_key_is_named() {
        assert_eq!(only_fault("name: x\n"), "1:1: missing key `apiVersion`");
        assert_eq!(
            only_fault("apiVersion: aldo-ai/agent.v1\nname: x\n"),
            "2:1: missing key `model_policy`"
        );
    }

    #[test]
    fn an_unknown_word_is_shown_with_the_known_ones() {
        let text = SHORT.replace("privacy_tier: sensitive", "privacy_tier: sensitiv");
        assert_eq!(
            only_fault(&text),
            "5:15: unknown word `sensitiv`, expected `public`, `internal` or `sensitive` | did you mean `sensitive`?"
        );
        let text = FULL.replace("mode: json", "mode: jsn");
        assert_eq!(
            only_fault(&text),
            "29:11: unknown word `jsn`, expected `free`, `json` or `constrained` | did you mean `json`?"
        );
    }

    #[test]
    fn a_wrong_type_is_shown_with_what_was_expected() {
        let text = FULL.replace("tokens_in_max: 32000", "tokens_in_max: many");
        assert!(
            only_fault(&text).starts_with("24:20: "),
            "{}",
            only_fault(&text)
        );
        let text = FULL.replace("  native: [fs.read, fs.write]", "  native: fs.read");
        assert!(
            only_fault(&text).starts_with("36:11: "),
            "{}",
            only_fault(&text)
        );
    }

    #[test]
    fn numbers_out_of_range_are_shown_at_their_place() {
        let cases = [
            (
                "usd_per_run: 0.5",
                "usd_per_run: -1",
                "22:18: expected an amount of US dollars that is not negative, found `-1`",
            ),
            (
                "usd_per_run: 0.5",
                "usd_per_run: .nan",
                "22:18: expected an amount of US dollars that is not negative, found `NaN`",
            ),
            (
                "temperature: 0.2",
                "temperature: 9",
                "30:18: expected a temperature from 0 to 2, found `9`",
            ),
            (
                "min_score: 0.8",
                "min_score: 80",
                "61:18: expected a number from 0 to 1, found `80`",
            ),
            (
                "max_cycles: 4",
                "max_cycles: 0",
                "63:15: expected at least 1, found `0`",
            ),
            (
                "max_turns: 10",
                "max_turns: 0",
                "74:14: expected at least 1, found `0`",
            ),
            (
                "p95_ms: 3000",
                "p95_ms: 0",
                "27:13: expected at least 1, found `0`",
            ),
        ];
        for (from, to, expected) in cases {
            assert_eq!(only_fault(&FULL.replace(from, to)), expected);
        }
    }

    #[test]
    fn a_wrong_version_of_the_format_is_shown() {
        let text = SHORT.replace("agent.v1", "agent.v2");
        assert_eq!(
            only_fault(&text),
            "1:13: unknown `apiVersion`, expected `aldo-ai/agent.v1`"
        );
        let text = FULL.replace("kind: Agent", "kind: Suite");
        assert_eq!(only_fault(&text), "2:7: unknown `kind`, expected `Agent`");
    }

    #[test]
    fn a_class_that_is_no_word_is_refused() {
        let text = SHORT.replace("fallback: local-reasoning", "fallback: 'Local Reasoning'");
        assert!(only_fault(&text).starts_with("8:13: `Local Reasoning` is not a capability word"));
        let text = FULL.replace("    - fast-draft", "    - Fast Draft");
        assert!(
            only_fault(&text).starts_with("20:7: `Fast Draft` is not"),
            "{}",
            only_fault(&text)
        );
    }

    #[test]
    fn keys_of_both_forms_for_the_same_thing_are_refused() {
        let text = FULL.replace("role:", "name: other\nprivacy_tier: public\nrole:");
        assert_eq!(
            super::faults(&text),
            [
                "9:7: `name` is beside `identity` | move it into `identity`",
                "10:15: `privacy_tier` is here and in `model_policy` | keep one of them",
            ]
        );
        let text = FULL.replace(
            "  fallbacks:",
            "  capability_class: x\n  fallback: y\n  fallbacks:",
        );
        assert_eq!(super::faults(&text).len(), 2);
    }

    #[test]
    fn every_fault_is_reported_in_the_order_of_the_file() {
        let text = "\
apiVersion: aldo-ai/agent.v2
name: Not A Name
model_policy: {}
prompt:
  system_file: gone.md
tools: [{id: fs.reed}, fs.read, fs.read]
";
        assert_eq!(
            super::faults(text),
            [
                "1:13: unknown `apiVersion`, expected `aldo-ai/agent.v1`",
                "2:7: `Not A Name` cannot name an agent, expected up to 64 lower-case letters, digits, `-` or `_`",
                "3:15: `model_policy` names no capability class | add `capability_class`, one of \
                 reasoning-large, reasoning-medium, reasoning-small, local-reasoning, fast-draft",
                "5:16: `system_file`: `gone.md` is not there",
                "6:9: unknown tool `fs.reed` | did you mean `fs.read`?",
                "6:33: the tool `fs.read` is here a second time",
            ]
        );
    }

    #[test]
    fn composite_and_iteration_exclude_each_other() {
        let text = format!(
            "{LEAST}composite:\n  strategy: sequential\n  subagents: [{{agent: a}}]\niteration:\n  max_cycles: 2\n"
        );
        assert_eq!(
            only_fault(&text),
            "8:3: `composite` and `iteration` exclude each other | \
             a supervisor repeats its children with `composite.iteration`"
        );
    }

    #[test]
    fn a_composite_is_complete_for_its_strategy() {
        let composite = |rest: &str| format!("{LEAST}composite:\n  {rest}\n");
        let cases = [
            (
                "{strategy: debate, subagents: [{agent: a}]}",
                "`strategy: debate` needs an `aggregator`",
            ),
            (
                "{strategy: iterative, subagents: [{agent: a}]}",
                "`strategy: iterative` needs `iteration`",
            ),
            (
                "{strategy: parallel, subagents: []}",
                "`composite` needs at least one subagent",
            ),
            (
                "{strategy: parallel, subagents: [{agent: '../x'}]}",
                "`../x` cannot name an agent",
            ),
        ];
        for (rest, expected) in cases {
            assert!(only_fault(&composite(rest)).contains(expected), "{rest}");
        }
    }

    #[test]
    fn constrained_decoding_needs_its_schema_and_only_it_has_one() {
        let text = FULL.replace("mode: json", "mode: constrained");
        assert!(
            only_fault(&text).ends_with("`decoding.mode: constrained` needs `json_schema_ref`")
        );
        let text = FULL.replace("mode: json", "mode: json\n    json_schema_ref: s.json");
        assert!(
            only_fault(&text).ends_with("`json_schema_ref` needs `decoding.mode: constrained`")
        );
        let text = FULL.replace(
            "mode: json",
            "mode: constrained\n    json_schema_ref: /etc/s.json",
        );
        assert!(only_fault(&text).ends_with("`/etc/s.json` leads out of the spec's folder"));
    }

    #[test]
    fn a_variable_the_prompt_uses_must_be_declared() {
        let text = FULL.replace("    language: Rust", "    tongue: Rust");
        assert_eq!(
            only_fault(&text),
            "32:16: the prompt uses `{{ language }}`, which is no variable | add `language` to `prompt.variables`"
        );
        let listed = FULL.replace(
            "  variables:\n    language: Rust",
            "  variables: [language]",
        );
        assert_eq!(
            parse(&listed).unwrap().prompt.variables["language"],
            Value::Null
        );
    }

    #[test]
    fn an_approval_is_for_a_tool_the_agent_has() {
        let text = FULL.replace("    get_issue: always", "    shell.exec: never");
        assert_eq!(
            only_fault(&text),
            "47:17: an approval for `shell.exec`, which is no tool here"
        );
    }

    #[test]
    fn the_error_reads_as_path_line_column() {
        let error = parse(&SHORT.replace("privacy_tier:", "privacy_teir:")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "agents/reviewer.yaml:5:1: unknown key `privacy_teir`"
        );
        let two =
            parse("apiVersion: x\nkind: y\nmodel_policy: {capability_class: z}\n").unwrap_err();
        assert_eq!(
            two.to_string(),
            "agents/reviewer.yaml:1:13: unknown `apiVersion`, expected `aldo-ai/agent.v1` (and 1 more)"
        );
        assert_eq!(two.lines().count(), 2);
    }
}

/// Case C9 of the hostile inputs.
mod hostile {
    use super::*;

    #[test]
    fn c09_an_alias_bomb_is_refused_at_once() {
        let mut bomb = String::from(
            "apiVersion: aldo-ai/agent.v1\nmodel_policy: {capability_class: x}\nsandbox:\n",
        );
        bomb.push_str("  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let row = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("  a{level}: &a{level} [{row}]\n"));
        }
        let begun = Instant::now();
        let fault = only_fault(&bomb);
        assert!(fault.contains("too large or too deep"), "{fault}");
        assert!(begun.elapsed().as_millis() < 100, "{:?}", begun.elapsed());
    }

    #[test]
    fn c09_two_hundred_thousand_brackets_are_refused_at_once() {
        for text in [
            "[".repeat(200_000),
            "{a: ".repeat(200_000),
            "- ".repeat(200_000),
        ] {
            let begun = Instant::now();
            assert!(parse(&text).is_err());
            assert!(begun.elapsed().as_millis() < 100, "{:?}", begun.elapsed());
        }
    }

    #[test]
    fn c09_a_tab_that_indents_is_refused_with_its_place() {
        let fault = only_fault(&SHORT.replace("  capability_class", "\tcapability_class"));
        assert!(fault.starts_with("7:2: tabs"), "{fault}");
        assert!(fault.contains("tab"), "{fault}");
    }

    #[test]
    fn c09_a_duplicate_key_is_refused_with_its_place() {
        let text = SHORT.replace("version: 1.2.3", "name: twice");
        assert_eq!(
            only_fault(&text),
            "3:1: the key `name` is here a second time"
        );
    }

    #[test]
    fn c09_no_stays_a_text() {
        let text = SHORT.replace("description: Reviews code.", "description: no");
        assert_eq!(parse(&text).unwrap().identity.description, "no");
        let spec = parse(FULL).unwrap();
        assert_eq!(spec.tools.guards["output_scanner"], "no");
    }

    #[test]
    fn c09_a_second_document_is_refused() {
        let fault = only_fault(&format!("{SHORT}---\n{SHORT}"));
        assert_eq!(
            fault,
            "14:1: a second document begins here, and a spec is one"
        );
    }

    #[test]
    fn c09_a_spec_over_a_megabyte_is_refused() {
        let text = format!("{SHORT}# {}\n", "x".repeat(10_000_000));
        assert_eq!(only_fault(&text), "1:1: the file is larger than 1 MB");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.yaml");
        fs::write(&path, text).unwrap();
        let error = AgentSpec::load(&path, PrivacyTier::Internal).unwrap_err();
        assert_eq!(error.faults[0].message, "the file is larger than 1 MB");
    }

    #[test]
    fn c09_a_prompt_outside_the_folder_is_refused() {
        for file in ["../../x", "/etc/passwd", "a/../../x"] {
            let fault =
                only_fault(&FULL.replace("system_file: p.md", &format!("system_file: {file}")));
            assert_eq!(
                fault,
                format!("32:16: `system_file`: `{file}` leads out of the spec's folder")
            );
        }
    }

    #[test]
    fn c09_merge_keys_and_unknown_tags_are_refused() {
        let merged = SHORT.replace("model_policy:\n", "model_policy:\n  <<: {fallback: x}\n");
        assert!(only_fault(&merged).ends_with("`<<` is not supported"));
        let tagged = SHORT.replace("name: reviewer", "name: !!python/object reviewer");
        assert!(
            only_fault(&tagged).contains("tag"),
            "{}",
            only_fault(&tagged)
        );
    }

    #[test]
    fn c09_an_empty_file_and_one_that_is_no_map_are_refused() {
        for text in ["", "\n# nothing\n", "hello", "- a\n", "42", "null"] {
            let fault = only_fault(text);
            assert!(!fault.contains("panicked"), "{text:?}: {fault}");
        }
    }

    #[test]
    fn messages_carry_no_control_characters_from_the_file() {
        let text = format!("{SHORT}\"x\\u001b]52;c;\\u202e\": 1\n");
        let fault = only_fault(&text);
        assert!(fault.contains("unknown key"), "{fault}");
        assert!(!fault.contains(['\u{1b}', '\u{202e}', '\n']), "{fault:?}");
    }

    #[test]
    fn a_file_that_is_gone_a_folder_or_no_text_is_an_error_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let load = |name: &str| {
            let error = AgentSpec::load(&folder.path().join(name), PrivacyTier::Internal);
            error.unwrap_err().faults.remove(0).message
        };
        fs::write(folder.path().join("bytes.yaml"), [0xff]).unwrap();
        assert!(load("gone.yaml").starts_with("the file cannot be read"));
        assert_eq!(load("."), "the file is not a file");
        assert_eq!(load("bytes.yaml"), "the file is not UTF-8 text");
    }
}

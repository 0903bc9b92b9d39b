use aldo_backends::ResponseFormat;

use super::*;
use crate::capabilities::PrivacyTier;

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
fn what_a_sandbox_or_a_guard_cannot_hold_is_refused_with_its_place() {
    let text = format!("{LEAST}sandbox:\n  image: alpine\n");
    assert_eq!(
        only_fault(&text),
        "5:3: unknown key `image` | the keys known here: timeout_ms"
    );
    let text = format!("{LEAST}tools:\n  guards:\n    shell: {{alow: [sh]}}\n");
    let fault = only_fault(&text);
    assert!(
        fault.starts_with("6:5: `tools.guards`: unknown field `alow`"),
        "{fault}"
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
        faults(&text),
        [
            "9:7: `name` is beside `identity` | move it into `identity`",
            "10:15: `privacy_tier` is here and in `model_policy` | keep one of them",
        ]
    );
    let text = FULL.replace(
        "  fallbacks:",
        "  capability_class: x\n  fallback: y\n  fallbacks:",
    );
    assert_eq!(faults(&text).len(), 2);
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
        faults(text),
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
    assert!(only_fault(&text).ends_with("`decoding.mode: constrained` needs `json_schema_ref`"));
    let text = FULL.replace("mode: json", "mode: json\n    json_schema_ref: s.json");
    assert!(only_fault(&text).ends_with("`json_schema_ref` needs `decoding.mode: constrained`"));
    let text = FULL.replace(
        "mode: json",
        "mode: constrained\n    json_schema_ref: /etc/s.json",
    );
    assert!(only_fault(&text).ends_with("`/etc/s.json` leads out of the spec's folder"));
    let text = FULL.replace(
        "mode: json",
        "mode: constrained\n    json_schema_ref: no.json",
    );
    assert!(only_fault(&text).ends_with("`no.json` is not there"));
}

#[test]
fn c08_a_schema_that_answers_cannot_be_held_to_is_a_fault_that_names_the_keyword() {
    let folder = tempfile::tempdir().unwrap();
    let load = |schema: &str| {
        std::fs::write(folder.path().join("s.json"), schema).unwrap();
        let path = folder.path().join("strict.yaml");
        let text = "apiVersion: aldo-ai/agent.v1\nmodel_policy:\n  capability_class: local-reasoning\n  \
                    decoding: {mode: constrained, json_schema_ref: s.json}\n";
        std::fs::write(&path, text).unwrap();
        AgentSpec::load(&path, PrivacyTier::Internal)
    };
    let spec = load(r#"{"type": "object", "properties": {"n": {"type": "integer"}}}"#).unwrap();
    let decoding = &spec.model_policy.decoding;
    assert!(
        matches!(decoding.response(), ResponseFormat::JsonSchema(schema) if schema["type"] == "object")
    );
    let refused = |schema: &str| load(schema).unwrap_err().to_string();
    let message = refused(r#"{"type": "array", "uniqueItems": true}"#);
    assert!(
        message
            .contains("`s.json`: keyword `uniqueItems` of the JSON Schema at `/` is not supported"),
        "{message}"
    );
    assert!(refused("{").contains("`s.json` is not a JSON Schema"));
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
    let two = parse("apiVersion: x\nkind: y\nmodel_policy: {capability_class: z}\n").unwrap_err();
    assert_eq!(
        two.to_string(),
        "agents/reviewer.yaml:1:13: unknown `apiVersion`, expected `aldo-ai/agent.v1` (and 1 more)"
    );
    assert_eq!(two.lines().count(), 2);
}

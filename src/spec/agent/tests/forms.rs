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
    let held_to = spec.model_policy.decoding.json_schema.as_ref();
    assert!(
        held_to.is_some_and(|schema| schema["required"][0] == "ok"),
        "{held_to:?}"
    );
    assert!((spec.eval_gate.required_suites[0].min_score - 0.8).abs() < f64::EPSILON);
    let iteration = spec.iteration.unwrap();
    assert_eq!(iteration.max_cycles, 4);
    assert_eq!(iteration.context_window, Some(16_000));
    assert_eq!(iteration.summary_strategy, SummaryStrategy::PeriodicSummary);
    assert_eq!(iteration.termination_conditions.len(), 3);
    assert_eq!(spec.termination.text_mention.as_deref(), Some("APPROVED"));
    assert_eq!(spec.termination.success_roles, ["reviewer"]);
    assert_eq!(spec.sandbox.timeout_ms, Some(1000));
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

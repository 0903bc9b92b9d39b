#![allow(clippy::unwrap_used)]

use super::*;
use crate::spec::{AgentSpec, Origin};

/// A child that nobody looked for, with the pairs of its `input_map`.
pub(in crate::supervise) fn child(alias: &str, pairs: &[(&str, &str)]) -> Child {
    let pairs = pairs.iter();
    Child {
        alias: alias.to_owned(),
        input_map: pairs
            .map(|(name, source)| ((*name).to_owned(), (*source).to_owned()))
            .collect(),
        member: Member {
            found: agent(alias, ""),
            children: Vec::new(),
            aggregator: None,
        },
    }
}

/// The agent `name` of class `local-reasoning`, with `rest` in its spec.
pub(in crate::supervise) fn agent(name: &str, rest: &str) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("{name}.yaml"));
    let text = format!(
        "apiVersion: aldo-ai/agent.v1\nname: {name}\nmodel_policy: {{capability_class: local-reasoning}}\n{rest}"
    );
    std::fs::write(&path, text).unwrap();
    Found {
        spec: AgentSpec::load(&path, PrivacyTier::Internal).unwrap(),
        origin: Origin::Named,
        path: name.to_owned(),
        warnings: Vec::new(),
    }
}

/// A supervisor of `children`, all of which it may start.
pub(in crate::supervise) fn supervisor(name: &str, composite: &str, children: &[&str]) -> Found {
    let agents: Vec<String> = children.iter().map(|c| format!("{{agent: {c}}}")).collect();
    let names = children.join(", ");
    agent(
        name,
        &format!(
            "spawn: {{allowed: [{names}, judge]}}\ncomposite: {{{composite}, subagents: [{}]}}\n",
            agents.join(", ")
        ),
    )
}

/// Gathers `root` among `others`.
pub(in crate::supervise) fn gathered(root: Found, others: &[Found]) -> Result<Member, CrewError> {
    let find = |name: &str| {
        let found = others.iter().find(|found| found.spec.name() == name);
        found.cloned().ok_or_else(|| AgentError::Unknown {
            name: name.to_owned(),
            nearest: None,
        })
    };
    gather(root, &find, 5)
}

const IN_TURN: &str = "strategy: sequential";

#[test]
fn a_tree_is_every_agent_below_the_one_at_the_top() {
    let others = [
        supervisor("b", "strategy: debate, aggregator: judge", &["c", "d"]),
        agent("c", ""),
        agent("d", "prompt: Work."),
        agent("judge", ""),
    ];
    let tree = gathered(supervisor("a", IN_TURN, &["b", "d"]), &others).unwrap();
    let names: Vec<&str> = tree.all().into_iter().map(Member::name).collect();
    assert_eq!(names, ["a", "b", "c", "d", "judge", "d"]);
    assert!(!tree.speaks() && tree.children[1].member.speaks());
}

#[test]
fn e06_the_whole_tree_has_the_highest_tier_there_is_in_it() {
    let others = [
        agent("open", "privacy_tier: public"),
        agent("closed", "privacy_tier: sensitive"),
    ];
    let tiers = |member: &Member| -> Vec<PrivacyTier> {
        let all = member.all().into_iter();
        all.map(|member| member.found.spec.tier()).collect()
    };
    let above = supervisor("a", IN_TURN, &["open"]);
    let mut sensitive = above.clone();
    sensitive.spec.model_policy.privacy_tier = PrivacyTier::Sensitive;
    let tree = gathered(sensitive, &others).unwrap();
    assert_eq!(tiers(&tree), [PrivacyTier::Sensitive; 2]);
    let tree = gathered(above, &others).unwrap();
    assert_eq!(tiers(&tree), [PrivacyTier::Internal; 2]);
    // What a sensitive agent writes comes back to those above it, and from there to the others.
    let tree = gathered(supervisor("a", IN_TURN, &["open", "closed"]), &others).unwrap();
    assert_eq!(tiers(&tree), [PrivacyTier::Sensitive; 3]);
}

#[test]
fn g09_a_name_that_is_not_in_spawn_allowed_is_refused() {
    let root = agent(
        "a",
        "composite: {strategy: parallel, subagents: [{agent: b}]}\n",
    );
    let error = gathered(root, &[agent("b", "")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a` may not start `b`, which is not in its `spawn.allowed`"
    );
    assert_eq!(error.code(), "spawn_not_allowed");
    let root = agent(
        "a",
        "spawn: {allowed: [b]}\ncomposite: {strategy: debate, aggregator: judge, subagents: [{agent: b}]}\n",
    );
    let error = gathered(root, &[agent("b", ""), agent("judge", "")]).unwrap_err();
    assert_eq!(error.code(), "spawn_not_allowed", "the aggregator as well");
}

#[test]
fn g09_an_agent_starts_neither_itself_nor_one_above_it() {
    let itself = gathered(supervisor("a", IN_TURN, &["a"]), &[]).unwrap_err();
    assert_eq!(
        itself.to_string(),
        "`a` may not start `a`, which it works for itself"
    );
    let others = [
        supervisor("b", IN_TURN, &["c"]),
        supervisor("c", IN_TURN, &["a"]),
    ];
    let above = gathered(supervisor("a", IN_TURN, &["b"]), &others).unwrap_err();
    assert_eq!(
        (
            above.code(),
            above.to_string().contains("`c` may not start `a`")
        ),
        ("spawn_cycle", true)
    );
}

#[test]
fn g09_depth_6_is_refused_and_depth_5_is_not() {
    let chain = |last: usize| {
        let mut agents: Vec<Found> = (1..last)
            .map(|n| supervisor(&format!("a{n}"), IN_TURN, &[&format!("a{}", n + 1)]))
            .collect();
        agents.push(agent(&format!("a{last}"), ""));
        gathered(supervisor("a0", IN_TURN, &["a1"]), &agents)
    };
    assert_eq!(chain(5).unwrap().all().len(), 6);
    assert_eq!(
        chain(6).unwrap_err().to_string(),
        "`a5` may not start `a6`: agents start agents at most 5 deep"
    );
}

#[test]
fn g09_100_children_are_refused() {
    let names: Vec<String> = (0..100).map(|n| format!("c{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let others: Vec<Found> = names.iter().map(|name| agent(name, "")).collect();
    let error = gathered(supervisor("a", "strategy: parallel", &names), &others).unwrap_err();
    assert_eq!(error.to_string(), "`a` needs more than 64 agents below it");
}

#[test]
fn what_an_agent_is_given_must_be_there_by_then() {
    let with = |strategy: &str, children: &str| {
        let rest = format!(
            "spawn: {{allowed: [b, c]}}\ncomposite: {{strategy: {strategy}, subagents: [{children}]}}\n"
        );
        gathered(agent("a", &rest), &[agent("b", ""), agent("c", "")])
    };
    let early = "{agent: b, input_map: {x: c.part}}, {agent: c}";
    assert_eq!(
        with("sequential", early).unwrap_err().to_string(),
        "`a` cannot give `b` the output of `c`, which comes no earlier"
    );
    let beside = "{agent: b, as: one}, {agent: c, input_map: {x: one}}";
    assert_eq!(
        with("parallel", beside).unwrap_err().code(),
        "invalid_composite"
    );
    assert!(with("sequential", beside).is_ok());
    let round = "iterative, iteration: {max_rounds: 2}";
    assert!(with(round, early).is_ok(), "it comes in the next round");
    assert_eq!(
        with("parallel", "{agent: b}, {agent: b}")
            .unwrap_err()
            .to_string(),
        "two subagents of `a` are called `b`"
    );
    assert!(with("parallel", "{agent: b}, {agent: b, as: other}").is_ok());
}

#[test]
fn an_agent_that_is_not_there_is_named_with_who_needs_it() {
    let error = gathered(supervisor("a", IN_TURN, &["nobody"]), &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a` needs `nobody`: no agent named `nobody`"
    );
}

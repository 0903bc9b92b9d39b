//! The guide's examples are specs.

use super::*;

const GUIDE: &str = include_str!("../../../../docs/agents.md");

const FILES: [(&str, &str); 3] = [
    ("g/reviewer.md", "You review {{ language }}."),
    ("g/reviewer.inputs.json", "{}"),
    ("g/reviewer.outputs.json", "{}"),
];

/// The YAML blocks of the guide, in order.
fn examples() -> Vec<&'static str> {
    let blocks = GUIDE.split("```yaml\n").skip(1);
    blocks
        .filter_map(|block| block.split("```").next())
        .collect()
}

fn read(text: &str) -> AgentSpec {
    let beside = Beside::Embedded("g", &FILES);
    AgentSpec::parse(text, "reviewer.yaml", beside, PrivacyTier::Internal).unwrap()
}

#[test]
fn both_forms_of_the_guide_are_read() {
    let examples = examples();
    assert_eq!(examples.len(), 3);
    let (short, full) = (read(examples[0]), read(examples[1]));
    assert_eq!(short.name(), "reviewer");
    assert_eq!(short.tier(), PrivacyTier::Sensitive);
    assert_eq!(short.tools.native, ["fs.read"]);
    assert_eq!(full.prompt.system, "You review {{ language }}.");
    assert_eq!(full.tools.native, ["fs.read", "fs.search"]);
}

#[test]
fn the_supervisor_of_the_guide_is_read() {
    let spec = read(&format!("{LEAST}{}", examples()[2]));
    let composite = spec.composite.unwrap();
    assert_eq!(composite.strategy, Strategy::Debate);
    assert_eq!(composite.subagents[0].alias.as_deref(), Some("audit"));
}

#[test]
fn the_guide_shows_every_key_of_the_full_form() {
    // Whatever `unknown key` would list at the top level is in the guide.
    let error = parse("zzz: 1\n").unwrap_err();
    let hint = error.faults[0].hint.clone().unwrap();
    let keys = hint.rsplit(": ").next().unwrap();
    for key in keys.split(", ") {
        assert!(GUIDE.contains(key), "the guide does not show `{key}`");
    }
}

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn faults(document: &Value) -> Vec<String> {
    let schema = json_schema();
    let validator = jsonschema::options().offline().build(&schema).unwrap();
    let errors = validator.iter_errors(document);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn yaml(text: &str) -> Value {
    crate::yaml::read(text).unwrap()
}

fn specs_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Suites of questions are no specs.
            if !path.ends_with("eval") {
                specs_below(&path, found);
            }
        } else if path.extension().is_some_and(|end| end == "yaml") {
            found.push(path);
        }
    }
}

/// The blocks of YAML of a page that are whole specs.
fn examples(page: &str) -> Vec<&str> {
    let blocks = page.split("```yaml\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks
        .filter(|block| block.contains("apiVersion: aldo-ai/agent.v1"))
        .collect()
}

#[test]
fn every_file_of_the_agency_is_valid() {
    let mut found = Vec::new();
    specs_below(&root().join("agency"), &mut found);
    assert!(found.len() >= 3);
    for path in found {
        let document = yaml(&fs::read_to_string(&path).unwrap());
        assert_eq!(
            faults(&document),
            Vec::<String>::new(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn every_example_of_the_documentation_is_valid() {
    let mut seen = 0;
    for page in fs::read_dir(root().join("docs")).unwrap() {
        let path = page.unwrap().path();
        if path.is_dir() {
            continue;
        }
        for example in examples(&fs::read_to_string(&path).unwrap()) {
            assert_eq!(
                faults(&yaml(example)),
                Vec::<String>::new(),
                "{}:\n{example}",
                path.display()
            );
            seen += 1;
        }
    }
    assert!(seen >= 2, "{seen}");
}

#[test]
fn what_cannot_be_read_is_not_valid() {
    let good = "apiVersion: aldo-ai/agent.v1\nname: a\nmodel_policy: {capability_class: local-reasoning}\n";
    assert_eq!(faults(&yaml(good)), Vec::<String>::new());
    for bad in [
        "apiVersion: aldo-ai/agent.v2\nname: a\nmodel_policy: {}\n",
        "apiVersion: aldo-ai/agent.v1\nname: a\n",
        &format!("{good}surprise: 1\n"),
        &format!("{good}tools: [fs.reed]\n"),
        &format!("{good}tools: {{permissions: {{network: some}}}}\n"),
        &format!("{good}termination: {{max_turns: 0}}\n"),
        &format!(
            "{good}iteration: {{max_cycles: 1}}\ncomposite: {{strategy: parallel, subagents: []}}\n"
        ),
    ] {
        assert!(!faults(&yaml(bad)).is_empty(), "{bad}");
    }
}

#[test]
fn every_key_says_what_it_is() {
    let schema = json_schema();
    for (key, about) in schema["properties"].as_object().unwrap() {
        assert!(about["description"].is_string(), "{key}");
    }
}

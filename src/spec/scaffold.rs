//! A new agent: a spec that is read as it is written, and a prompt to go on from.

use std::fmt::Write;

use super::check;
use crate::capabilities::PrivacyTier;
use crate::tools::Native;

/// What a new agent is to be.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is for, in a sentence.
    pub description: &'a str,
    /// The class of model it asks for.
    pub class: &'a str,
    /// How secret its input is.
    pub tier: PrivacyTier,
    /// The tools it may call.
    pub tools: &'a [String],
    /// The agents it is a supervisor of.
    pub children: &'a [String],
}

/// Whether `name` can name an agent and its file.
pub fn is_name(name: &str) -> bool {
    check::is_agent_name(name)
}

impl Wanted<'_> {
    /// Returns the spec, in the full form.
    pub fn spec(&self) -> String {
        // Text in JSON is text in YAML.
        let description = serde_json::json!(self.description);
        let mut spec = format!(
            "apiVersion: aldo-ai/agent.v1\n\
             kind: Agent\n\
             identity:\n  name: {}\n  version: 0.1.0\n  description: {description}\n\
             model_policy:\n  privacy_tier: {}\n  primary: {{capability_class: {}}}\n\
             prompt:\n  system_file: {}.md\n",
            self.name, self.tier, self.class, self.name
        );
        if !self.tools.is_empty() {
            let writes = self
                .tools
                .iter()
                .any(|tool| tool.starts_with("fs.") && changes(tool));
            let filesystem = if writes { "read-write" } else { "read-only" };
            // Writing to a String cannot fail.
            let _ = write!(
                spec,
                "tools:\n  native: [{}]\n  permissions: {{network: none, filesystem: {filesystem}}}\n",
                self.tools.join(", ")
            );
        }
        if self.children.is_empty() {
            spec.push_str("termination:\n  max_turns: 20\n");
        } else {
            self.supervise(&mut spec);
        }
        spec
    }

    /// Returns the prompt.
    pub fn prompt(&self) -> String {
        format!(
            "You are {}. {}\n\nSay what you did in a few plain sentences. If something is missing that you \
             need, say what it is.\n",
            self.name, self.description
        )
    }

    fn supervise(&self, spec: &mut String) {
        let children = self.children.join(", ");
        let _ = write!(
            spec,
            "spawn:\n  allowed: [{children}]\ncomposite:\n  strategy: sequential\n  subagents:\n"
        );
        for child in self.children {
            let _ = writeln!(spec, "    - {{agent: {child}}}");
        }
    }
}

fn changes(tool: &str) -> bool {
    Native::named(tool).is_some_and(Native::has_side_effects)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::super::agent::AgentSpec;
    use super::*;

    fn loaded(wanted: &Wanted<'_>) -> AgentSpec {
        let folder = tempfile::tempdir().unwrap();
        let write = |end: &str, text: String| {
            let path = folder.path().join(format!("{}.{end}", wanted.name));
            std::fs::write(&path, text).unwrap();
            path
        };
        write("md", wanted.prompt());
        let spec = write("yaml", wanted.spec());
        AgentSpec::load(Path::new(&spec), PrivacyTier::Public).unwrap()
    }

    fn wanted<'a>() -> Wanted<'a> {
        Wanted {
            name: "writer",
            description: "Writes \"notes\": carefully.",
            class: "local-reasoning",
            tier: PrivacyTier::Sensitive,
            tools: &[],
            children: &[],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let tools = ["fs.read".to_owned(), "fs.write".to_owned()];
        let spec = loaded(&Wanted {
            tools: &tools,
            ..wanted()
        });
        assert_eq!(spec.identity.description, "Writes \"notes\": carefully.");
        assert_eq!(
            (spec.tier(), spec.tools.native.len()),
            (PrivacyTier::Sensitive, 2)
        );
        assert!(spec.prompt.system.starts_with("You are writer."));
    }

    #[test]
    fn a_supervisor_may_start_its_children() {
        let children = ["a".to_owned(), "b".to_owned()];
        let spec = loaded(&Wanted {
            children: &children,
            ..wanted()
        });
        assert_eq!(spec.spawn_allowed, children);
        assert_eq!(spec.composite.unwrap().subagents.len(), 2);
    }
}

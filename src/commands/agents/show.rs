//! `aldo agents show`.

use crate::capabilities::{Capability, CapabilityClass};
use crate::commands::Context;
use crate::failure::Failure;
use crate::spec::{AgentSpec, Found};
use crate::ui::{Outcome, Page, strong};

/// What can be typed after `aldo agents show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The agent's name, or a file.
    agent: String,
}

/// Shows one agent as it would run, with what its file may not set left out.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let found = super::find(ctx, &args.agent)?;
    Ok(Outcome::new(&found, page(&found)))
}

fn page(found: &Found) -> Page {
    let spec = &found.spec;
    let policy = &spec.model_policy;
    let classes = std::iter::once(&policy.primary).chain(&policy.fallbacks);
    let mut page = Page::new();
    page.line([strong(format!("{} {}", spec.name(), spec.identity.version))])
        .fields([
            ("about", spec.identity.description.clone()),
            (
                "from",
                format!("{} ({})", found.path, found.origin.as_str()),
            ),
            ("tier", spec.tier().to_string()),
            ("classes", joined(classes.map(CapabilityClass::as_str))),
            (
                "requires",
                joined(
                    policy
                        .capability_requirements
                        .iter()
                        .map(Capability::as_str),
                ),
            ),
            ("tools", tools(spec)),
        ]);
    if !spec.prompt.system.is_empty() {
        page.blank().text(&spec.prompt.system);
    }
    page
}

fn tools(spec: &AgentSpec) -> String {
    let native = spec.tools.native.iter().map(String::as_str);
    let mcp = spec.tools.mcp.iter().map(|server| server.server.as_str());
    joined(native.chain(mcp))
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(", ")
    }
}

//! `aldo agents show`.

use crate::capabilities::{Capability, CapabilityClass};
use crate::commands::Context;
use crate::failure::Failure;
use crate::spec::{AgentSpec, Composite, Found};
use crate::ui::{Outcome, Page, dim, plain, strong};

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
    if let Some(composite) = &spec.composite {
        supervised(&mut page, composite);
    }
    if !spec.prompt.system.is_empty() {
        page.blank().text(&spec.prompt.system);
    }
    page
}

/// The agents of a supervisor, in the order they work, with where their inputs come from.
fn supervised(page: &mut Page, composite: &Composite) {
    page.blank()
        .heading(&format!("starts, {}", composite.strategy.as_str()));
    let judge = composite.aggregator.iter().map(|name| (name, None));
    let agents = composite
        .subagents
        .iter()
        .map(|child| (&child.agent, Some(child)));
    let rows = agents.chain(judge).map(|(name, child)| {
        let inputs = child.map_or_else(
            || "all of the above".to_owned(),
            |child| {
                let pairs = child
                    .input_map
                    .iter()
                    .map(|(to, from)| format!("{to}: {from}"));
                pairs.collect::<Vec<_>>().join(", ")
            },
        );
        let alias = child
            .and_then(|child| child.alias.as_deref())
            .unwrap_or(name);
        [strong(name), plain(alias), dim(inputs)]
    });
    page.table(["agent", "as", "is given"], rows);
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

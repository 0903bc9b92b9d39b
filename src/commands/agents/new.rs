//! `aldo agents new`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::capabilities::{CapabilityClass, PrivacyTier};
use crate::commands::Context;
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::spec::{AgentSpec, scaffold};
use crate::tools::Native;
use crate::ui::{Outcome, Page, dim, plain, strong};

/// What can be typed after `aldo agents new`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The agent's name: lower-case letters, digits, `-` and `_`.
    name: String,
    /// What it is for, in a sentence.
    #[arg(long, value_name = "TEXT", default_value = "Does one thing well.")]
    #[arg(hide_default_value = true)]
    description: String,
    /// The class of model it asks for.
    #[arg(long, value_name = "CLASS", default_value = "local-reasoning")]
    class: String,
    /// How secret its input is: `public`, `internal` or `sensitive`.
    #[arg(long, value_name = "TIER")]
    tier: Option<String>,
    /// A tool it may call, such as `fs.read`; may be given several times.
    #[arg(long = "tool", value_name = "NAME")]
    tools: Vec<String>,
    /// An agent it is a supervisor of; may be given several times.
    #[arg(long = "child", value_name = "AGENT", conflicts_with = "tools")]
    children: Vec<String>,
    /// Write it to the user's own agents instead of `./agents`.
    #[arg(long)]
    user: bool,
}

/// Writes a spec and its prompt, where neither is yet, and reads them back.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let folder = folder(ctx, args);
    let (spec, prompt) = (
        folder.join(format!("{}.yaml", args.name)),
        folder.join(format!("{}.md", args.name)),
    );
    let wanted = wanted(ctx, args)?;
    for path in [&spec, &prompt] {
        if path.exists() {
            let message = format!("`{}` is there already", path.display());
            return Err(Failure::usage("agent_exists", message));
        }
    }
    let unwritten = |path: &Path, error: io::Error| {
        let message = format!("cannot write `{}`", path.display());
        Failure::usage("agent_not_written", message).because(error)
    };
    fs::create_dir_all(&folder).map_err(|error| unwritten(&folder, error))?;
    write_new(&prompt, &wanted.prompt()).map_err(|error| unwritten(&prompt, error))?;
    write_new(&spec, &wanted.spec()).map_err(|error| unwritten(&spec, error))?;
    AgentSpec::load(&spec, ctx.config.default_privacy)?;
    let mut page = Page::new();
    page.line([plain(spec.display().to_string())]);
    page.line([
        plain(prompt.display().to_string()),
        dim("  what it is told"),
    ]);
    let next = format!("aldo run {} --inputs '{{\"task\": \"…\"}}'", args.name);
    page.line([dim("next: "), strong(next)]);
    let document = json!({"name": args.name, "spec": spec, "prompt": prompt});
    Ok(Outcome::new(&document, page))
}

fn folder(ctx: &Context, args: &Args) -> PathBuf {
    if args.user {
        return ctx.config.folders.config.join("agents");
    }
    ctx.config.folders.project.join("agents")
}

/// Checks what was typed before anything is written.
fn wanted<'a>(ctx: &Context, args: &'a Args) -> Result<scaffold::Wanted<'a>, Failure> {
    let usage = |message: String| Failure::usage("bad_agent", message);
    if !scaffold::is_name(&args.name) {
        let message = format!(
            "`{}` cannot name an agent, expected up to 64 lower-case letters, digits, `-` or `_`",
            args.name.escape_debug()
        );
        return Err(usage(message));
    }
    CapabilityClass::new(&args.class).map_err(|error| usage(error.to_string()))?;
    let tier: PrivacyTier = match &args.tier {
        Some(word) => word
            .parse()
            .map_err(|error: crate::capabilities::InvalidWord| usage(error.to_string()))?,
        None => ctx.config.default_privacy,
    };
    let known = || Native::ALL.into_iter().map(Native::name);
    if let Some(tool) = args.tools.iter().find(|tool| Native::named(tool).is_none()) {
        let failure = usage(format!("no tool is called `{}`", tool.escape_debug()));
        return Err(match nearest(tool, known()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        });
    }
    Ok(scaffold::Wanted {
        name: &args.name,
        description: &args.description,
        class: &args.class,
        tier,
        tools: &args.tools,
        children: &args.children,
    })
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

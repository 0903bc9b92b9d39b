//! The tools of a run as the operator lets them work: roots that are turned on, and who is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::agent::Cancel;
use crate::capabilities::PrivacyTier;
use crate::commands::Context;
use crate::config::Setting;
use crate::env::{self, Variable};
use crate::failure::Failure;
use crate::spec::AgentSpec;
use crate::tools::mcp::{self, Pins, Servers};
use crate::tools::{
    Approver, Context as ToolContext, Guards, Launcher, MemoryRoot, Remembers, Root, Roots, Tool,
    Toolbox,
};

/// Whose notes a run without a project uses, where the operator names nobody or several.
const TENANT: &str = "default";

/// Opens the tools of `spec` for a run at `tier`, for `project`.
///
/// # Errors
/// A usage failure when the folder of a tool that is turned on cannot be opened, and a failure when a
/// server of the spec does not serve.
pub(crate) async fn open(
    ctx: &Context<'_>,
    spec: &AgentSpec,
    tier: PrivacyTier,
    project: Option<&str>,
    approver: Approver,
    cancel: &Cancel,
) -> Result<Toolbox, Failure> {
    let mut guards =
        Guards::of(&spec.tools.guards).map_err(|reason| Failure::usage("bad_spec", reason))?;
    guards.shell.timeout_ms_max = spec.sandbox.timeout_ms;
    let context = ToolContext {
        agent: spec.name().to_owned(),
        tier,
        permissions: spec.tools.permissions,
        guards,
        remembers: Remembers {
            tenant: Some(tenant(
                project,
                &list(ctx.config.setting(&env::MEMORY_TENANTS)),
            )),
            scopes: spec.memory.clone(),
        },
        launcher: launcher(ctx),
        roots: Arc::new(roots(ctx)?),
        cancel: cancel.child(),
    };
    let others = served(ctx, spec, &context, &approver).await?;
    Ok(Toolbox::new(&spec.tools, others, approver, context))
}

/// Starts the servers of the spec, which are the user's own.
async fn served(
    ctx: &Context<'_>,
    spec: &AgentSpec,
    context: &ToolContext,
    approver: &Approver,
) -> Result<Vec<Tool>, Failure> {
    let wanted = &spec.tools.mcp;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let folders = &ctx.config.folders;
    let servers = Servers::read(&folders.config.join("mcp.toml"))
        .map_err(|reason| Failure::usage("bad_configuration", reason))?;
    let pins = Pins::at(folders.state.join("mcp.json"));
    let tools = mcp::connect(wanted, &servers, &pins, context, approver).await;
    tools.map_err(|error| Failure::failed("mcp_server", error.to_string()))
}

/// Makes what starts the programs of tools.
fn launcher(ctx: &Context) -> Launcher {
    // Where the system does not say where the program is, it is looked up by name.
    let aldo = std::env::current_exe().unwrap_or_else(|_| "aldo".into());
    let scratch = ctx.config.folders.state.join("scratch");
    let readable = ctx.config.setting(&env::SHELL_READ);
    let readable = readable.map(|setting| std::env::split_paths(&setting.value).collect());
    Launcher::new(aldo, ctx.environment.all())
        .with_scratch(scratch)
        .with_readable(readable.unwrap_or_default())
}

/// Returns the folders tools may read, and those they may write, for the seal of a run.
pub(crate) fn folders(ctx: &Context) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let path = |variable| Some(PathBuf::from(&ctx.config.setting(variable)?.value));
    let on = |switch, root| is_on(ctx, switch).then(|| path(root)).flatten();
    let programs = launcher(ctx).readable();
    let read = path(&env::FS_ROOT).into_iter().chain(programs).collect();
    let write = [
        path(&env::FS_RW_ROOT),
        on(&env::SHELL_ENABLED, &env::SHELL_ROOT),
        on(&env::GIT_ENABLED, &env::GIT_ROOT),
        on(&env::MEMORY_ENABLED, &env::MEMORY_ROOT),
    ];
    (read, write.into_iter().flatten().collect())
}

fn roots(ctx: &Context) -> Result<Roots, Failure> {
    let memory = switched(ctx, &env::MEMORY_ENABLED, &env::MEMORY_ROOT)?;
    Ok(Roots {
        files: root(ctx, &env::FS_ROOT)?,
        files_writable: root(ctx, &env::FS_RW_ROOT)?,
        shell: switched(ctx, &env::SHELL_ENABLED, &env::SHELL_ROOT)?,
        git: switched(ctx, &env::GIT_ENABLED, &env::GIT_ROOT)?,
        memory: memory.map(|root| MemoryRoot {
            root,
            tenants: list(ctx.config.setting(&env::MEMORY_TENANTS)),
        }),
    })
}

fn switched(ctx: &Context, switch: &Variable, path: &Variable) -> Result<Option<Root>, Failure> {
    if is_on(ctx, switch) {
        return root(ctx, path);
    }
    Ok(None)
}

fn is_on(ctx: &Context, switch: &Variable) -> bool {
    let setting = ctx.config.setting(switch);
    setting.is_some_and(|setting| crate::config::is_true(&setting.value))
}

fn root(ctx: &Context, variable: &Variable) -> Result<Option<Root>, Failure> {
    let Some(setting) = ctx.config.setting(variable) else {
        return Ok(None);
    };
    let path = Path::new(&setting.value);
    let opened = Root::open(path).map_err(|error| {
        let message = format!(
            "cannot open the folder `{}` of `{}`",
            path.display(),
            variable.name
        );
        Failure::usage("tool_root", message).because(error)
    })?;
    Ok(Some(opened))
}

/// Returns whose notes a run uses: its project's; without one, those of the only tenant there is.
fn tenant(project: Option<&str>, tenants: &[String]) -> String {
    match (project, tenants) {
        (Some(project), _) => project.to_owned(),
        (None, [only]) => only.clone(),
        (None, _) => TENANT.to_owned(),
    }
}

fn list(setting: Option<&Setting>) -> Vec<String> {
    let words = setting
        .map_or("", |setting| setting.value.as_str())
        .split(',');
    let words = words.map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::tenant;

    #[test]
    fn notes_are_the_projects_or_those_of_the_only_tenant() {
        let names =
            |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
        assert_eq!(tenant(Some("shop"), &names(&["t"])), "shop");
        assert_eq!(tenant(None, &names(&["t"])), "t");
        assert_eq!(tenant(None, &names(&["t", "u"])), "default");
        assert_eq!(tenant(None, &[]), "default");
    }
}

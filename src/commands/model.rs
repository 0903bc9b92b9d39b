//! The models a command may choose from.

use std::path::Path;
use std::time::Duration;

use aldo_backends::{PROBE_DEADLINE, Runtime};
use aldo_models::{Checkpoint, ModelError};

use super::Context;
use crate::candidate::Candidate;
use crate::capabilities::PrivacyTier;
use crate::catalog::{Catalog, Places};
use crate::discovery::{self, Asking, Discovered, Named, Options};
use crate::failure::Failure;
use crate::nearest::nearest;

/// Which runtimes a command asks where `ALDO_LOCAL_DISCOVERY` says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// None: the command has other work, and only what the user turned on takes part in it.
    Nobody,
    /// All: it is what the command is for.
    Everybody,
    /// As [`Ask::Nobody`], and of what the user turned on only what has an address of this machine: a
    /// sensitive agent asks others for nothing.
    OnlyHere,
}

impl Ask {
    /// Returns who is asked for an agent of `tier`.
    pub(crate) fn for_tier(tier: PrivacyTier) -> Self {
        match tier {
            PrivacyTier::Sensitive => Self::OnlyHere,
            PrivacyTier::Public | PrivacyTier::Internal => Self::Nobody,
        }
    }
}

/// Finds the candidates of a run, and the id `--model` pins: a path is described alone, beside the
/// built-in model, and `PROVIDER:ID` leaves the rows of that provider alone under that id. `catalog` is
/// the file of `--models`.
///
/// # Errors
/// A usage failure when `--model` names a path with no checkpoint aldo can run, or a catalogue is wrong.
pub(crate) fn candidates(
    ctx: &Context,
    model: Option<&str>,
    catalog: Option<&Path>,
    ask: Ask,
) -> Result<(Discovered, Option<String>), Failure> {
    let find = || all(ctx, ask, catalog);
    let Some(text) = model else {
        return Ok((find()?, None));
    };
    let path = match Named::of(text) {
        Named::Id(id) => {
            let mut found = find()?;
            let id = of_provider(&mut found, id);
            return Ok((found, Some(id)));
        }
        Named::Path(path) => path,
    };
    if !path.exists() {
        // Servers call models by file names, too.
        let mut found = find()?;
        let id = of_provider(&mut found, text.to_owned());
        if found.registry.find(&id).is_some() {
            return Ok((found, Some(id)));
        }
    }
    let (found, id) = discovery::describe(&path).map_err(|error| refused(&path, error))?;
    Ok((found, Some(id)))
}

/// Understands `PROVIDER:ID` where no model has the whole as its id: the other rows of that id go.
fn of_provider(discovered: &mut Discovered, typed: String) -> String {
    let candidates = &mut discovered.registry.candidates;
    if candidates.iter().any(|row| row.id == typed) {
        return typed;
    }
    let Some((provider, id)) = typed.split_once(':') else {
        return typed;
    };
    let is_it = |row: &Candidate| row.provider == provider && row.id == id;
    if !candidates.iter().any(is_it) {
        return typed;
    }
    candidates.retain(|row| row.id != id || is_it(row));
    id.to_owned()
}

/// Finds every candidate there is, and says what of the catalogues is not believed.
///
/// # Errors
/// A usage failure when a catalogue is wrong.
pub(crate) fn all(ctx: &Context, ask: Ask, catalog: Option<&Path>) -> Result<Discovered, Failure> {
    let folders = &ctx.config.folders;
    let places = Places {
        config: folders.config.clone(),
        project: folders.project.clone(),
        named: catalog.map(Path::to_owned),
    };
    let catalog = Catalog::load(&places).map_err(|error| Failure {
        code: "invalid_catalog",
        ..Failure::from(error)
    })?;
    let found = discover(ctx, asking(ctx, ask, PROBE_DEADLINE), catalog);
    for warning in &found.warnings {
        ctx.ui.warn(warning);
    }
    Ok(found)
}

/// Finds every candidate there is, without the catalogues where one is wrong, and says which that is.
pub(crate) fn all_there_is(ctx: &Context, ask: Ask) -> (Discovered, Option<Failure>) {
    match all(ctx, ask, None) {
        Ok(found) => (found, None),
        Err(failure) => {
            let asking = asking(ctx, ask, PROBE_DEADLINE);
            (discover(ctx, asking, Catalog::default()), Some(failure))
        }
    }
}

/// Returns who is asked, and how.
pub(crate) fn asking(ctx: &Context, ask: Ask, deadline: Duration) -> Asking {
    let config = &ctx.config;
    let wanted = match (&config.discovery, ask) {
        (Some(wanted), _) => wanted.clone(),
        (None, Ask::Everybody) => Runtime::ALL.into(),
        (None, Ask::Nobody | Ask::OnlyHere) => Vec::new(),
    };
    let addresses = config.addresses.iter();
    Asking {
        runtimes: addresses
            .filter(|(runtime, _)| wanted.contains(runtime))
            .map(|(runtime, addresses)| (*runtime, addresses.clone()))
            .collect(),
        offline: config.offline,
        here_only: ask == Ask::OnlyHere,
        deadline,
    }
}

/// Looks through the folders, asks who is to be asked, and applies `catalog`.
pub(crate) fn discover(ctx: &Context, asking: Asking, catalog: Catalog) -> Discovered {
    let folders = &ctx.config.folders;
    discovery::discover(Options {
        roots: &[&folders.models, &folders.hub_cache],
        asking,
        addresses: &ctx.config.addresses,
        catalog,
    })
}

/// Finds the checkpoint of an id or at a path, whether or not a conversation can be held with it.
///
/// # Errors
/// A usage failure when there is none or it is refused.
pub(crate) fn find(ctx: &Context, text: &str) -> Result<Checkpoint, Failure> {
    let id = match Named::of(text) {
        Named::Path(path) => return Checkpoint::open(&path).map_err(|error| refused(&path, error)),
        Named::Id(id) => id,
    };
    let folders = &ctx.config.folders;
    let mut known = Vec::new();
    let builtin = std::iter::once_with(Checkpoint::builtin).filter_map(Result::ok);
    let found = [&folders.models, &folders.hub_cache]
        .into_iter()
        .flat_map(|root| Checkpoint::find(root));
    for checkpoint in builtin.chain(found.filter_map(|(_, checkpoint)| checkpoint.ok())) {
        if checkpoint.id() == id {
            return Ok(checkpoint);
        }
        known.push(checkpoint.id().to_owned());
    }
    let failure = Failure::usage("model_not_found", format!("no model is called `{id}`"));
    Err(match nearest(&id, known.iter().map(String::as_str)) {
        Some(known) => failure.hint(format!("did you mean `{known}`?")),
        None => failure.hint("`aldo models ls` lists the models"),
    })
}

/// Refuses a checkpoint the user named.
pub(crate) fn refused(path: &Path, error: ModelError) -> Failure {
    let path = path.display().to_string();
    let sentence = error.to_string();
    let message = if sentence.contains(&path) {
        sentence
    } else {
        format!("`{path}`: {sentence}")
    };
    Failure::usage("checkpoint_refused", message).because(error)
}

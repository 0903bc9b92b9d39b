//! Where agents come from: the project's folders, the user's, then the agency in the binary.
//!
//! The first place that has a name wins. What comes with a project only tightens: it runs at the
//! highest of its own tier, the default one and that of a user's or built-in agent of its name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::agent::AgentSpec;
use super::tools::{Approval, NetworkPermission};
use super::{builtin, check};
use crate::capabilities::PrivacyTier;
use crate::nearest::nearest;
use crate::yaml::FileError;

mod places;

/// The places agents are looked for in.
#[derive(Debug, Clone)]
pub struct Agents {
    /// The folder whose `agents` and `agency` belong to the project, usually the working directory.
    pub project: PathBuf,
    /// The user's own `agents` folder.
    pub user: Option<PathBuf>,
    /// The tier of a spec that names none: `ALDO_DEFAULT_PRIVACY`.
    pub default_tier: PrivacyTier,
}

/// Where one agent comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A file the user named.
    Named,
    /// `./agents` or `./agency`.
    Project,
    /// The user's configuration folder.
    User,
    /// Compiled into the binary.
    Builtin,
}

impl Origin {
    /// Returns the word that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Project => "project",
            Self::User => "user",
            Self::Builtin => "builtin",
        }
    }
}

/// An agent that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The agent.
    pub spec: AgentSpec,
    /// Where it comes from.
    pub origin: Origin,
    /// The file, or `builtin:<name>`.
    pub path: String,
    /// What was ignored or tightened, for stderr.
    pub warnings: Vec<String>,
}

/// One row of `aldo agents ls`.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The agent's name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The file, or `builtin:<name>`.
    pub path: String,
    /// The agent, or why it cannot be used.
    pub found: Result<Found, AgentError>,
}

/// Why an agent cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// No place has it.
    #[error("no agent named `{}`", name.escape_debug())]
    Unknown {
        /// The name as asked for.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A file is called after one agent and holds another.
    #[error("`{path}` holds the agent `{inside}`")]
    OtherName {
        /// The file.
        path: String,
        /// The name inside.
        inside: String,
    },
    /// Its spec is wrong.
    #[error(transparent)]
    Spec(#[from] FileError),
}

impl Agents {
    /// Returns the agent called `name`, or the one in the file `name` when it is a path.
    ///
    /// # Errors
    /// [`AgentError`] when there is none, or its spec is wrong.
    pub fn find(&self, name: &str) -> Result<Found, AgentError> {
        if is_path(name) {
            return self.named(Path::new(name));
        }
        if check::is_agent_name(name) {
            if let Some(path) = places::project_file(&self.project, name) {
                return self.project_agent(name, &path);
            }
            if let Some(found) = self.own_agent(name) {
                return found;
            }
        }
        let origins = self.origins();
        let nearest = nearest(name, origins.keys().map(String::as_str)).map(str::to_owned);
        Err(AgentError::Unknown {
            name: name.to_owned(),
            nearest,
        })
    }

    /// Returns every agent, one row a name, by name.
    pub fn list(&self) -> Vec<Listing> {
        let rows = self.origins().into_iter();
        rows.map(|(name, (origin, path))| Listing {
            found: self.find(&name),
            name,
            origin,
            path,
        })
        .collect()
    }

    /// Every name, with the place that wins it.
    fn origins(&self) -> BTreeMap<String, (Origin, String)> {
        let builtin = builtin::names().map(|name| (name.to_owned(), Origin::Builtin, None));
        let user = self
            .user
            .iter()
            .flat_map(|folder| places::files_in(folder, folder));
        let user = user.map(|(name, path)| (name, Origin::User, Some(path)));
        let project = places::project_files(&self.project);
        let project = project
            .into_iter()
            .map(|(name, path)| (name, Origin::Project, Some(path)));
        let mut origins = BTreeMap::new();
        for (name, origin, path) in builtin.chain(user).chain(project) {
            let path = path.map_or_else(|| builtin::shown_path(&name), |path| shown(&path));
            origins.insert(name, (origin, path));
        }
        origins
    }

    /// A file the user typed: naming it is the consent.
    fn named(&self, path: &Path) -> Result<Found, AgentError> {
        let spec = AgentSpec::load(path, self.default_tier)?;
        Ok(Found {
            spec,
            origin: Origin::Named,
            path: shown(path),
            warnings: Vec::new(),
        })
    }

    fn project_agent(&self, name: &str, path: &Path) -> Result<Found, AgentError> {
        let spec = load_as(name, path, self.default_tier)?;
        let mut found = Found {
            spec,
            origin: Origin::Project,
            path: shown(path),
            warnings: Vec::new(),
        };
        // An own agent of this name that cannot be read could be sensitive: its error is the answer.
        let own = self.own_agent(name).transpose()?;
        found.tighten(self.default_tier, own.as_ref());
        Ok(found)
    }

    /// The user's agent of this name, else the built-in one.
    fn own_agent(&self, name: &str) -> Option<Result<Found, AgentError>> {
        let file = self
            .user
            .as_ref()
            .and_then(|folder| places::file_in(folder, folder, name));
        if let Some(path) = file {
            let spec = load_as(name, &path, self.default_tier);
            let path = shown(&path);
            return Some(spec.map(|spec| found(spec, Origin::User, path)));
        }
        let spec = builtin::load(name, self.default_tier)?.map_err(AgentError::from);
        Some(spec.map(|spec| found(spec, Origin::Builtin, builtin::shown_path(name))))
    }
}

impl Found {
    /// Takes back what a project may not loosen (the tier, approvals, the network), with a warning for each.
    fn tighten(&mut self, default_tier: PrivacyTier, own: Option<&Found>) {
        let own_tier = own.map_or(default_tier, |own| own.spec.tier());
        let least = default_tier.max(own_tier);
        let tier = &mut self.spec.model_policy.privacy_tier;
        if *tier < least {
            self.warnings.push(format!(
                "`{}`: `privacy_tier: {tier}` is ignored and `{least}` holds: a project's own files only tighten",
                self.path
            ));
            *tier = least;
        }
        let path = &self.path;
        let warnings = &mut self.warnings;
        self.spec.tools.approvals.retain(|tool, approval| {
            let is_kept = *approval == Approval::Always;
            if !is_kept {
                let word = approval.as_str();
                warnings.push(format!(
                    "`{path}`: `approvals` with `{tool}: {word}` is ignored: a project's own files only tighten"
                ));
            }
            is_kept
        });
        let network = &mut self.spec.tools.permissions.network;
        if *network != NetworkPermission::None {
            *network = NetworkPermission::None;
            warnings.push(format!(
                "`{path}`: `permissions.network` is ignored: a project's own files only tighten"
            ));
        }
    }
}

fn found(spec: AgentSpec, origin: Origin, path: String) -> Found {
    Found {
        spec,
        origin,
        path,
        warnings: Vec::new(),
    }
}

/// Loads a file that is called after an agent.
fn load_as(name: &str, path: &Path, default_tier: PrivacyTier) -> Result<AgentSpec, AgentError> {
    let spec = AgentSpec::load(path, default_tier)?;
    if spec.name() == name {
        return Ok(spec);
    }
    Err(AgentError::OtherName {
        path: shown(path),
        inside: spec.identity.name,
    })
}

fn is_path(name: &str) -> bool {
    name.contains('/') || places::is_spec_file(Path::new(name))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;

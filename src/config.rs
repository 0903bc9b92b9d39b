//! What the program needs to know, merged once from defaults, two files, the environment and flags.
//!
//! Knows no command. Every value knows where it comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use aldo_backends::Runtime;

use crate::bench::earned;
use crate::capabilities::{CapabilityClass, PrivacyTier};
use crate::env::{self, Environment, Variable};
use crate::failure::Failure;

mod file;
mod folders;
mod layers;
mod runtime;
mod tighten;

pub(crate) use folders::Folders;
pub(crate) use layers::{Setting, is_true, parse_count, parse_usd};
pub(crate) use runtime::address_variables;

use layers::Settings;

/// The merged configuration.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where things are kept and found.
    pub(crate) folders: Folders,
    /// The runtimes to probe; nothing where nobody said.
    pub(crate) discovery: Option<Vec<Runtime>>,
    /// Where each runtime is asked.
    pub(crate) addresses: BTreeMap<Runtime, Vec<String>>,
    /// Whether only loopback may be connected to.
    pub(crate) offline: bool,
    /// The token of the hosted plane.
    pub(crate) api_token: Option<Secret>,
    /// The most a run may cost, in US dollars.
    pub(crate) run_usd_cap: Option<f64>,
    /// The most time a run may take, all agents of a tree together.
    pub(crate) run_time_max: Duration,
    /// The tier of agents that name none.
    pub(crate) default_privacy: PrivacyTier,
    /// The most agents of one supervisor that work at once.
    pub(crate) max_parallel_children: usize,
    /// How deep agents may start agents.
    pub(crate) max_agent_depth: usize,
    /// The classes that local models may earn by their rating.
    pub(crate) earned_classes: Vec<CapabilityClass>,
    /// What a project's file tried and may not, for stderr.
    pub(crate) warnings: Vec<String>,
    settings: Settings,
}

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} characters hidden>", self.0.chars().count())
    }
}

/// Returns an address without its user, password and query, other text as it is.
pub(crate) fn without_secrets(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, format!("/{path}")),
        None => (rest, String::new()),
    };
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

impl Config {
    /// Merges every layer: defaults, the user's file, the project's file, the environment.
    ///
    /// # Errors
    /// A usage failure naming file, line and column, or the variable, whose value cannot be used.
    pub(crate) fn load(environment: &Environment) -> Result<Self, Failure> {
        let places = folders::Places::find()?;
        let user = file::read(&places.user_file())?;
        let project = file::read(&folders::Places::project_file())?;
        let mut warnings = Vec::new();
        let settings = Settings::merge(user, project, environment, &mut warnings)?;
        let folders = places.resolve(&settings, environment);
        Self::resolve(settings, folders, environment, warnings)
    }

    fn resolve(
        settings: Settings,
        folders: Folders,
        environment: &Environment,
        warnings: Vec<String>,
    ) -> Result<Self, Failure> {
        let hub_offline = environment.get(env::HF_HUB_OFFLINE.name);
        let hub_offline = hub_offline.is_some_and(|word| layers::is_true(&word.to_string_lossy()));
        let token = settings.get(&env::API_TOKEN);
        let addresses = Runtime::ALL
            .map(|runtime| Ok((runtime, runtime::addresses(&settings, runtime)?)))
            .into_iter()
            .collect::<Result<_, Failure>>()?;
        Ok(Self {
            addresses,
            discovery: match settings.get(&env::LOCAL_DISCOVERY) {
                Some(setting) => Some(setting.parse_with(runtime::parse_list)?),
                None => None,
            },
            offline: settings.require(&env::OFFLINE, layers::parse_switch)? || hub_offline,
            api_token: token.map(|setting| Secret(setting.value.clone())),
            run_usd_cap: match settings.get(&env::RUN_USD_CAP) {
                Some(setting) => Some(setting.parse_with(layers::parse_usd)?),
                None => None,
            },
            run_time_max: settings.require(&env::RUN_SECONDS_CAP, layers::parse_seconds)?,
            default_privacy: settings.require(&env::DEFAULT_PRIVACY, |word| {
                PrivacyTier::from_str(word).map_err(|error| error.to_string())
            })?,
            max_parallel_children: settings
                .require(&env::MAX_PARALLEL_CHILDREN, layers::parse_count)?,
            max_agent_depth: settings.require(&env::MAX_AGENT_DEPTH, layers::parse_count)?,
            earned_classes: settings.require(&env::EARNED_CLASSES, earned::parse_list)?,
            warnings,
            settings,
            folders,
        })
    }

    /// Returns what is set for `variable`, and by whom.
    pub(crate) fn setting(&self, variable: &Variable) -> Option<&Setting> {
        self.settings.get(variable)
    }
}

#[cfg(test)]
mod tests;

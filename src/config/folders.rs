//! Where things are kept and found: XDG folders on every system, or all of it in `ALDO_HOME`.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

use super::layers::Settings;
use crate::env::{self, Environment};
use crate::failure::Failure;

/// The folders of one user on one machine, with the project's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folders {
    /// The user's `config.toml` and agents.
    pub(crate) config: PathBuf,
    /// Checkpoints of aldo's own.
    pub(crate) models: PathBuf,
    /// The run store.
    pub(crate) state: PathBuf,
    /// The Hugging Face cache.
    pub(crate) hub_cache: PathBuf,
    /// The file that logging in to the Hugging Face hub leaves.
    pub(crate) hub_token: PathBuf,
    /// The working directory, whose `aldo.toml`, `agents` and `agency` belong to the project.
    pub(crate) project: PathBuf,
}

/// The places known before any configuration is read.
pub(super) struct Places {
    base: Xdg,
    project: PathBuf,
}

impl Places {
    pub(super) fn find() -> Result<Self, Failure> {
        let base = Xdg::new().map_err(|error| {
            Failure::usage("no_home", "there is no home folder")
                .because(error)
                .hint("set `HOME`")
        })?;
        let project = std::env::current_dir().map_err(|error| {
            Failure::usage("no_folder", "the working directory cannot be read").because(error)
        })?;
        Ok(Self { base, project })
    }

    pub(super) fn user_file(&self) -> PathBuf {
        self.config().join("config.toml")
    }

    /// `./aldo.toml`, shown as the user knows it.
    pub(super) fn project_file() -> PathBuf {
        Path::new(".").join("aldo.toml")
    }

    fn config(&self) -> PathBuf {
        self.base.config_dir().join("aldo")
    }

    pub(super) fn resolve(self, settings: &Settings, environment: &Environment) -> Folders {
        let home = settings
            .get(&env::HOME)
            .map(|setting| self.expand(&setting.value));
        let state = || {
            self.base
                .state_dir()
                .unwrap_or_else(|| self.base.data_dir())
        };
        let (models, state) = match home {
            Some(home) => (home.join("models"), home),
            None => (
                self.base.data_dir().join("aldo/models"),
                state().join("aldo"),
            ),
        };
        Folders {
            config: self.config(),
            models,
            state,
            hub_cache: self.hub_cache(environment),
            hub_token: self.hub_token(environment),
            project: self.project,
        }
    }

    /// The cache as Hugging Face's own library finds it.
    fn hub_cache(&self, environment: &Environment) -> PathBuf {
        self.named(&env::HF_HUB_CACHE, environment)
            .unwrap_or_else(|| self.hub_home(environment).join("hub"))
    }

    /// The token as Hugging Face's own library finds it.
    fn hub_token(&self, environment: &Environment) -> PathBuf {
        self.named(&env::HF_TOKEN_PATH, environment)
            .unwrap_or_else(|| self.hub_home(environment).join("token"))
    }

    fn hub_home(&self, environment: &Environment) -> PathBuf {
        self.named(&env::HF_HOME, environment)
            .unwrap_or_else(|| self.base.cache_dir().join("huggingface"))
    }

    fn named(&self, variable: &env::Variable, environment: &Environment) -> Option<PathBuf> {
        let value = environment.get(variable.name)?;
        Some(self.expand(&value.to_string_lossy()))
    }

    /// Resolves `~` and what is relative to the working directory.
    fn expand(&self, path: &str) -> PathBuf {
        match path.strip_prefix("~/") {
            Some(rest) => self.base.home_dir().join(rest),
            None => self.project.join(path),
        }
    }
}

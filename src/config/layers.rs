//! The layers of configuration, and which of them each value comes from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::file::{Entry, File};
use super::tighten::is_stricter;
use crate::env::{self, Environment, Project, Variable};
use crate::failure::Failure;

/// The longest time that can be set, in seconds: a year.
const SECONDS_MAX: u64 = 31_536_000;

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The value as it was written.
    pub(crate) value: String,
    /// Where it was written.
    pub(crate) origin: Origin,
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// Compiled in.
    Default,
    /// In a configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The key.
        key: String,
    },
    /// In the environment, under this name.
    Environment(&'static str),
}

impl Origin {
    /// Returns `path:line:column: ` for what is in a file.
    pub(super) fn place(&self) -> String {
        match self {
            Self::File {
                path, line, column, ..
            } => format!("{}:{line}:{column}: ", path.display()),
            Self::Default | Self::Environment(_) => String::new(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File { key, .. } => write!(f, "{}`{key}`", self.place()),
            Self::Environment(name) => write!(f, "`{name}`"),
        }
    }
}

impl Setting {
    /// Reads the value.
    ///
    /// # Errors
    /// A usage failure naming the place and what `parse` found wrong.
    pub(crate) fn parse_with<T>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        parse(self.value.trim()).map_err(|reason| {
            Failure::usage("bad_configuration", format!("{}: {reason}", self.origin))
        })
    }
}

/// The value of each variable that has one, by its name.
#[derive(Debug, Default)]
pub(crate) struct Settings(BTreeMap<&'static str, Setting>);

impl Settings {
    /// Merges the layers, lowest first; a project's file only tightens, the rest of it becomes a warning.
    ///
    /// # Errors
    /// A usage failure for a key nobody knows or a variable that is not text.
    pub(super) fn merge(
        user: File,
        project: File,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let mut settings = Self::defaults();
        for entry in user.entries {
            let variable = entry.variable()?;
            settings.0.insert(variable.name, entry.setting);
        }
        for entry in project.entries {
            settings.tighten(entry, warnings)?;
        }
        for variable in &env::ALL {
            if let Some(value) = environment.get(variable.name) {
                let setting = Setting {
                    value: text(variable, value)?,
                    origin: Origin::Environment(variable.name),
                };
                settings.0.insert(variable.name, setting);
            }
        }
        Ok(settings)
    }

    fn defaults() -> Self {
        let set = env::ALL
            .iter()
            .filter(|variable| !variable.default.is_empty());
        Self(
            set.map(|variable| {
                let setting = Setting {
                    value: variable.default.to_owned(),
                    origin: Origin::Default,
                };
                (variable.name, setting)
            })
            .collect(),
        )
    }

    /// Takes an entry of a project's file as far as it may go.
    fn tighten(&mut self, entry: Entry, warnings: &mut Vec<String>) -> Result<(), Failure> {
        let variable = entry.variable()?;
        let allowed = match variable.project {
            Project::Sets => true,
            Project::Tightens => is_stricter(variable, self.get(variable), &entry.setting)?,
            Project::Ignored => false,
        };
        if allowed {
            self.0.insert(variable.name, entry.setting);
        } else {
            warnings.push(format!(
                "{} is ignored: what comes with a folder may only tighten",
                entry.setting.origin
            ));
        }
        Ok(())
    }

    /// Returns what is set for `variable`.
    pub(super) fn get(&self, variable: &Variable) -> Option<&Setting> {
        self.0.get(variable.name)
    }

    /// Reads a variable that has a default.
    pub(super) fn require<T>(
        &self,
        variable: &Variable,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let setting = self.get(variable);
        setting
            .expect("the variable has a default")
            .parse_with(parse)
    }
}

fn text(variable: &Variable, value: &OsString) -> Result<String, Failure> {
    let text = value.clone().into_string();
    text.map_err(|_| {
        let message = format!("`{}` is not UTF-8 text", variable.name);
        Failure::usage("bad_configuration", message)
    })
}

/// Reads a switch.
pub(super) fn parse_switch(word: &str) -> Result<bool, String> {
    match word.to_ascii_lowercase().as_str() {
        "1" | "on" | "yes" | "true" => Ok(true),
        "0" | "off" | "no" | "false" => Ok(false),
        _ => Err(format!("expected `1` or `0`, not `{word}`")),
    }
}

/// Reads a switch as Hugging Face's tools do: what is not true is false.
pub(crate) fn is_true(word: &str) -> bool {
    parse_switch(word).unwrap_or(false)
}

/// Reads an amount of US dollars.
pub(crate) fn parse_usd(word: &str) -> Result<f64, String> {
    let usd = word.parse::<f64>().ok();
    usd.filter(|usd| usd.is_finite() && *usd >= 0.0)
        .ok_or_else(|| format!("expected an amount of US dollars, not `{word}`"))
}

/// Reads a number from 1.
pub(crate) fn parse_count(word: &str) -> Result<usize, String> {
    let count = word.parse::<usize>().ok();
    count
        .filter(|count| *count >= 1)
        .ok_or_else(|| format!("expected a whole number from 1, not `{word}`"))
}

/// Reads a time in whole seconds.
pub(super) fn parse_seconds(word: &str) -> Result<Duration, String> {
    let seconds = word.parse::<u64>().ok();
    seconds
        .filter(|seconds| (1..=SECONDS_MAX).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| {
            format!("expected a whole number of seconds from 1 to {SECONDS_MAX}, not `{word}`")
        })
}

//! Every environment variable aldo reads, once, with its meaning. The reference is generated from here.

use std::collections::BTreeMap;
use std::ffi::OsString;

#[cfg(test)]
mod reference;
mod table;

pub(crate) use table::*;

/// One variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Its name in the environment.
    pub(crate) name: &'static str,
    /// Its key in `config.toml` and `aldo.toml`; without one it is read from the environment only.
    pub(crate) key: Option<&'static str>,
    /// What it does.
    pub(crate) meaning: &'static str,
    /// What holds where nothing is set; empty: nothing.
    pub(crate) default: &'static str,
    /// Whether its value is never shown.
    pub(crate) secret: bool,
    /// What a project's own `aldo.toml` may do with it.
    pub(crate) project: Project,
}

/// What a project's own `aldo.toml` may do with a setting before the folder is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Project {
    /// Set it as it likes.
    Sets,
    /// Only make it stricter than what holds below.
    Tightens,
    /// Nothing.
    Ignored,
}

/// Variables of candle and rayon that change what a model computes or how fast; `doctor` names those set.
pub(crate) const CANDLE: [&str; 6] = [
    "CANDLE_DEQUANTIZE_ALL",
    "CANDLE_DEQUANTIZE_ALL_F16",
    "MISTRALRS_FORCE_AVX2",
    "MISTRALRS_FORCE_AVXVNNI",
    "RAYON_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
];

/// How the names of variables end whose values are never stored.
const SECRET_ENDS: [&str; 6] = [
    "TOKEN",
    "_KEY",
    "SECRET",
    "PASSWORD",
    "PASSPHRASE",
    "CREDENTIALS",
];

/// Returns the variable whose key in a configuration file is `key`.
pub(crate) fn by_key(key: &str) -> Option<&'static Variable> {
    static TABLE: [Variable; ALL.len()] = ALL;
    TABLE.iter().find(|variable| variable.key == Some(key))
}

/// The environment as it was when the program began.
#[derive(Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// Reads the process's environment. Names that are not text are nobody's.
    pub(crate) fn read() -> Self {
        let variables = std::env::vars_os();
        Self(
            variables
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .collect(),
        )
    }

    /// Returns the value of `name`, unless it is unset or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&OsString> {
        self.0.get(name).filter(|value| !value.is_empty())
    }

    /// Returns every variable: name and value.
    pub(crate) fn all(&self) -> impl Iterator<Item = (String, OsString)> {
        let all = self.0.iter();
        all.map(|(name, value)| (name.clone(), value.clone()))
    }

    /// Returns what by its name is a secret, aldo's own or another program's: name and value.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = (String, String)> {
        let is_secret = |name: &str| SECRET_ENDS.iter().any(|end| name.ends_with(end));
        self.0
            .iter()
            .filter(move |(name, _)| is_secret(name))
            .filter_map(|(name, value)| Some((name.clone(), value.to_str()?.to_owned())))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .map(|(name, value)| (name.to_owned(), value.into()))
                .into(),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_variable_is_listed_once_and_says_what_it_does() {
        let names: BTreeSet<_> = ALL.iter().map(|variable| variable.name).collect();
        assert_eq!(names.len(), ALL.len());
        let keys: Vec<_> = ALL.iter().filter_map(|variable| variable.key).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
        assert!(ALL.iter().all(|variable| !variable.meaning.is_empty()));
    }

    #[test]
    fn whatever_is_a_token_is_secret() {
        for variable in ALL {
            assert_eq!(
                variable.secret,
                variable.name.ends_with("TOKEN"),
                "{}",
                variable.name
            );
        }
    }

    #[test]
    fn a_project_sets_no_address_token_root_or_switch_of_tools() {
        for variable in ALL.iter().filter(|v| v.project != Project::Ignored) {
            let loose = ["URL", "TOKEN", "ROOT", "HOME", "ENABLED", "TENANTS", "HOST"];
            assert!(
                !loose.iter().any(|end| variable.name.ends_with(end)),
                "{}",
                variable.name
            );
        }
    }

    #[test]
    fn secrets_are_known_by_the_end_of_their_name() {
        let env = Environment::from([
            ("ALDO_API_TOKEN", "one"),
            ("OTHER_API_KEY", "two"),
            ("KEYBOARD", "us"),
            ("HOME", "/root"),
        ]);
        let names: Vec<_> = env.secrets().map(|(name, _)| name).collect();
        assert_eq!(names, ["ALDO_API_TOKEN", "OTHER_API_KEY"]);
        for variable in ALL.iter().filter(|variable| variable.secret) {
            let ends = SECRET_ENDS.iter().any(|end| variable.name.ends_with(end));
            assert!(ends, "{}", variable.name);
        }
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let env = Environment::from([("ALDO_HOME", ""), ("HF_HOME", "/x")]);
        assert_eq!(env.get("ALDO_HOME"), None);
        assert_eq!(env.get("HF_HOME"), Some(&OsString::from("/x")));
    }
}

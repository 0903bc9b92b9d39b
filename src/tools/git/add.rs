use schemars::JsonSchema;
use serde::Deserialize;

use super::super::fs::Inside;
use super::super::problem::{Done, Problem};
use super::Call;
use super::repository::Repository;

/// How many paths one call may name.
const PATHS_MAX: usize = 1000;

/// Stages files.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Paths below the root.
    paths: Vec<String>,
}

impl Call for Arguments {
    const CHANGES: bool = true;

    async fn call(&self, repository: &Repository<'_>) -> Done {
        if self.paths.is_empty() || self.paths.len() > PATHS_MAX {
            return Err(Problem::failed("`paths` names 1 to 1000 paths"));
        }
        let paths = self.paths.iter();
        let paths = paths.map(|path| Inside::parse(path, repository.folder()));
        let paths: Vec<String> = paths
            .map(|inside| inside.map(|inside| inside.shown()))
            .collect::<Result<_, _>>()?;
        let mut args = vec!["add", "--"];
        args.extend(paths.iter().map(String::as_str));
        repository.say(&args, "staged").await
    }
}

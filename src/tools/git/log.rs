use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::Done;
use super::Call;
use super::repository::Repository;

/// How many commits are listed where the call does not say.
const COMMITS_DEFAULT: usize = 20;
/// How many commits are listed.
const COMMITS_MAX: usize = 200;

/// Lists commits, newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// How many.
    #[schemars(range(min = 1))]
    limit: Option<usize>,
    /// Only those that touch this path.
    path: Option<String>,
}

impl Call for Arguments {
    const CHANGES: bool = false;

    async fn call(&self, repository: &Repository<'_>) -> Done {
        let path = repository.below(self.path.as_deref())?;
        let limit = self.limit.unwrap_or(COMMITS_DEFAULT).min(COMMITS_MAX);
        let limit = format!("--max-count={limit}");
        let mut args = vec![
            "log",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--no-mailmap",
            "--date=iso-strict",
            "--format=%h %ad %an: %s",
            &limit,
            "--",
        ];
        args.extend(path.as_deref());
        repository.say(&args, "[no commits]").await
    }
}

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::Done;
use super::repository::Repository;
use super::{Call, names};

/// Switches to a branch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Name of the branch.
    branch: String,
}

impl Call for Arguments {
    const CHANGES: bool = true;

    async fn call(&self, repository: &Repository<'_>) -> Done {
        let branch = names::branch(&self.branch)?;
        let switched = format!("switched to `{branch}`");
        let args = [
            "switch",
            "--quiet",
            "--no-guess",
            "--no-recurse-submodules",
            branch,
        ];
        repository.say(&args, &switched).await
    }
}

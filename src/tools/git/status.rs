use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::Done;
use super::Call;
use super::repository::Repository;

/// Shows what has changed in the working tree.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {}

impl Call for Arguments {
    const CHANGES: bool = false;

    async fn call(&self, repository: &Repository<'_>) -> Done {
        let args = [
            "status",
            "--porcelain=v1",
            "--branch",
            "--ignore-submodules=all",
        ];
        repository.say(&args, "[nothing has changed]").await
    }
}

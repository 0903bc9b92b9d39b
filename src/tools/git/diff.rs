use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::Done;
use super::Call;
use super::repository::Repository;

/// Shows changes as a patch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Only this path.
    path: Option<String>,
    /// Changes that are staged.
    staged: Option<bool>,
}

impl Call for Arguments {
    const CHANGES: bool = false;

    async fn call(&self, repository: &Repository<'_>) -> Done {
        let path = repository.below(self.path.as_deref())?;
        let mut args = vec![
            "diff",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=all",
        ];
        if self.staged.unwrap_or(false) {
            args.push("--cached");
        }
        args.push("--");
        args.extend(path.as_deref());
        repository.say(&args, "[no changes]").await
    }
}

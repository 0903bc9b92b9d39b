use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{Done, Problem};
use super::repository::Repository;
use super::{Call, names};

/// Lists branches, or makes one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Name of the new branch.
    name: Option<String>,
}

impl Call for Arguments {
    const CHANGES: bool = true;

    async fn call(&self, repository: &Repository<'_>) -> Done {
        let Some(name) = self.name.as_deref() else {
            let args = ["branch", "--list", "--no-color"];
            return repository.say(&args, "[no branches]").await;
        };
        let name = names::branch(name)?;
        if repository.guards().protects(name) {
            return Err(Problem::refused(format!(
                "`{name}` is the name of a protected branch"
            )));
        }
        let made = format!("made `{name}`");
        repository
            .say(&["branch", "--no-track", "--", name], &made)
            .await
    }
}

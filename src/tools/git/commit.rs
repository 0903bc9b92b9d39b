use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{Done, Problem};
use super::Call;
use super::repository::Repository;

/// The longest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// Commits what is staged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Commit message.
    message: String,
}

impl Call for Arguments {
    const CHANGES: bool = true;

    async fn call(&self, repository: &Repository<'_>) -> Done {
        let message = self.message.trim();
        if message.is_empty() || message.len() > MESSAGE_BYTES_MAX || message.contains('\0') {
            return Err(Problem::failed("a message has 1 to 65536 bytes"));
        }
        if let Some(branch) = repository.branch().await?
            && repository.guards().protects(&branch)
        {
            return Err(Problem::refused(format!(
                "`{branch}` is protected: make a branch with `git.branch` and switch to it with `git.checkout`"
            )));
        }
        let message = format!("--message={message}");
        let args = [
            "commit",
            "--quiet",
            "--no-gpg-sign",
            "--cleanup=strip",
            &message,
        ];
        repository.say(&args, "committed").await
    }
}

//! What became of asking the runtimes, as every command shows it.

use serde::Serialize;

use crate::discovery::{Answer, Reply};
use crate::env;
use crate::ui::{Page, Span, dim, good, plain, strong, warning};

/// One runtime at one address, for scripts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row<'a> {
    runtime: &'static str,
    base_url: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    models: usize,
    /// Who answers in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Returns the rows for scripts.
pub(crate) fn rows(answers: &[Answer]) -> Vec<Row<'_>> {
    answers.iter().map(Row::of).collect()
}

/// Adds a table of the runtimes that were asked, or says that none was.
pub(crate) fn show(page: &mut Page, answers: &[Answer]) {
    if answers.is_empty() {
        let variable = env::LOCAL_DISCOVERY.name;
        page.line([dim(format!(
            "runtimes: none was asked; `{variable}=all` asks them, `aldo models discover` shows them"
        ))]);
        return;
    }
    page.table(["runtime", "address", "answer"], answers.iter().map(cells));
}

fn cells(answer: &Answer) -> [Span; 3] {
    let says = answer.says();
    let (name, says) = match &answer.reply {
        Reply::Serving { models: 0, .. } => (plain(answer.runtime.name()), plain(says)),
        Reply::Serving { .. } => (strong(answer.runtime.name()), good(says)),
        Reply::Unexpected { .. } => (plain(answer.runtime.name()), warning(says)),
        Reply::NotRunning { .. } | Reply::NotAsked { .. } => {
            (plain(answer.runtime.name()), dim(says))
        }
    };
    [name, plain(answer.place()), says]
}

impl<'a> Row<'a> {
    fn of(answer: &'a Answer) -> Self {
        let mut row = Self {
            runtime: answer.runtime.name(),
            base_url: &answer.address,
            state: "",
            version: None,
            models: 0,
            found: None,
            reason: None,
        };
        match &answer.reply {
            Reply::Serving { version, models } => {
                row.state = "serving";
                row.version = version.as_deref();
                row.models = *models;
            }
            Reply::NotRunning { reason } => {
                row.state = "not-running";
                row.reason = Some(reason);
            }
            Reply::Unexpected { found, reason } => {
                row.state = "unexpected";
                row.found = found.map(aldo_backends::Server::name);
                row.reason = Some(reason);
            }
            Reply::NotAsked { reason } => {
                row.state = "not-asked";
                row.reason = Some(reason);
            }
        }
        row
    }
}

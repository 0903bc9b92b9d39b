//! Candidates that another program or a service answers for, as every command shows them.

use serde::Serialize;

use crate::candidate::{Candidate, Locality, Source};
use crate::capabilities::{Capability, CapabilityClass};
use crate::ui::{Page, Span, dim, plain, strong, warning};

/// One model, for scripts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row<'a> {
    id: &'a str,
    provider: &'a str,
    locality: Locality,
    context_tokens: u64,
    classes: &'a [CapabilityClass],
    capabilities: Vec<&'a Capability>,
    /// Where its server is; nothing in process.
    base_url: Option<&'a str>,
    /// Where its weights are; nothing for the built-in model and for what others serve.
    path: Option<String>,
}

impl<'a> Row<'a> {
    /// Describes a candidate.
    pub(crate) fn of(candidate: &'a Candidate) -> Self {
        let (base_url, path) = match &candidate.source {
            Source::Builtin => (None, None),
            Source::Checkpoint(path) => (None, Some(path.display().to_string())),
            Source::Runtime { base_url, .. } => (Some(base_url.as_str()), None),
            Source::Catalog(service) => (Some(service.base_url.as_str()), None),
        };
        Self {
            id: &candidate.id,
            provider: &candidate.provider,
            locality: candidate.locality,
            context_tokens: candidate.context_tokens,
            classes: &candidate.classes,
            capabilities: candidate.provides.iter().collect(),
            base_url,
            path,
        }
    }
}

/// Adds a table of models.
pub(crate) fn show(page: &mut Page, rows: &[Row<'_>]) {
    page.table(
        ["model", "provider", "locality", "context", "can"],
        rows.iter().map(cells),
    );
}

fn cells(row: &Row<'_>) -> [Span; 5] {
    let locality = match row.locality {
        Locality::Local => plain(row.locality.as_str()),
        Locality::OnPrem | Locality::Cloud => warning(row.locality.as_str()),
    };
    [
        strong(row.id),
        plain(row.provider),
        locality,
        plain(row.context_tokens.to_string()),
        dim(abilities(&row.capabilities)),
    ]
}

/// What tells models apart: `streaming` they all do, the context has its own column, and what goes
/// with another word is left to `--json`.
fn abilities(capabilities: &[&Capability]) -> String {
    let told_elsewhere = [
        Capability::STREAMING,
        Capability::FUNCTION_CALLING,
        Capability::EXTENDED_THINKING,
        Capability::CONTEXT_128K,
        Capability::CONTEXT_1M,
    ];
    let words = capabilities
        .iter()
        .filter(|word| !told_elsewhere.contains(word));
    words
        .map(|word| word.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

//! `aldo agents ls`.

use serde::Serialize;

use crate::commands::Context;
use crate::spec::{Found, Listing};
use crate::ui::{Outcome, Page, Span, bad, dim, plain, strong};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    name: String,
    origin: &'static str,
    path: String,
    #[serde(flatten)]
    about: Option<About>,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    version: String,
    description: String,
    privacy_tier: &'static str,
    primary_class: String,
}

#[derive(Debug, Serialize)]
struct Document {
    agents: Vec<Row>,
}

/// Lists every agent; one whose spec is wrong is a row that says so.
pub(super) fn run(ctx: &Context) -> Outcome {
    let agents: Vec<Row> = super::places(ctx)
        .list()
        .into_iter()
        .map(Row::new)
        .collect();
    let mut page = Page::new();
    page.table(
        ["agent", "tier", "class", "from", "about"],
        agents.iter().map(Row::cells),
    );
    Outcome::new(&Document { agents }, page)
}

impl Row {
    fn new(listing: Listing) -> Self {
        let (about, error) = match &listing.found {
            Ok(found) => (Some(About::new(found)), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            name: listing.name,
            origin: listing.origin.as_str(),
            path: listing.path,
            about,
            error,
        }
    }

    fn cells(&self) -> [Span; 5] {
        let error = || bad(self.error.as_deref().unwrap_or_default());
        let Some(about) = &self.about else {
            return [
                strong(&self.name),
                dim("-"),
                dim("-"),
                dim(self.origin),
                error(),
            ];
        };
        [
            strong(&self.name),
            plain(about.privacy_tier),
            plain(&about.primary_class),
            dim(self.origin),
            plain(&about.description),
        ]
    }
}

impl About {
    fn new(found: &Found) -> Self {
        let spec = &found.spec;
        Self {
            version: spec.identity.version.clone(),
            description: spec.identity.description.clone(),
            privacy_tier: spec.tier().as_str(),
            primary_class: spec.model_policy.primary.to_string(),
        }
    }
}

//! Who the agent is, out of either form.

use serde_saphyr::Spanned;

use super::super::agent::Identity;
use super::super::raw::RawAgent;
use super::{Check, is_agent_name, not_a_name};
use crate::yaml::Fault;

/// The version of an agent that names none.
const VERSION_DEFAULT: &str = "0.1.0";

impl Check<'_> {
    pub(super) fn identity(&mut self, raw: &RawAgent, stem: Option<&str>) -> Option<Identity> {
        let Some(identity) = &raw.identity else {
            return self.short_identity(raw, stem);
        };
        let doubled = [
            raw.name.as_ref().map(|key| ("name", key.referenced)),
            raw.version.as_ref().map(|key| ("version", key.referenced)),
            raw.description
                .as_ref()
                .map(|key| ("description", key.referenced)),
            raw.owner.as_ref().map(|key| ("owner", key.referenced)),
            raw.tags.as_ref().map(|key| ("tags", key.referenced)),
        ];
        for (key, place) in doubled.into_iter().flatten() {
            self.hinted(
                place,
                format!("`{key}` is beside `identity`"),
                "move it into `identity`",
            );
        }
        let identity = &identity.value;
        let name = self.agent_name(identity.name.clone())?;
        Some(Identity {
            name,
            version: version(identity.version.as_ref()),
            description: identity.description.clone(),
            owner: identity.owner.clone(),
            tags: identity.tags.clone(),
        })
    }

    fn short_identity(&mut self, raw: &RawAgent, stem: Option<&str>) -> Option<Identity> {
        let name = match (&raw.name, stem) {
            (Some(name), _) => self.agent_name(name.clone())?,
            (None, Some(stem)) if is_agent_name(stem) => stem.to_owned(),
            (None, _) => {
                let fault = Fault::at_top("missing key `name`".to_owned());
                self.faults
                    .push(fault.hint("the file's own name cannot name an agent"));
                return None;
            }
        };
        let text = |key: &Option<Spanned<String>>| key.as_ref().map(|key| key.value.clone());
        Some(Identity {
            name,
            version: version(raw.version.as_ref()),
            description: text(&raw.description).unwrap_or_default(),
            owner: text(&raw.owner),
            tags: raw
                .tags
                .as_ref()
                .map(|tags| tags.value.clone())
                .unwrap_or_default(),
        })
    }

    pub(super) fn agent_name(&mut self, name: Spanned<String>) -> Option<String> {
        if is_agent_name(&name.value) {
            return Some(name.value);
        }
        self.fault(name.referenced, not_a_name(&name.value));
        None
    }
}

fn version(version: Option<&Spanned<String>>) -> String {
    version.map_or_else(
        || VERSION_DEFAULT.to_owned(),
        |version| version.value.clone(),
    )
}

//! What catalogues change of what was found.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, Row, Trust, config};
use crate::candidate::{
    Candidate, Locality, Price, Registry, Runtime, Service, Source, Unavailable, UnavailableKind,
    address_locality,
};
use crate::capabilities::{Capability, PrivacyTier, ServedFacts, project_served};

/// What a row is read against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    /// Where each runtime is, for rows that leave it out.
    pub(crate) addresses: &'a BTreeMap<Runtime, Vec<String>>,
    /// Whether only loopback may be connected to.
    pub(crate) offline: bool,
}

impl Catalog {
    /// Lets every row take effect on `registry`: a row with an address replaces what was found under
    /// its id, a row without one describes it. Returns what is to be said on stderr.
    pub(crate) fn apply(self, registry: &mut Registry, ground: Ground<'_>) -> Vec<String> {
        let mut warnings = self.warnings;
        for row in self.rows {
            if let Err(reason) = row.apply(registry, ground, &mut warnings) {
                registry.unavailable.push(Unavailable {
                    kind: UnavailableKind::Catalog,
                    what: format!("{} of {}", row.id, row.place),
                    reason,
                });
            }
        }
        warnings
    }
}

impl Row {
    fn apply(
        &self,
        registry: &mut Registry,
        ground: Ground<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<(), String> {
        let found = registry
            .candidates
            .iter_mut()
            .find(|found| found.id == self.id && found.provider == self.provider);
        let Some(found) = found else {
            let service = self.service(self.address(ground)?);
            return self.replace(&service, registry, ground);
        };
        let base_url = match (&self.config.base_url, &found.source) {
            (Some(base_url), _) => base_url,
            (None, Source::Runtime { base_url, .. }) if !self.config.is_silent() => base_url,
            (None, _) => {
                self.describe(found, warnings);
                return Ok(());
            }
        };
        let service = self.service(base_url.clone());
        self.replace(&service, registry, ground)
    }

    /// Where a model is reached that was not found.
    fn address(&self, ground: Ground<'_>) -> Result<String, String> {
        let provider = &self.provider;
        let at_home = || {
            let addresses = ground.addresses.get(&Runtime::from_name(provider)?)?;
            addresses.first().cloned()
        };
        match self.trust {
            Trust::Folder => Err(format!(
                "`{provider}` serves no such model here, and what comes with a folder sets no address"
            )),
            Trust::Consented => {
                let address = self.config.base_url.clone().or_else(at_home);
                address.ok_or_else(|| {
                    format!("`{provider}` serves no such model here, and the row has no `baseUrl`")
                })
            }
        }
    }

    fn service(&self, base_url: String) -> Service {
        Service {
            base_url,
            runtime: Runtime::from_name(&self.provider),
            api_key_env: self.config.api_key_env.clone(),
            headers: self.config.headers.clone(),
            extra: self.config.extra.clone(),
        }
    }

    fn replace(
        &self,
        service: &Service,
        registry: &mut Registry,
        ground: Ground<'_>,
    ) -> Result<(), String> {
        let found = |other: &&Candidate| other.id == self.id && other.provider == self.provider;
        let known = registry.candidates.iter().find(found);
        let locality = self.locality_of(service, known);
        if ground.offline && address_locality(&service.base_url) != Locality::Local {
            return Err("offline, and its address is not one of this machine".to_owned());
        }
        let (profile, context_tokens) = project_served(
            &self.id,
            ServedFacts {
                context_tokens: self
                    .context_tokens
                    .or(known.map(|known| known.context_tokens)),
                ..ServedFacts::default()
            },
        );
        let candidate = Candidate {
            id: self.id.clone(),
            provider: self.provider.clone(),
            locality,
            classes: self.classes.clone().unwrap_or_else(|| vec![profile.class]),
            provides: self.provides.clone().unwrap_or(profile.capabilities),
            privacy_allowed: self
                .privacy_allowed
                .clone()
                .unwrap_or_else(|| locality.privacy_allowed()),
            context_tokens,
            price: self.price.unwrap_or(Price::FREE),
            latency_p95_ms: self.latency_p95_ms,
            rating: None,
            unhealthy: false,
            source: Source::Catalog(Box::new(service.clone())),
        };
        registry.candidates.retain(|other| other.id != self.id);
        registry.candidates.push(candidate);
        Ok(())
    }

    /// What the row says, unless the address or what answers there says it goes further away.
    fn locality_of(&self, service: &Service, known: Option<&Candidate>) -> Locality {
        let least = config::locality(&service.base_url, &self.provider, &self.id);
        let forwarded = known.is_some_and(|known| known.locality == Locality::Cloud);
        match (self.locality, least) {
            (_, Locality::Local) if forwarded => Locality::Cloud,
            (Some(Locality::Local) | None, least) => least,
            (Some(claimed), _) => claimed,
        }
    }

    /// Says more of a model that was found. What came with a folder only makes it stricter.
    fn describe(&self, found: &mut Candidate, warnings: &mut Vec<String>) {
        if let Some(claimed) = self.locality {
            if claimed < found.locality {
                let locality = found.locality;
                warnings.push(format!(
                    "{}: `locality: {claimed}` is not believed: `{}` is `{locality}`",
                    self.place, self.id
                ));
            }
            found.locality = found.locality.max(claimed);
        }
        if let Some(classes) = &self.classes {
            found.classes.clone_from(classes);
        }
        if let Some(provides) = &self.provides {
            self.warn_of_claims(provides, found, warnings);
            found.provides.clone_from(provides);
        }
        found.latency_p95_ms = self.latency_p95_ms.or(found.latency_p95_ms);
        match self.trust {
            Trust::Consented => self.describe_freely(found),
            Trust::Folder => self.tighten(found),
        }
    }

    /// What a checkpoint itself says is known, so that more is said to be the file's word.
    fn warn_of_claims(
        &self,
        provides: &BTreeSet<Capability>,
        found: &Candidate,
        warnings: &mut Vec<String>,
    ) {
        let more = provides.difference(&found.provides).map(Capability::as_str);
        let more: Vec<&str> = more.collect();
        if found.source.is_in_process() && !more.is_empty() {
            warnings.push(format!(
                "{}: that `{}` provides `{}` is the word of this file, not of its checkpoint",
                self.place,
                self.id,
                more.join("`, `")
            ));
        }
    }

    fn describe_freely(&self, found: &mut Candidate) {
        if let Some(allowed) = &self.privacy_allowed {
            found.privacy_allowed.clone_from(allowed);
        }
        found.price = self.price.unwrap_or(found.price);
        found.context_tokens = self.context_tokens.unwrap_or(found.context_tokens);
    }

    fn tighten(&self, found: &mut Candidate) {
        if let Some(allowed) = &self.privacy_allowed {
            let both = |tier: &PrivacyTier| allowed.contains(tier);
            found.privacy_allowed.retain(both);
        }
        if let Some(tokens) = self.context_tokens {
            found.context_tokens = found.context_tokens.min(tokens);
        }
        if let Some(price) = self.price {
            let was = found.price;
            found.price = Price {
                usd_per_mtok_in: price.usd_per_mtok_in.max(was.usd_per_mtok_in),
                usd_per_mtok_out: price.usd_per_mtok_out.max(was.usd_per_mtok_out),
            };
        }
    }
}

//! From what is written to what holds; every fault is found, not only the first.

use std::collections::BTreeSet;

use serde_saphyr::Location;

use super::raw::{RawCatalog, RawCost, RawRow};
use super::{Row, Trust, config};
use crate::candidate::{Locality, Price};
use crate::capabilities::CapabilityClass;
use crate::yaml::Fault;

/// The one version of the format.
const API_VERSION: &str = "aldo/models.v1";
/// The one kind of the format.
const KIND: &str = "ModelCatalog";
/// The longest id, in bytes.
const ID_BYTES_MAX: usize = 256;
/// The longest name of a provider, in bytes.
const PROVIDER_BYTES_MAX: usize = 64;

/// Checks a whole catalogue: its rows and what of them is ignored, or every fault.
pub(super) fn catalog(
    raw: RawCatalog,
    file: &str,
    trust: Trust,
) -> Result<(Vec<Row>, Vec<String>), Vec<Fault>> {
    let mut check = Check {
        file,
        trust,
        faults: Vec::new(),
        warnings: Vec::new(),
    };
    check.word(
        &raw.api_version.value,
        API_VERSION,
        "apiVersion",
        raw.api_version.referenced,
    );
    check.word(&raw.kind.value, KIND, "kind", raw.kind.referenced);
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for raw in raw.models {
        let place = raw.id.referenced;
        let row = check.row(raw);
        if !seen.insert((row.provider.clone(), row.id.clone())) {
            let message = format!("`{}` of `{}` is here a second time", row.id, row.provider);
            check.faults.push(Fault::at(place, message));
        }
        rows.push(row);
    }
    if check.faults.is_empty() {
        Ok((rows, check.warnings))
    } else {
        Err(check.faults)
    }
}

pub(super) struct Check<'a> {
    file: &'a str,
    pub(super) trust: Trust,
    pub(super) faults: Vec<Fault>,
    warnings: Vec<String>,
}

impl Check<'_> {
    fn word(&mut self, found: &str, expected: &str, key: &str, place: Location) {
        if found != expected {
            let message = format!("unknown `{key}`, expected `{expected}`");
            self.faults.push(Fault::at(place, message));
        }
    }

    /// Says on stderr that something of the file does not hold.
    pub(super) fn warn(&mut self, place: Location, what: &str) {
        let place = self.place(place);
        self.warnings.push(format!("{place}: {what}"));
    }

    fn place(&self, place: Location) -> String {
        let (line, column) = (place.line().max(1), place.column().max(1));
        format!("{}:{line}:{column}", self.file)
    }

    fn row(&mut self, raw: RawRow) -> Row {
        let place = raw.id.referenced;
        self.id(&raw.id.value, place);
        self.provider(&raw.provider.value, raw.provider.referenced);
        let config = self.config(&raw.provider_config, &raw.provider.value);
        let locality = self.locality(&raw, config.base_url.as_deref());
        if let Some(tokens) = raw
            .effective_context_tokens
            .as_ref()
            .filter(|t| t.value == 0)
        {
            let message = "expected at least 1, found `0`";
            self.faults.push(Fault::at(tokens.referenced, message));
        }
        let price = self.price(raw.cost.as_ref().map(|cost| (&cost.value, cost.referenced)));
        if price.is_none() && config.base_url.is_some() && locality == Some(Locality::Cloud) {
            let fault = Fault::at(
                place,
                "missing key `cost`, which a model elsewhere must have",
            );
            let hint = "write `cost: {usdPerMtokIn: 0, usdPerMtokOut: 0}` if it costs nothing";
            self.faults.push(fault.hint(hint));
        }
        Row {
            place: self.place(place),
            trust: self.trust,
            classes: self.classes(&raw),
            id: raw.id.value,
            provider: raw.provider.value,
            locality,
            provides: raw.provides,
            privacy_allowed: raw.privacy_allowed,
            context_tokens: raw.effective_context_tokens.map(|tokens| tokens.value),
            price,
            latency_p95_ms: raw.latency_p95_ms,
            config,
        }
    }

    fn id(&mut self, id: &str, place: Location) {
        let plain = !id.trim().is_empty() && !id.chars().any(char::is_control);
        if !plain || id.len() > ID_BYTES_MAX {
            let message =
                format!("an `id` has 1 to {ID_BYTES_MAX} bytes and no control characters");
            self.faults.push(Fault::at(place, message));
        }
    }

    fn provider(&mut self, provider: &str, place: Location) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let plain = !provider.is_empty() && provider.chars().all(allowed);
        if !plain || provider.len() > PROVIDER_BYTES_MAX {
            let message = format!(
                "a `provider` has 1 to {PROVIDER_BYTES_MAX} letters, digits, `-`, `.` or `_`"
            );
            self.faults.push(Fault::at(place, message));
        }
    }

    /// Where the row's text goes: what it says, unless its address says otherwise.
    fn locality(&mut self, raw: &RawRow, base_url: Option<&str>) -> Option<Locality> {
        let claimed = raw.locality.as_ref().map(|claim| claim.value);
        let Some(base_url) = base_url else {
            return claimed;
        };
        let by_address = config::locality(base_url, &raw.provider.value, &raw.id.value);
        match (claimed, by_address) {
            (None, found) => Some(found),
            (Some(Locality::Local), Locality::OnPrem | Locality::Cloud) => {
                let place = raw
                    .locality
                    .as_ref()
                    .map_or(raw.id.referenced, |c| c.referenced);
                let what = "`locality: local` is not believed: the text would leave this machine, so it is `cloud`";
                self.warn(place, what);
                Some(Locality::Cloud)
            }
            (Some(claimed), _) => Some(claimed),
        }
    }

    fn price(&mut self, cost: Option<(&RawCost, Location)>) -> Option<Price> {
        let (cost, place) = cost?;
        let price = Price {
            usd_per_mtok_in: cost.usd_per_mtok_in,
            usd_per_mtok_out: cost.usd_per_mtok_out,
        };
        let is_price = |usd: f64| usd.is_finite() && usd >= 0.0;
        if !is_price(price.usd_per_mtok_in) || !is_price(price.usd_per_mtok_out) {
            let message = "expected amounts of US dollars that are not negative";
            self.faults.push(Fault::at(place, message));
        }
        Some(price)
    }

    fn classes(&mut self, raw: &RawRow) -> Option<Vec<CapabilityClass>> {
        match (&raw.capability_class, &raw.capability_classes) {
            (Some(_), Some(both)) => {
                let message = "`capabilityClass` and `capabilityClasses` exclude each other";
                self.faults.push(Fault::at(both.referenced, message));
                None
            }
            (Some(class), None) => Some(vec![class.value.clone()]),
            (None, Some(classes)) if classes.value.is_empty() => {
                let message = "a model that serves no class is never chosen";
                self.faults.push(Fault::at(classes.referenced, message));
                None
            }
            (None, Some(classes)) => Some(classes.value.clone()),
            (None, None) => None,
        }
    }
}

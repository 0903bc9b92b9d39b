//! The part of a row that says where a model is reached.

use aldo_backends::{Endpoint, NetError, Reach, Runtime};
use serde_json::{Map, Value};
use serde_saphyr::{Location, Spanned};

use super::check::Check;
use super::raw::RawConfig;
use super::{Config, Trust};
use crate::candidate::{Headers, Locality, address_locality, is_forwarded_id};
use crate::yaml::Fault;

/// Headers that are about the connection, which is ours.
const HEADERS_OURS: [&str; 6] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
];
/// Keys of a request's body that are ours.
const KEYS_OURS: [&str; 6] = [
    "messages",
    "model",
    "n",
    "stream",
    "stream_options",
    "tools",
];

/// Returns where a request goes, as far as address, provider and id tell.
pub(super) fn locality(base_url: &str, provider: &str, id: &str) -> Locality {
    if provider == Runtime::Ollama.name() && is_forwarded_id(id) {
        return Locality::Cloud;
    }
    address_locality(base_url)
}

impl Check<'_> {
    /// Returns what the row says of reaching its model, as far as its file may say it.
    pub(super) fn config(&mut self, raw: &RawConfig, provider: &str) -> Config {
        match self.trust {
            Trust::Folder => {
                self.ignore(raw);
                Config::default()
            }
            Trust::Consented => Config {
                base_url: self.base_url(raw, provider),
                api_key_env: self.key(raw),
                headers: self.headers(raw),
                extra: self.extra(raw),
            },
        }
    }

    /// A file that came with a folder sets no address, no key and nothing that is sent.
    fn ignore(&mut self, raw: &RawConfig) {
        let keys = [
            ("baseUrl", raw.base_url.as_ref().map(place)),
            ("apiKeyEnv", raw.api_key_env.as_ref().map(place)),
            ("headers", raw.headers.as_ref().map(place)),
            ("extra", raw.extra.as_ref().map(place)),
        ];
        for (key, place) in keys {
            if let Some(place) = place {
                let what = format!("`{key}` is ignored: what comes with a folder may only tighten");
                self.warn(place, &what);
            }
        }
    }

    fn base_url(&mut self, raw: &RawConfig, provider: &str) -> Option<String> {
        let base_url = raw.base_url.as_ref()?;
        let runtime = Runtime::from_name(provider);
        let text = runtime.map_or_else(
            || base_url.value.clone(),
            |runtime| runtime.base_url(&base_url.value),
        );
        match Endpoint::new(&text, Reach::OperatorNetwork) {
            Ok(endpoint) => Some(endpoint.base_url()),
            // It is an address; that this build cannot use it is said where it is used.
            Err(NetError::NoTls { url }) => Some(url),
            Err(error) => {
                let message = format!("`baseUrl`: {error}");
                self.faults.push(Fault::at(base_url.referenced, message));
                None
            }
        }
    }

    fn headers(&mut self, raw: &RawConfig) -> Headers {
        let Some(headers) = &raw.headers else {
            return Headers::default();
        };
        for (name, value) in &headers.value {
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            let is_name = !name.is_empty() && name.chars().all(token);
            let ours = HEADERS_OURS.contains(&name.to_ascii_lowercase().as_str());
            let is_value = value.chars().all(|c| matches!(c, ' '..='~'));
            let reason = match (is_name, ours, is_value) {
                (false, _, _) => "a header's name has letters, digits and `-`".to_owned(),
                (true, true, _) => format!("`{name}` is set by aldo itself"),
                (true, false, false) => format!("the value of `{name}` is not plain text"),
                (true, false, true) => continue,
            };
            self.faults.push(Fault::at(headers.referenced, reason));
        }
        let pairs = headers.value.iter();
        pairs
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn key(&mut self, raw: &RawConfig) -> Option<String> {
        let name = raw.api_key_env.as_ref()?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let starts = name
            .value
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        // Said without the value: people put the key itself here.
        if !starts || !name.value.chars().all(allowed) {
            let message = "`apiKeyEnv` is the name of a variable, not the key";
            self.faults.push(Fault::at(name.referenced, message));
        }
        Some(name.value.clone())
    }

    fn extra(&mut self, raw: &RawConfig) -> Map<String, Value> {
        let Some(extra) = &raw.extra else {
            return Map::new();
        };
        let keys = extra.value.keys();
        for key in keys.filter(|key| KEYS_OURS.contains(&key.as_str())) {
            let message = format!("`extra` may not set `{key}`, which aldo itself sends");
            self.faults.push(Fault::at(extra.referenced, message));
        }
        extra.value.clone()
    }
}

fn place<T>(key: &Spanned<T>) -> Location {
    key.referenced
}

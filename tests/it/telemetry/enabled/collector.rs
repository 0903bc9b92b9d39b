//! A collector on loopback that takes whatever comes, and what it was told.

use serde_json::{Value, json};

use crate::raw_server::{RawServer, json as reply};

/// A server that takes spans.
pub(super) struct Collector(RawServer);

/// A span as it came.
#[derive(Debug)]
pub(super) struct Told(pub(super) Value);

impl Collector {
    pub(super) fn start() -> Self {
        Self(RawServer::always(reply(
            200,
            &json!({"partialSuccess": {}}),
        )))
    }

    pub(super) fn url(&self) -> String {
        self.0.base_url()
    }

    /// How often somebody connected.
    pub(super) fn connections(&self) -> usize {
        self.0.connections()
    }

    /// All that came, as text.
    pub(super) fn text(&self) -> String {
        let requests = self.0.received();
        let bodies = requests
            .iter()
            .map(|request| String::from_utf8(request.body.clone()).unwrap());
        bodies.collect()
    }

    /// Every span, in the order in which they ended.
    pub(super) fn spans(&self) -> Vec<Told> {
        let mut spans = Vec::new();
        for request in self.0.received() {
            assert_eq!((&*request.method, &*request.path), ("POST", "/v1/traces"));
            assert_eq!(request.header("content-type"), Some("application/json"));
            let resource = &request.json()["resourceSpans"][0];
            let service = Told(resource["resource"].clone());
            assert_eq!(service.text("service.name"), "aldo");
            let scope = &resource["scopeSpans"][0];
            assert_eq!(scope["scope"]["name"], "aldo");
            let new = scope["spans"].as_array().unwrap();
            spans.extend(new.iter().cloned().map(Told));
        }
        spans
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.spans().iter().map(Told::name).collect()
    }
}

impl Told {
    pub(super) fn name(&self) -> String {
        self.0["name"].as_str().unwrap().to_owned()
    }

    pub(super) fn id(&self) -> &str {
        let id = self.0["spanId"].as_str().unwrap();
        assert_eq!(id.len(), 16);
        id
    }

    pub(super) fn parent(&self) -> Option<&str> {
        self.0["parentSpanId"].as_str()
    }

    pub(super) fn trace(&self) -> &str {
        self.0["traceId"].as_str().unwrap()
    }

    /// Begin and end, in nanoseconds since 1970.
    pub(super) fn times(&self) -> (u64, u64) {
        let time = |key: &str| self.0[key].as_str().unwrap().parse().unwrap();
        (time("startTimeUnixNano"), time("endTimeUnixNano"))
    }

    /// An attribute, as it came.
    pub(super) fn attribute(&self, key: &str) -> Option<&Value> {
        let all = self.0["attributes"].as_array().unwrap();
        let found = all.iter().find(|attribute| attribute["key"] == key);
        found.map(|attribute| &attribute["value"])
    }

    #[track_caller]
    pub(super) fn text(&self, key: &str) -> &str {
        let value = self.attribute(key);
        let value = value.and_then(|value| value["stringValue"].as_str());
        value.unwrap_or_else(|| panic!("`{key}` in {}", self.0))
    }

    #[track_caller]
    pub(super) fn count(&self, key: &str) -> u64 {
        let value = self.attribute(key);
        let value = value.and_then(|value| value["intValue"].as_str());
        value
            .unwrap_or_else(|| panic!("`{key}` in {}", self.0))
            .parse()
            .unwrap()
    }
}

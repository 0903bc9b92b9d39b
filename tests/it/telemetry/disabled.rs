//! The build without spans.

use serde_json::json;

use super::{CONTENT, ENDPOINT};
use crate::TestEnv;
use crate::raw_server::{RawServer, json as reply};

/// Whether this build sends spans.
pub(crate) const BUILT: bool = false;

#[test]
fn a_build_without_the_feature_sends_nothing_whatever_is_set() {
    let env = TestEnv::new();
    let collector = RawServer::always(reply(200, &json!({})));
    let ran = env
        .aldo(["run", "hello"])
        .env(ENDPOINT, collector.base_url())
        .env(CONTENT, "true")
        .run()
        .exits(0);
    assert_eq!(collector.connections(), 0);
    assert!(!ran.stderr.contains("spans"), "{ran}");
    let ran = env
        .aldo(["doctor", "--json"])
        .env(ENDPOINT, collector.base_url())
        .run()
        .exits(0);
    let checks = ran.json()["checks"].clone();
    let mut checks = checks.as_array().unwrap().iter();
    let row = checks.find(|check| check["name"] == "telemetry").unwrap();
    assert_eq!(row["state"], "absent", "{row}");
    assert!(row["says"].as_str().unwrap().contains("`otel`"), "{row}");
}

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use serde_json::json;

use super::*;
use crate::candidate::{Candidate, Price, Registry, Source};
use crate::capabilities::PrivacyTier;
use crate::router::{Discovery, HostedAccess};
use crate::spec::{Agents, Found};

fn found(name: &str) -> Found {
    let agents = Agents {
        project: PathBuf::from("/nonexistent"),
        user: None,
        default_tier: PrivacyTier::Internal,
    };
    agents.find(name).unwrap()
}

fn candidate(id: &str, locality: Locality) -> Candidate {
    Candidate {
        id: id.to_owned(),
        provider: "candle".to_owned(),
        locality,
        classes: vec![CapabilityClass::LOCAL_REASONING],
        provides: [Capability::STREAMING].into(),
        privacy_allowed: PrivacyTier::ALL.to_vec(),
        context_tokens: 2048,
        price: Price::FREE,
        latency_p95_ms: None,
        rating: None,
        unhealthy: false,
        source: Source::Builtin,
    }
}

fn document(name: &str, candidates: Vec<Candidate>) -> Value {
    let found = found(name);
    let registry = Registry {
        candidates,
        unavailable: Vec::new(),
    };
    let need = found.spec.need(100, None, None);
    let decision = router::route(
        &need,
        &registry,
        Route::Auto,
        HostedAccess::NoToken,
        Discovery::Unset,
    );
    serde_json::to_value(Document::new(&found.spec, &decision)).unwrap()
}

#[test]
fn the_document_of_a_routable_agent_has_the_keys_scripts_read() {
    let document = document("hello", vec![candidate("aldo-nano", Locality::Local)]);
    assert_eq!(
        document,
        json!({
            "ok": true,
            "agent": {
                "name": "hello",
                "version": "0.1.0",
                "privacyTier": "internal",
                "required": ["streaming"],
                "primaryClass": "local-reasoning",
                "fallbackClasses": [],
            },
            "chosen": {
                "id": "aldo-nano",
                "provider": "candle",
                "locality": "local",
                "classUsed": "local-reasoning",
                "estimatedUsd": 0.0,
            },
            "trace": [{
                "candidate": "aldo-nano",
                "provider": "candle",
                "locality": "local",
                "class": "local-reasoning",
                "dropped": null,
            }],
            "reason": null,
            "fix": null,
        })
    );
}

#[test]
fn the_document_of_an_agent_that_is_not_routable_says_why_and_what_to_change() {
    let document = document("confidant", vec![candidate("paid", Locality::Cloud)]);
    assert_eq!(document["ok"], false);
    assert_eq!(document["chosen"], Value::Null);
    assert_eq!(document["trace"][0]["dropped"]["step"], "privacy");
    assert_eq!(
        document["reason"],
        "no model here may run `confidant`, which is `sensitive` and asks for `local-reasoning`: \
         the nearest is `paid`, but its locality is `cloud` and a `sensitive` run never leaves this machine"
    );
    assert!(
        document["fix"]
            .as_str()
            .unwrap()
            .contains("aldo models pull")
    );
}

#[test]
fn the_tokens_of_a_step_are_estimated_without_inputs() {
    assert!(tokens_in(&found("hello").spec) > 10);
}

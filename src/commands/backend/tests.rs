#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::Map;

use super::*;
use crate::candidate::{Headers, Price};
use crate::capabilities::CapabilityClass;

fn row(locality: Locality, base_url: &str, api_key_env: Option<&str>) -> Candidate {
    Candidate {
        id: "some-model".to_owned(),
        provider: "acme".to_owned(),
        locality,
        classes: vec![CapabilityClass::LOCAL_REASONING],
        provides: BTreeSet::new(),
        // A row may claim what it likes.
        privacy_allowed: PrivacyTier::ALL.to_vec(),
        context_tokens: 1000,
        price: Price::FREE,
        latency_p95_ms: None,
        rating: None,
        unhealthy: false,
        source: Source::Catalog(Box::new(Service {
            base_url: base_url.to_owned(),
            runtime: None,
            api_key_env: api_key_env.map(str::to_owned),
            headers: Headers::default(),
            extra: Map::new(),
        })),
    }
}

fn opened(tier: PrivacyTier, offline: bool, candidate: &Candidate) -> Result<(), String> {
    let opener = Opener {
        discovered: &Discovered::default(),
        tier,
        offline,
        environment: &Environment::from([("ACME_KEY", "canary-7171")]),
        engine: EngineOptions::default(),
        timeouts: Timeouts::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let backend = runtime.block_on(opener.open(candidate));
    backend.map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn e11_a_sensitive_run_opens_no_address_off_this_machine_even_if_the_router_chose_it() {
    for locality in [Locality::Local, Locality::OnPrem, Locality::Cloud] {
        for url in ["http://192.168.1.5:8000", "https://api.acme.test"] {
            let error = opened(PrivacyTier::Sensitive, false, &row(locality, url, None));
            let error = error.unwrap_err();
            assert!(error.contains("not an address of this machine"), "{error}");
        }
    }
}

#[test]
fn a_row_that_says_local_with_a_remote_url_is_never_opened() {
    for tier in PrivacyTier::ALL {
        let liar = row(Locality::Local, "https://api.acme.test", None);
        let error = opened(tier, false, &liar).unwrap_err();
        assert!(error.contains("not an address of this machine"), "{error}");
    }
}

#[test]
fn e09_offline_opens_loopback_only() {
    let cluster = row(Locality::OnPrem, "http://10.0.0.5:8000", None);
    assert!(opened(PrivacyTier::Internal, true, &cluster).is_err());
    let here = row(Locality::OnPrem, "http://127.0.0.1:8000", None);
    assert_eq!(opened(PrivacyTier::Internal, true, &here), Ok(()));
    assert_eq!(opened(PrivacyTier::Internal, false, &cluster), Ok(()));
}

#[test]
fn a_paid_service_is_reached_over_tls_only() {
    let open = row(Locality::Cloud, "http://api.acme.test", None);
    let error = opened(PrivacyTier::Internal, false, &open).unwrap_err();
    assert!(error.contains("must begin with `https://`"), "{error}");
}

#[test]
fn a_key_that_is_not_set_is_named_and_one_that_is_set_is_never_shown() {
    let url = "http://127.0.0.1:1";
    let without = row(Locality::OnPrem, url, Some("OTHER_KEY"));
    let error = opened(PrivacyTier::Internal, false, &without).unwrap_err();
    assert!(error.contains("`OTHER_KEY`"), "{error}");
    let with = row(Locality::OnPrem, url, Some("ACME_KEY"));
    assert_eq!(opened(PrivacyTier::Internal, false, &with), Ok(()));
}

#[test]
fn e03_a_sensitive_run_sends_no_extra_that_makes_a_server_fetch_a_checkpoint() {
    let mut candidate = row(Locality::Local, "http://127.0.0.1:1", None);
    let Source::Catalog(service) = &mut candidate.source else {
        panic!("the row is a catalogue's");
    };
    let draft = ("draft_model".to_owned(), "somebody/drafts".into());
    service.extra.extend([draft]);
    let error = opened(PrivacyTier::Sensitive, false, &candidate).unwrap_err();
    assert!(error.contains("may make the server fetch"), "{error}");
    opened(PrivacyTier::Public, false, &candidate).unwrap();
}

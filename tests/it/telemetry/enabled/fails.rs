//! Collectors that are dead, silent or lead elsewhere: a run neither fails nor waits for them.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::{CONTENT, ENDPOINT};
use super::collector::Collector;
use crate::TestEnv;
use crate::env::Ran;
use crate::raw_server::{Act, RawServer, json as reply, nobody, reply as raw};

/// Runs an agent whose spans go to `endpoint`; it must go well, and be said once what did not.
#[track_caller]
fn warned(endpoint: &str, variables: &[(&str, &str)]) -> Ran {
    let env = TestEnv::new();
    let mut aldo = env.aldo(["run", "hello"]).env(ENDPOINT, endpoint);
    for (name, value) in variables {
        aldo = aldo.env(name, value);
    }
    let ran = aldo.run().exits(0);
    assert!(!ran.stdout.is_empty(), "{ran}");
    assert_eq!(ran.stderr.matches("warning:").count(), 1, "{ran}");
    ran
}

#[test]
fn a_dead_collector_is_one_warning() {
    let ran = warned(&nobody(), &[]);
    assert!(
        ran.stderr.contains("2 spans or more were not sent"),
        "{ran}"
    );
}

#[test]
fn a_silent_collector_is_waited_for_a_moment() {
    let collector = RawServer::always(vec![Act::Hold]);
    let env = TestEnv::new();
    let begun = Instant::now();
    env.aldo(["run", "hello"]).run().exits(0);
    let without = begun.elapsed();
    let begun = Instant::now();
    warned(&collector.base_url(), &[]);
    let with = begun.elapsed();
    assert!(
        with < without * 3 + Duration::from_secs(5),
        "{with:?} and {without:?}"
    );
}

#[test]
fn d06_a_collector_that_redirects_leads_nowhere() {
    let other = RawServer::always(reply(200, &json!({})));
    let headers = format!("Location: {}/v1/traces\r\n", other.base_url());
    let collector = RawServer::always(raw(307, &headers, b""));
    let ran = warned(&collector.base_url(), &[]);
    assert!(ran.stderr.contains("status 307"), "{ran}");
    assert_eq!(other.connections(), 0);
}

#[test]
fn no_proxy_hears_of_a_run() {
    let proxy = RawServer::always(reply(200, &json!({})));
    let collector = Collector::start();
    let env = TestEnv::new();
    let mut aldo = env.aldo(["run", "hello"]).env(ENDPOINT, collector.url());
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        aldo = aldo.env(name, proxy.base_url());
    }
    aldo.run().exits(0);
    assert_eq!(collector.spans().len(), 2);
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn an_endpoint_that_cannot_be_used_is_one_warning() {
    let ran = warned("grpc://user:canary-6161@127.0.0.1:4317", &[]);
    assert!(ran.stderr.contains("no spans are sent"), "{ran}");
    assert!(!ran.stderr.contains("canary"), "{ran}");
    // In the clear across a network, names and numbers may go, what was said may not.
    let ran = warned("http://collector.test:4318", &[(CONTENT, "true")]);
    assert!(ran.stderr.contains("must begin with `https://`"), "{ran}");
}

#[test]
fn e09_offline_no_other_machine_hears_of_a_run() {
    let ran = warned("http://192.0.2.1:4318", &[("ALDO_OFFLINE", "1")]);
    assert!(ran.stderr.contains("`ALDO_OFFLINE` is set"), "{ran}");
}

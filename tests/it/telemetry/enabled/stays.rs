//! What no collector hears.

use super::super::{CONTENT, ENDPOINT};
use super::collector::Collector;
use crate::TestEnv;
use crate::env::Aldo;
use crate::llama::{MODEL, llama, says};

const SAID: &str = "canary-5151";

fn confidant<const N: usize>(env: &TestEnv, endpoint: &str, more: [&str; N]) -> Aldo {
    env.aldo(["run", "confidant", "--inputs", SAID])
        .args(more)
        .env(ENDPOINT, endpoint)
        .env(CONTENT, "true")
}

#[test]
fn a_sensitive_run_that_the_kernel_closed_is_told_of_nowhere() {
    let env = TestEnv::new();
    let collector = Collector::start();
    let ran = confidant(&env, &collector.url(), []).run().exits(0);
    assert_eq!(collector.connections(), 0);
    assert!(
        ran.stderr.contains("no spans of this run are sent"),
        "{ran}"
    );
    let ran = confidant(&env, &collector.url(), ["--json"]).run().exits(0);
    let document = ran.json();
    assert_eq!(
        document["seal"]["state"], "in_process",
        "no collector weakens it"
    );
}

#[test]
fn a_sensitive_run_is_told_of_on_this_machine_alone_and_never_what_was_said() {
    let env = TestEnv::new();
    let collector = Collector::start();
    let ran = confidant(&env, &collector.url(), ["--no-seal"])
        .run()
        .exits(0);
    assert_eq!(
        collector.names(),
        ["chat aldo-nano", "invoke_agent confidant"]
    );
    let told = collector.text();
    assert!(
        !told.contains(SAID) && !told.contains("gen_ai.output.messages"),
        "{told}"
    );
    assert!(!told.contains(ran.stdout.trim()), "{told}");
    // 192.0.2.0/24 belongs to nobody: were it asked, that would take its time and be said.
    for more in [vec![], vec!["--no-seal"]] {
        let mut aldo = confidant(&env, "http://192.0.2.1:4318", []);
        for arg in more {
            aldo = aldo.arg(arg);
        }
        // What was said may not even go there in the clear, so this is asked for without it.
        let ran = aldo.env_remove(CONTENT).run().exits(0);
        assert!(
            ran.stderr
                .contains("it is sensitive, and the collector is not on this machine"),
            "{ran}"
        );
        assert!(!ran.stderr.contains("were not sent"), "{ran}");
    }
}

#[test]
fn a_collector_on_loopback_is_let_through_where_a_server_on_loopback_is() {
    let env = TestEnv::new();
    let server = llama(|_| says("canary-5252"));
    let collector = Collector::start();
    let ran = confidant(&env, &collector.url(), ["--json", "--model", MODEL])
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", server.base_url())
        .run()
        .exits(0);
    assert_eq!(ran.json()["seal"]["state"], "loopback", "{ran}");
    let names = [format!("chat {MODEL}"), "invoke_agent confidant".to_owned()];
    assert_eq!(collector.names(), names);
    let told = collector.text();
    assert!(
        !told.contains(SAID) && !told.contains("canary-5252"),
        "{told}"
    );
}

#[test]
fn nothing_is_sent_where_the_user_says_so() {
    let env = TestEnv::new();
    let collector = Collector::start();
    let run = || env.aldo(["run", "hello"]);
    let ran = run()
        .env(ENDPOINT, collector.url())
        .env("OTEL_SDK_DISABLED", "true")
        .run()
        .exits(0);
    assert!(!ran.stderr.contains("spans"), "{ran}");
    run().env(ENDPOINT, "").run().exits(0);
    run().run().exits(0);
    assert_eq!(collector.connections(), 0);
}

#[test]
fn g07_a_folder_names_no_collector() {
    let env = TestEnv::new();
    let collector = Collector::start();
    let file = format!("otel_endpoint = \"{}\"\n", collector.url());
    env.write(&env.project().join("aldo.toml"), &file);
    let ran = env.aldo(["run", "hello"]).run().exits(0);
    assert!(ran.stderr.contains("`otel_endpoint` is ignored"), "{ran}");
    assert_eq!(collector.connections(), 0);
}

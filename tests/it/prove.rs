//! `aldo prove offline`.

use super::{TestEnv, rig};

#[test]
fn the_proof_shows_that_nothing_leaves_and_that_it_would_see_it() {
    let env = TestEnv::new();
    if let Some(reason) = rig::impossible() {
        assert!(std::env::var_os("ALDO_RIG_REQUIRED").is_none(), "{reason}");
        return eprintln!("skipped: {reason}");
    }
    let path = std::env::var_os("PATH").unwrap();
    let ran = env
        .aldo(["prove", "offline", "--json"])
        .env("PATH", &path)
        .run()
        .exits(0);
    let report = ran.json();
    assert_eq!(report["ok"], true, "{ran}");
    assert_eq!(report["left"]["packets"], 0, "{ran}");
    for control in report["controls"].as_array().unwrap() {
        assert!(control["left"]["packets"].as_u64().unwrap() > 0, "{ran}");
    }
    assert!(report["attempts"].as_array().unwrap().len() >= 10, "{ran}");
}

#[test]
fn without_a_network_of_its_own_nothing_is_proved_and_that_is_said() {
    let env = TestEnv::new();
    let empty = env.home();
    let ran = env
        .aldo(["prove", "offline", "--json"])
        .env("PATH", &empty)
        .run()
        .exits(3);
    assert_eq!(ran.json()["error"]["code"], "proof_unavailable", "{ran}");
    assert!(ran.stdout.contains("`unshare` cannot be started"), "{ran}");
}

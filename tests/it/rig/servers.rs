//! Family E with servers on loopback: forwarding, dying, and the control that servers are asked.

use aldo_backends::proof::{Bait, Role};

use super::in_rig;
use super::network::{NEIGHBOUR, SECRET};

#[test]
fn e03_a_cloud_model_behind_loopback_is_not_local() {
    in_rig(|rig| {
        let bait = Bait::serve(0, Role::Cloud).unwrap();
        for model in ["qwen3-coder:480b-cloud", "innocent:latest"] {
            let ran = rig
                .aldo(["run", "vault", "--model", model, "--inputs", "-"])
                .env("ALDO_LOCAL_DISCOVERY", "ollama")
                .env("OLLAMA_BASE_URL", bait.base_url())
                .run()
                .exits(3);
            rig.nothing_left(&ran);
        }
        let asked = bait.asked().join("\n");
        assert!(asked.contains("GET"), "nobody asked the server: {asked}");
        assert!(!asked.contains(SECRET), "{asked}");
    });
}

#[test]
fn e05_a_local_model_that_dies_is_never_replaced_by_the_hosted_plane() {
    in_rig(|rig| {
        let (bait, aldo) = rig.served(Role::Dying, "vault", &[]);
        let ran = aldo.run().exits(4);
        assert!(
            bait.asked().join("").contains(SECRET),
            "it was asked: {ran}"
        );
        rig.nothing_left(&ran);
    });
}

/// The control of `e04_no_address_off_this_machine_is_asked_for_a_sensitive_agent`: the same
/// address is asked where the agent is not sensitive.
#[test]
fn e04_control_an_address_is_asked_for_an_agent_that_may() {
    in_rig(|rig| {
        rig.aldo(["run", "memo-far", "--inputs", "-"])
            .env("ALDO_LOCAL_DISCOVERY", "vllm")
            .env("VLLM_BASE_URL", format!("http://{NEIGHBOUR}:8000"))
            .run();
        assert!(rig.left().packets > 0);
    });
}

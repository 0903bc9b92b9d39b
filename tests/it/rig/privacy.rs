//! Family E: what a sensitive agent is led into, and that nothing of it leaves.

use super::in_rig;
use super::network::{NEIGHBOUR, SECRET, STRANGER};

/// That aldo itself would send, were the agent not sensitive: the prompt reaches the trap.
#[test]
fn e00_control_an_internal_agent_reaches_the_operators_network() {
    in_rig(|rig| {
        let ran = rig
            .aldo([
                "run",
                "memo-far",
                "--models",
                "cluster.yaml",
                "--inputs",
                "-",
            ])
            .run()
            .exits(4);
        let left = rig.left();
        let prompt = left.messages.iter().any(|text| text.contains(SECRET));
        assert!(prompt, "{left:?} after {ran}");
    });
}

#[test]
fn e01_sensitive_with_a_token_under_auto_stays() {
    in_rig(|rig| {
        let ran = rig
            .aldo(["run", "vault-large", "--inputs", "-", "--json"])
            .run()
            .exits(3);
        assert_eq!(
            ran.json()["error"]["code"],
            "privacy_tier_unroutable",
            "{ran}"
        );
        rig.nothing_left(&ran);
        let ran = rig.aldo(["run", "vault", "--inputs", "-"]).run().exits(0);
        rig.nothing_left(&ran);
    });
}

#[test]
fn e02_sensitive_hosted_is_refused_before_any_packet() {
    in_rig(|rig| {
        for agent in ["vault", "vault-large", "vault-far"] {
            let ran = rig
                .aldo(["run", agent, "--route", "hosted", "--inputs", "-", "--json"])
                .run()
                .exits(3);
            assert_eq!(
                ran.json()["error"]["code"],
                "privacy_tier_unroutable",
                "{ran}"
            );
            rig.nothing_left(&ran);
        }
    });
}

#[test]
fn e06_an_agent_below_a_sensitive_supervisor_stays() {
    in_rig(|rig| {
        // Alone, `memo-far` reaches the operator's network: `e00_control_…`.
        let team = "apiVersion: aldo-ai/agent.v1\nname: team\nversion: 1.0.0\nprivacy_tier: sensitive\n\
                    model_policy: {capability_class: local-reasoning}\nspawn: {allowed: [memo-far]}\n\
                    composite: {strategy: sequential, subagents: [{agent: memo-far, input_map: {task: task}}]}\n";
        rig.env.write(&rig.env.project().join("agents/team.yaml"), team);
        for route in ["auto", "local", "hosted"] {
            let args = ["run", "team", "--models", "cluster.yaml", "--route", route, "--inputs", "-"];
            let ran = rig.aldo(args).run().exits(3);
            rig.nothing_left(&ran);
        }
    });
}

#[test]
fn e02_a_project_file_cannot_send_a_sensitive_agent_away() {
    in_rig(|rig| {
        let loose = format!(
            "api_url = \"http://{STRANGER}\"\napi_token = \"theirs\"\ndefault_privacy = \"public\"\n\
             ollama_base_url = \"http://{NEIGHBOUR}:11434\"\nlocal_discovery = \"all\"\n"
        );
        rig.env.write(&rig.env.project().join("aldo.toml"), loose);
        let ran = rig.aldo(["run", "vault", "--inputs", "-"]).run().exits(0);
        rig.nothing_left(&ran);
        let ran = rig
            .aldo(["run", "vault", "--route", "hosted", "--inputs", "-"])
            .run()
            .exits(3);
        rig.nothing_left(&ran);
    });
}

#[test]
fn e04_a_catalogue_row_that_says_local_with_a_remote_url_stays() {
    in_rig(|rig| {
        let ran = rig
            .aldo(["run", "vault-far", "--models", "liar.yaml", "--inputs", "-"])
            .run();
        assert!(matches!(ran.code, Some(2 | 3)), "{ran}");
        rig.nothing_left(&ran);
        let ran = rig
            .aldo([
                "run",
                "vault-far",
                "--models",
                "cluster.yaml",
                "--inputs",
                "-",
            ])
            .run()
            .exits(3);
        rig.nothing_left(&ran);
    });
}

/// Not even a question for its models is sent to an address off this machine, nor a name looked up.
#[test]
fn e04_no_address_off_this_machine_is_asked_for_a_sensitive_agent() {
    in_rig(|rig| {
        for url in [
            format!("http://{NEIGHBOUR}:8000"),
            format!("http://{STRANGER}"),
            "http://evil.test:8000".to_owned(),
            "http://127.0.0.1.evil.test:8000".to_owned(),
            "http://localhost.evil.test".to_owned(),
            "http://0x7f.1:8000".to_owned(),
            "http://2130706433:8000".to_owned(),
            format!("http://[::ffff:{STRANGER}]:8000"),
            "http://127.0.0.1@evil.test/".to_owned(),
        ] {
            let ran = rig
                .aldo(["run", "vault", "--inputs", "-"])
                .env("ALDO_LOCAL_DISCOVERY", "vllm")
                .env("VLLM_BASE_URL", &url)
                .run();
            assert!(matches!(ran.code, Some(0 | 2)), "{url}: {ran}");
            rig.nothing_left(&ran);
        }
    });
}

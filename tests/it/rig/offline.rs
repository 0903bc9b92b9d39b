//! Family E, row 9: offline, whatever the agent may.

use super::in_rig;
use super::network::{NEIGHBOUR, SECRET, STRANGER};

/// Both spellings of the switch, and every word it is switched on with.
const SWITCHES: [(&str, &str); 4] = [
    ("ALDO_OFFLINE", "1"),
    ("HF_HUB_OFFLINE", "ON"),
    ("HF_HUB_OFFLINE", "yes"),
    ("HF_HUB_OFFLINE", "1"),
];

#[test]
fn e09_offline_reaches_neither_a_catalogues_server_nor_the_hosted_plane() {
    in_rig(|rig| {
        for (name, value) in SWITCHES {
            let ran = rig
                .aldo([
                    "run",
                    "memo-far",
                    "--models",
                    "cluster.yaml",
                    "--inputs",
                    "-",
                ])
                .env(name, value)
                .run();
            assert!(matches!(ran.code, Some(3 | 4)), "{ran}");
            rig.nothing_left(&ran);
            let ran = rig
                .aldo(["run", "memo-far", "--route", "hosted", "--inputs", "-"])
                .env(name, value)
                .run();
            assert!(matches!(ran.code, Some(2 | 3)), "{ran}");
            rig.nothing_left(&ran);
        }
    });
}

#[test]
fn e09_offline_asks_no_runtime_off_this_machine() {
    in_rig(|rig| {
        for args in [["models", "discover"], ["doctor", "-v"]] {
            let ran = rig
                .aldo(args)
                .env("ALDO_OFFLINE", "1")
                .env("OLLAMA_BASE_URL", format!("http://{NEIGHBOUR}:11434"))
                .env("VLLM_BASE_URL", format!("http://{STRANGER}"))
                .env("MLX_BASE_URL", "http://mlx.evil.test:8081")
                .run();
            rig.nothing_left(&ran);
        }
    });
}

#[test]
fn e09_loading_a_model_asks_nobody() {
    in_rig(|rig| {
        rig.env.store_tiny("tiny.gguf");
        let ran = rig
            .aldo(["run", "vault", "--model", "tiny", "--inputs", "-"])
            .run();
        assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
        rig.nothing_left(&ran);
        let ran = rig.aldo(["models", "verify", "tiny"]).run();
        rig.nothing_left(&ran);
        let left = rig.left();
        assert!(!left.messages.join("").contains(SECRET), "{left:?}");
    });
}

#[test]
fn e09_offline_a_pull_sends_nothing() {
    in_rig(|rig| {
        for (name, value) in SWITCHES {
            for endpoint in [
                format!("http://{STRANGER}"),
                "https://huggingface.co".to_owned(),
            ] {
                let ran = rig
                    .aldo(["models", "pull", "org/name"])
                    .env(name, value)
                    .env("HF_ENDPOINT", endpoint)
                    .run()
                    .exits(3);
                rig.nothing_left(&ran);
            }
        }
    });
}

//! Each lock of a sensitive run alone, the others switched off or deceived.

use std::process::Command;

use super::in_rig;
use super::network::{NEIGHBOUR, SECRET};

/// The kernel is not asked, so the router and the address check hold alone.
#[test]
fn e11_without_the_seal_nothing_leaves() {
    in_rig(|rig| {
        let rows: [(&str, &[&str], &[i32]); 4] = [
            ("vault", &["--route", "hosted"], &[3]),
            ("vault-large", &[], &[3]),
            ("vault-far", &["--models", "cluster.yaml"], &[3]),
            ("vault", &[], &[0]),
        ];
        for (agent, more, codes) in rows {
            let mut aldo = rig.aldo(["run", agent, "--no-seal", "--inputs", "-"]);
            for arg in more {
                aldo = aldo.arg(arg);
            }
            let ran = aldo.run();
            assert!(ran.code.is_some_and(|code| codes.contains(&code)), "{ran}");
            rig.nothing_left(&ran);
        }
    });
}

/// The router is told that the row is local, and the kernel is not asked: the address is refused.
#[test]
fn e11_the_address_check_alone_keeps_it() {
    in_rig(|rig| {
        let ran = rig
            .aldo([
                "run",
                "vault-far",
                "--models",
                "liar.yaml",
                "--no-seal",
                "--inputs",
                "-",
            ])
            .run();
        assert!(matches!(ran.code, Some(2..=4)), "{ran}");
        rig.nothing_left(&ran);
    });
}

/// Neither the router nor the address check is in the way of a program that opens sockets itself.
#[test]
fn e11_the_kernel_alone_keeps_it() {
    in_rig(|rig| {
        let leak = |rig: &super::Rig, seal: &str| {
            let args = ["prove", "leak", "--json", "--text", SECRET, "--seal", seal];
            rig.aldo(args).run()
        };
        leak(rig, "none").exits(0);
        assert!(rig.left().messages.join("").contains(SECRET), "control");
        for seal in ["in-process", "tool"] {
            let ran = leak(rig, seal).exits(1);
            for tried in ran.json()["tried"].as_array().unwrap() {
                let refused = tried["refused"].as_str().unwrap();
                assert!(refused.contains("Operation not permitted"), "{ran}");
            }
            rig.nothing_left(&ran);
        }
    });
}

/// The source address alone: a client that is bound to loopback reaches no other machine, whatever
/// address it is given.
#[test]
fn e11_a_loopback_source_address_alone_keeps_it() {
    in_rig(|rig| {
        let connect = |source: &str| {
            let script = format!(
                "import socket\ns = socket.socket()\ns.bind(('{source}', 0))\ns.settimeout(3)\ns.connect(('{NEIGHBOUR}', 80))"
            );
            Command::new("python3")
                .args(["-c", &script])
                .output()
                .unwrap()
        };
        assert!(connect("0.0.0.0").status.success(), "control");
        assert!(rig.left().packets > 0, "control");
        let refused = connect("127.0.0.1");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("Invalid argument"), "{said}");
        assert_eq!(rig.left().packets, 0);
    });
}

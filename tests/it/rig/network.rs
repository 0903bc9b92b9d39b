//! The network inside: one cable, and at its end the trap of `aldo prove`.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use aldo_backends::proof::{Bait, Role, leak};
use serde_json::Value;

use crate::env::{Aldo, Ran, TestEnv};

/// On the operator's own network.
pub(super) const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
/// On the internet.
pub(super) const STRANGER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
const STRANGER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7);
/// Part of every prompt.
pub(super) const SECRET: &str = "canary4711prompt";
/// Packets on their way have arrived after this; the cable is a piece of memory.
const SETTLE: Duration = Duration::from_millis(80);

/// A machine whose only cable ends in the trap.
pub(super) struct Rig {
    pub(super) env: TestEnv,
    trap: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    packets: u64,
}

/// What has reached the trap.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) packets: u64,
    pub(super) messages: Vec<String>,
}

impl Rig {
    pub(super) fn make() -> Self {
        let env = TestEnv::new();
        let mut trap = Command::new("unshare")
            .args(["--net", "--", env!("CARGO_BIN_EXE_aldo"), "prove", "trap"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, answers) = (trap.stdin.take().unwrap(), trap.stdout.take().unwrap());
        let mut rig = Self {
            env,
            trap,
            orders,
            answers: BufReader::new(answers),
            packets: 0,
        };
        assert_eq!(rig.answer(), "ready\n");
        let other = rig.trap.id();
        ip(&format!(
            "link add here0 type veth peer name trap0 netns {other}"
        ));
        assert_eq!(rig.order("link"), "linked\n");
        for command in [
            "link set lo up",
            "link set here0 address 02:00:00:00:00:01",
            "addr add 10.77.0.1/24 dev here0",
            "link set here0 up",
            "route add default via 10.77.0.2",
            "-6 addr add fd77::1/64 dev here0 nodad",
            "-6 route add default via fd77::2",
            // Else the kernel asks again after some seconds, a packet nobody sent.
            "-6 neigh replace fd77::2 lladdr 02:00:00:00:00:02 dev here0 nud permanent",
        ] {
            ip(command);
        }
        rig.resolve_through_the_trap();
        for (name, tier, class) in [
            ("vault", "sensitive", "local-reasoning"),
            ("vault-large", "sensitive", "reasoning-large"),
            ("vault-far", "sensitive", "proof"),
            ("memo-far", "internal", "proof"),
        ] {
            rig.agent(name, tier, class);
        }
        rig.catalogue("liar", "local");
        rig.catalogue("cluster", "on-prem");
        rig.left();
        rig
    }

    /// The positive control: the trap catches what a program sends, in every way there is.
    pub(super) fn sees_a_leak(&mut self) {
        let tried = leak(STRANGER, STRANGER_V6, "control4711");
        assert!(
            tried.iter().all(|tried| tried.refused.is_none()),
            "{tried:?}"
        );
        let left = self.left();
        assert!(
            left.packets >= tried.len() as u64,
            "the trap is blind: {left:?}"
        );
        let seen = left
            .messages
            .iter()
            .filter(|text| text.contains("control4711"));
        assert_eq!(seen.count(), tried.len(), "the trap is blind: {left:?}");
    }

    /// Whatever has reached the trap since the last time.
    pub(super) fn left(&mut self) -> Left {
        thread::sleep(SETTLE);
        let counted: Value = serde_json::from_str(&self.order("count")).unwrap();
        let packets = counted["packets"].as_u64().unwrap();
        let messages = counted["messages"].as_array().unwrap().iter();
        let left = Left {
            packets: packets - self.packets,
            messages: messages
                .map(|message| message["text"].as_str().unwrap().to_owned())
                .collect(),
        };
        self.packets = packets;
        left
    }

    /// Asserts that nothing has reached the trap, showing what aldo said.
    #[track_caller]
    pub(super) fn nothing_left(&mut self, ran: &Ran) {
        let left = self.left();
        assert!(
            left.packets == 0 && left.messages.is_empty(),
            "{left:?} after {ran}"
        );
    }

    /// A command with everything in its environment that could lead out, and the secret on its stdin
    /// for `--inputs -`.
    pub(super) fn aldo<const N: usize>(&self, args: [&str; N]) -> Aldo {
        let proxy = format!("http://{STRANGER}:3128");
        let mut aldo = self.env.aldo(args).stdin(SECRET);
        for name in [
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "all_proxy",
        ] {
            aldo = aldo.env(name, &proxy);
        }
        aldo.env("ALDO_API_URL", format!("https://{STRANGER}"))
            .env("ALDO_API_TOKEN", "rig-token")
            .env("HF_ENDPOINT", format!("http://{STRANGER}"))
            .env("PATH", std::env::var_os("PATH").unwrap())
    }

    /// A server on loopback, and the command that asks it through `--model bait`.
    pub(super) fn served(&self, role: Role, agent: &str, more: &[&str]) -> (Bait, Aldo) {
        let bait = Bait::serve(0, role).unwrap();
        let base = ["run", agent, "--inputs", "-", "--model", "bait"];
        let args: Vec<&str> = base.iter().chain(more).copied().collect();
        let aldo = self.aldo_of(&args);
        let aldo = aldo
            .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
            .env("LLAMACPP_BASE_URL", bait.base_url());
        (bait, aldo)
    }

    fn aldo_of(&self, args: &[&str]) -> Aldo {
        let mut aldo = self.aldo([]);
        for arg in args {
            aldo = aldo.arg(arg);
        }
        aldo
    }

    fn agent(&self, name: &str, tier: &str, class: &str) {
        let spec = format!(
            "apiVersion: aldo-ai/agent.v1\nname: {name}\nversion: 1.0.0\ndescription: Part of a test.\n\
             privacy_tier: {tier}\nmodel_policy:\n  capability_class: {class}\nprompt:\n  system_file: {name}.md\n"
        );
        let folder = self.env.project().join("agents");
        self.env
            .write(&folder.join(name).with_extension("yaml"), spec);
        self.env.write(
            &folder.join(name).with_extension("md"),
            "Keep it to yourself.\n",
        );
    }

    fn catalogue(&self, name: &str, locality: &str) {
        let text = format!(
            "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n  - id: far\n    provider: acme\n    \
             locality: {locality}\n    capabilityClass: proof\n    provides: [streaming]\n    \
             privacyAllowed: [public, internal, sensitive]\n    effectiveContextTokens: 8192\n    \
             cost: {{usdPerMtokIn: 0, usdPerMtokOut: 0}}\n    providerConfig: {{baseUrl: \"http://{NEIGHBOUR}:8080\"}}\n"
        );
        self.env
            .write(&self.env.project().join(name).with_extension("yaml"), text);
    }

    fn resolve_through_the_trap(&self) {
        let path = self.env.home().join("resolv.conf");
        self.env.write(
            &path,
            format!("nameserver {NEIGHBOUR}\noptions timeout:1 attempts:1\n"),
        );
        let mounted = Command::new("mount")
            .arg("--bind")
            .arg(&path)
            .arg("/etc/resolv.conf")
            .status();
        assert!(mounted.unwrap().success(), "no name server of its own");
    }

    fn order(&mut self, word: &str) -> String {
        writeln!(self.orders, "{word}").unwrap();
        self.answer()
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.trap.kill();
        let _ = self.trap.wait();
    }
}

fn ip(command: &str) {
    let output = Command::new("ip")
        .args(command.split_whitespace())
        .output()
        .unwrap();
    let is_optional = command.starts_with("-6");
    assert!(
        output.status.success() || is_optional,
        "ip {command}: {output:?}"
    );
}

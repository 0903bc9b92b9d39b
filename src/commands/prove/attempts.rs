//! What is tried: each row an aldo of its own, in surroundings that would lead it out.

use aldo_backends::proof::{Bait, Role};

use super::network::{NEIGHBOUR, STRANGER};
use super::unavailable;
use crate::failure::Failure;

/// One run of aldo.
#[derive(Debug)]
pub(super) struct Attempt {
    /// What is tried, for people.
    pub(super) what: &'static str,
    /// What is typed.
    pub(super) args: Vec<String>,
    /// What is in the environment, besides what always is.
    pub(super) env: Vec<(&'static str, String)>,
    /// The exit codes that are right.
    pub(super) expected: &'static [i32],
    /// Whether it needs a network client in the build to mean anything.
    pub(super) needs_client: bool,
    /// What standard output must say, where the exit code does not say all.
    pub(super) says: Option<&'static str>,
}

/// The servers on loopback that rows lead to.
pub(super) struct Baits {
    honest: Bait,
    redirecting: Bait,
    dying: Bait,
    cloud: Bait,
}

impl Baits {
    /// Serves from now on.
    pub(super) fn serve() -> Result<Self, Failure> {
        let to = format!("http://{STRANGER}/v1/chat/completions");
        let serve = |role| {
            Bait::serve(0, role)
                .map_err(|error| unavailable("no server can be started on loopback").because(error))
        };
        Ok(Self {
            honest: serve(Role::Honest)?,
            redirecting: serve(Role::Redirecting { status: 307, to })?,
            dying: serve(Role::Dying)?,
            cloud: serve(Role::Cloud)?,
        })
    }

    /// Whether the honest one was given this text, so that its row shows more than silence.
    pub(super) fn honest_was_told(&self, text: &str) -> bool {
        self.honest.asked().iter().any(|asked| asked.contains(text))
    }
}

/// What is in the environment of every attempt: whatever leads out, if it is listened to.
pub(super) fn surroundings() -> Vec<(&'static str, String)> {
    let proxy = format!("http://{STRANGER}:3128");
    let proxies = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ];
    let proxies = proxies.map(|name| (name, proxy.clone()));
    let plane = [
        ("ALDO_API_URL", format!("https://{STRANGER}")),
        ("ALDO_API_TOKEN", "proof-token".to_owned()),
        ("HF_ENDPOINT", format!("http://{STRANGER}")),
    ];
    proxies.into_iter().chain(plane).collect()
}

/// The rows that must arrive: sent as it is, and sent by aldo for an agent that may.
pub(super) fn controls(secret: &str) -> Vec<Attempt> {
    vec![
        leak(
            "a program sends it over TCP, UDP and DNS",
            secret,
            "none",
            &[0],
        ),
        client(row(
            "aldo sends it for an agent that is not sensitive",
            &[
                "run",
                "memo-far",
                "--models",
                "cluster.yaml",
                "--inputs",
                secret,
            ],
            [],
            &[4],
        )),
    ]
}

/// The rows of which nothing may arrive.
pub(super) fn attempts(secret: &str, baits: &Baits) -> Vec<Attempt> {
    let groups = [
        choices(secret),
        addresses(secret),
        servers(secret, baits),
        closed(secret),
    ];
    groups.into_iter().flatten().collect()
}

/// What is typed, and what a catalogue says.
fn choices(secret: &str) -> Vec<Attempt> {
    vec![
        row("a model in process", &run("vault", secret, &[]), [], &[0]),
        row(
            "the hosted plane, with a token",
            &run("vault", secret, &["--route", "hosted"]),
            [],
            &[3],
        ),
        row(
            "auto, with a token and no local model",
            &run("vault-large", secret, &[]),
            [],
            &[3],
        ),
        row(
            "a catalogue's model that is called local and is not",
            &run("vault-far", secret, &["--models", "liar.yaml"]),
            [],
            &[2, 3],
        ),
        row(
            "a catalogue's model on the operator's own network",
            &run("vault-far", secret, &["--models", "cluster.yaml"]),
            [],
            &[3],
        ),
        row(
            "an agent that may, with ALDO_OFFLINE",
            &run("memo-far", secret, &["--models", "cluster.yaml"]),
            [("ALDO_OFFLINE", "1".to_owned())],
            &[3, 4],
        ),
    ]
}

/// Where runtimes are said to be.
fn addresses(secret: &str) -> Vec<Attempt> {
    let far = format!("http://{NEIGHBOUR}:11434");
    let alike = "http://127.0.0.1.evil.test:8000".to_owned();
    vec![
        row(
            "a runtime's address on another machine",
            &run("vault", secret, &[]),
            [asks("ollama"), ("OLLAMA_BASE_URL", far)],
            &[0],
        ),
        row(
            "a runtime's address that only looks like loopback",
            &run("vault", secret, &[]),
            [asks("vllm"), ("VLLM_BASE_URL", alike)],
            &[0, 2],
        ),
    ]
}

/// Servers on loopback.
fn servers(secret: &str, baits: &Baits) -> Vec<Attempt> {
    let ask = |what, bait: &Bait, expected| {
        let env = [asks("llamacpp"), ("LLAMACPP_BASE_URL", bait.base_url())];
        client(row(
            what,
            &run("vault", secret, &["--model", "bait"]),
            env,
            expected,
        ))
    };
    let forwarded = run("vault", secret, &["--model", "innocent:latest"]);
    vec![
        client(row(
            "a runtime on loopback that forwards to a cloud",
            &forwarded,
            [asks("ollama"), ("OLLAMA_BASE_URL", baits.cloud.base_url())],
            &[3],
        )),
        ask(
            "a runtime on loopback that redirects",
            &baits.redirecting,
            &[4],
        ),
        ask(
            "a runtime on loopback that dies in mid answer",
            &baits.dying,
            &[4],
        ),
        ask(
            "a runtime on loopback, and a proxy in the environment",
            &baits.honest,
            &[0],
        ),
    ]
}

/// Programs that try whatever a program can, against the kernel alone.
fn closed(secret: &str) -> Vec<Attempt> {
    vec![
        leak(
            "a process sealed as a sensitive run is",
            secret,
            "in-process",
            &[1],
        ),
        leak("a program started by a tool", secret, "tool", &[1]),
    ]
}

fn run<'a>(agent: &'a str, secret: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["run", agent, "--inputs", secret], more].concat()
}

fn asks(runtimes: &str) -> (&'static str, String) {
    ("ALDO_LOCAL_DISCOVERY", runtimes.to_owned())
}

fn row<const N: usize>(
    what: &'static str,
    args: &[&str],
    env: [(&'static str, String); N],
    expected: &'static [i32],
) -> Attempt {
    Attempt {
        what,
        args: args.iter().map(|&word| word.to_owned()).collect(),
        env: env.into(),
        expected,
        needs_client: false,
        says: None,
    }
}

/// A row that a build without a network client cannot try.
fn client(attempt: Attempt) -> Attempt {
    Attempt {
        needs_client: true,
        ..attempt
    }
}

fn leak(what: &'static str, secret: &str, seal: &str, expected: &'static [i32]) -> Attempt {
    let refused = (seal != "none").then_some("Operation not permitted");
    Attempt {
        says: refused,
        ..row(
            what,
            &["prove", "leak", "--json", "--text", secret, "--seal", seal],
            [],
            expected,
        )
    }
}

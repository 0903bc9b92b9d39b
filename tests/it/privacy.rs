//! What must not lie around after a run, and what the source itself must not hold.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::TestEnv;

const SECRET: &str = "canary8123prompt";

#[test]
fn e12_a_prompt_lies_in_the_store_and_nowhere_else() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "confidant", "--inputs", "-"])
        .stdin(SECRET)
        .env("TMPDIR", env.home())
        .run()
        .exits(0);
    assert!(!ran.stderr.contains(SECRET), "{ran}");
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes())
    };
    let root = env.aldo_home().parent().unwrap().to_owned();
    let holding: Vec<_> = files_below(&root).into_iter().filter(holds).collect();
    assert!(!holding.is_empty(), "control: the store has the prompt");
    for path in holding {
        assert!(path.starts_with(env.aldo_home()), "{}", path.display());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", path.display());
    }
}

#[test]
fn e12_a_prompt_from_stdin_stands_in_no_command_line() {
    let env = TestEnv::new();
    let mut child = env
        .std(&[
            "run",
            "confidant",
            "--inputs",
            "-",
            "--threads",
            "1",
            "--max-tokens",
            "200",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, SECRET.as_bytes()).unwrap();
    drop(stdin);
    let mut looked = 0;
    while child.try_wait().unwrap().is_none() {
        for process in fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
            for file in ["cmdline", "environ"] {
                let bytes = fs::read(process.path().join(file)).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains(SECRET), "{}", process.path().display());
            }
        }
        looked += 1;
    }
    assert!(looked > 0);
    child.wait().unwrap();
}

/// The third lock: the lint is switched off only where connections are meant to be opened, and in
/// tests that are about connections.
#[test]
fn e11_sockets_are_opened_in_their_own_files_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = fs::read_to_string(root.join("clippy.toml")).unwrap();
    for opener in [
        "std::net::TcpStream::connect",
        "std::net::UdpSocket::bind",
        "std::net::ToSocketAddrs::to_socket_addrs",
        "tokio::net::TcpStream::connect",
        "tokio::net::UdpSocket::bind",
        "tokio::net::lookup_host",
        "reqwest::Client::builder",
        "reqwest::Client::new",
        "reqwest::get",
    ] {
        assert!(config.contains(&format!("\"{opener}\"")), "{opener}");
    }
    let openers = ["backends/src/net/", "backends/src/proof/", "models/src/hub"];
    let sources =
        ["src", "backends/src", "models/src"].map(|folder| files_below(&root.join(folder)));
    for path in sources.concat() {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        let is_opener = openers.iter().any(|opener| name.starts_with(opener));
        let program = text.split("#[cfg(test)]").next().unwrap();
        let is_test = name.contains("tests");
        let allows = program.contains("clippy::disallowed_methods");
        assert!(
            !allows || is_opener || is_test,
            "{name} switches the lint off"
        );
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let below = entries.map(|path| {
        if path.is_dir() {
            files_below(&path)
        } else {
            vec![path]
        }
    });
    below.flatten().collect()
}

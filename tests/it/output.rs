//! Where the output goes when nobody reads it, or nobody can.

use std::fs::OpenOptions;
use std::io::Read;
use std::process::Stdio;

use super::TestEnv;

#[test]
fn h06_a_closed_pipe_is_quiet() {
    let env = TestEnv::new();
    let mut child = env
        .std(&["run", "hello"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(
        !stderr.contains("error") && !stderr.contains("panicked"),
        "{stderr}"
    );
    let runs = env.aldo(["runs", "ls", "--json"]).run().exits(0);
    assert!(runs.stdout.contains("canceled"), "{runs}");
}

#[test]
fn h06_lists_into_a_closed_pipe_are_quiet() {
    let env = TestEnv::new();
    for args in [
        &["agents", "ls"][..],
        &["models", "ls", "--json"],
        &["completions", "bash"],
    ] {
        let mut child = env
            .std(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn h06_closed_standard_streams_are_no_crash() {
    let env = TestEnv::new();
    let command = format!("exec {} run hello >&- 2>&- <&-", env!("CARGO_BIN_EXE_aldo"));
    let mut shell = std::process::Command::new("sh");
    let status = shell
        .args(["-c", &command])
        .current_dir(env.project())
        .env_clear()
        .env("HOME", env.home())
        .env("ALDO_HOME", env.aldo_home())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn h02_a_full_disk_under_the_output_is_an_error() {
    let env = TestEnv::new();
    let full = OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        return eprintln!("skipped: there is no /dev/full here");
    };
    let output = env
        .std(&["agents", "ls"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("cannot write to standard output: No space left"),
        "{stderr}"
    );
}

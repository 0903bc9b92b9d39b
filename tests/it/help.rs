//! Help, version, completions, and what is typed wrongly.

use insta::assert_snapshot;

use super::TestEnv;

#[test]
fn version_is_one_line() {
    let env = TestEnv::new();
    let ran = env.aldo(["--version"]).run().exits(0);
    assert_eq!(
        ran.stdout,
        concat!("aldo ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn help_lists_the_commands() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["-h"]).run(), @"");
}

#[test]
fn every_command_has_help_that_teaches() {
    let env = TestEnv::new();
    let commands = [
        "run",
        "models",
        "models ls",
        "models inspect",
        "models verify",
        "models rm",
        "agents",
        "agents ls",
        "agents show",
        "agents validate",
        "agents check",
        "runs",
        "runs ls",
        "runs show",
        "doctor",
        "completions",
    ];
    for command in commands {
        let mut args: Vec<_> = command.split(' ').collect();
        args.push("--help");
        let output = env.std(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}");
        let text = String::from_utf8(output.stdout).unwrap();
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.len() > 10 && !first.starts_with("Usage"),
            "{command}: {first}"
        );
        assert!(
            text.contains(&format!("Usage: aldo {command}")),
            "{command}"
        );
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{command}"
        );
    }
}

#[test]
fn an_unknown_command_is_wrong_usage() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["rnu"]).run(), @"");
}

#[test]
fn wrong_usage_is_a_document_with_json() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["run", "hello", "--rout", "x", "--json"]).run(), @"");
    assert_snapshot!(env.aldo(["run", "hello", "--route", "elsewhere", "--json"]).run(), @"");
}

#[test]
fn completions_are_a_script_for_each_shell() {
    let env = TestEnv::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = env.aldo(["completions", shell]).run().exits(0);
        assert!(
            ran.stdout.contains("aldo") && ran.stderr.is_empty(),
            "{shell}"
        );
    }
}

#[test]
fn j02_help_shows_no_token() {
    let env = TestEnv::new();
    for args in [["run", "--help"], ["doctor", "--help"]] {
        let ran = env
            .aldo(args)
            .env("ALDO_API_TOKEN", "canary-6161")
            .run()
            .exits(0);
        assert!(!ran.to_string().contains("canary-6161"));
    }
}

//! Help, version, completions, and what is typed wrongly.

use insta::assert_snapshot;

use super::TestEnv;

/// Every command that can be typed.
pub(crate) const COMMANDS: [&str; 27] = [
    "run",
    "models",
    "models ls",
    "models discover",
    "models pull",
    "models inspect",
    "models fit",
    "models verify",
    "models export",
    "models import",
    "models rm",
    "agents",
    "agents ls",
    "agents show",
    "agents validate",
    "agents check",
    "bench",
    "eval",
    "eval run",
    "eval sweep",
    "runs",
    "runs ls",
    "runs show",
    "doctor",
    "prove",
    "prove offline",
    "completions",
];

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
    assert_snapshot!(env.aldo(["-h"]).run(), @r#"
        exit 0
        --- stdout
        Runs language-model agents on your own machine, with the model inside the process

        Usage: aldo [OPTIONS] [COMMAND]

        Commands:
          run          Run an agent
          models       Pull, list, discover, inspect, verify, bundle and remove models
          agents       List, show, validate and check agents
          bench        Say how good and how fast models are
          eval         Judge the answers of an agent, or of several models
          runs         List and show past runs
          doctor       Say what works on this machine, what does not, and why
          prove        Show on this machine that what aldo promises holds
          completions  Print a script that completes commands in a shell
          help         Print this message or the help of the given subcommand(s)

        Options:
              --json          Print one JSON document on stdout, and nothing else there
          -q, --quiet         Say nothing on stderr but errors
          -v, --verbose...    Say more on stderr; twice for the program's own log
              --color <WHEN>  Use colour; `NO_COLOR` and `CLICOLOR_FORCE` are respected
          -h, --help          Print help
          -V, --version       Print version
        "#);
}

#[test]
fn every_command_has_help_that_teaches() {
    let env = TestEnv::new();
    for command in COMMANDS {
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
    assert_snapshot!(env.aldo(["rnu"]).run(), @r#"
        exit 2
        --- stderr
        error: unrecognized subcommand 'rnu'

          tip: a similar subcommand exists: 'runs'

        Usage: aldo [OPTIONS] [COMMAND]

        For more information, try '--help'.
        "#);
}

#[test]
fn wrong_usage_is_a_document_with_json() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["run", "hello", "--rout", "x", "--json"]).run(), @r#"
        exit 2
        --- stdout
        {
          "ok": false,
          "error": {
            "code": "usage",
            "message": "unexpected argument '--rout' found",
            "hints": [
              "a similar argument exists: '--route'"
            ]
          }
        }
        "#);
    assert_snapshot!(env.aldo(["run", "hello", "--route", "elsewhere", "--json"]).run(), @r#"
        exit 2
        --- stdout
        {
          "ok": false,
          "error": {
            "code": "usage",
            "message": "invalid value 'elsewhere' for '--route <WHERE>': expected `auto`, `local` or `hosted`",
            "hints": []
          }
        }
        "#);
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

//! `docs/reference/commands.md` is what `--help` says; run with `ALDO_WRITE_REFERENCE=1` to write it.

use std::fmt::Write as _;

use super::TestEnv;
use super::help::COMMANDS;

#[test]
fn the_reference_of_the_commands_is_their_help() {
    let env = TestEnv::new();
    let mut text =
        String::from("# Commands\n\n<!-- Written by the program; see tests/it/reference.rs. -->\n");
    for command in [""].iter().chain(&COMMANDS) {
        let args: Vec<_> = command.split_whitespace().chain(["--help"]).collect();
        let help = String::from_utf8(env.std(&args).output().unwrap().stdout).unwrap();
        let name = format!("aldo {command}");
        let _ = write!(
            text,
            "\n## `{}`\n\n```\n{}\n```\n",
            name.trim(),
            help.trim_end()
        );
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/commands.md");
    if std::env::var_os("ALDO_WRITE_REFERENCE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap();
    assert!(found == text, "run this test with ALDO_WRITE_REFERENCE=1");
}

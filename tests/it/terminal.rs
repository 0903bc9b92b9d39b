//! Colour, and what a hostile model may not do to a terminal.

use std::process::{Command, Stdio};

use super::TestEnv;

const ESCAPE: char = '\u{1b}';

#[test]
fn colour_follows_the_variables_everybody_knows() {
    let env = TestEnv::new();
    let coloured = |name: &str, value: &str, args: [&str; 2]| {
        let ran = env
            .aldo(args)
            .env("CLICOLOR_FORCE", "1")
            .env(name, value)
            .run();
        ran.stdout.contains(ESCAPE)
    };
    assert!(coloured("TERM", "xterm", ["agents", "ls"]));
    assert!(!coloured("NO_COLOR", "1", ["agents", "ls"]));
    let plain = env
        .aldo(["agents", "ls"])
        .env("TERM", "xterm")
        .run()
        .exits(0);
    assert!(!plain.stdout.contains(ESCAPE), "{plain}");
}

#[test]
fn colour_on_a_terminal_is_not_for_dumb_ones() {
    let env = TestEnv::new();
    let Some(smart) = on_a_terminal(&env, "agents ls", "xterm-256color") else {
        return;
    };
    assert!(smart.contains(ESCAPE), "{smart}");
    let dumb = on_a_terminal(&env, "agents ls", "dumb").unwrap();
    assert!(!dumb.contains(ESCAPE), "{dumb}");
}

#[test]
fn the_flag_beats_the_variables() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["agents", "ls", "--color", "always"])
        .env("NO_COLOR", "1")
        .run();
    assert!(ran.stdout.contains(ESCAPE), "{ran}");
    let ran = env
        .aldo(["agents", "ls", "--color", "never"])
        .env("CLICOLOR_FORCE", "1")
        .run();
    assert!(!ran.stdout.contains(ESCAPE), "{ran}");
}

/// Runs `aldo` with both streams on a terminal that `script` makes; nothing where there is no `script`.
pub(crate) fn on_a_terminal(env: &TestEnv, args: &str, term: &str) -> Option<String> {
    let command = format!("{} {args}", env!("CARGO_BIN_EXE_aldo"));
    let output = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(env.project())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", env.home())
        .env("ALDO_HOME", env.aldo_home())
        .env("TERM", term)
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            eprintln!("skipped: `script` cannot be run: {error}");
            None
        }
    }
}

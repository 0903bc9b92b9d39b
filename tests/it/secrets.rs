//! Family J, row 1: canaries wherever a secret can be, and after a run that has met them all, a look
//! at everything that is left.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::TestEnv;
use super::llama::{calls, llama, results, says};

/// In the environment, under a name that says so.
const OF_ENVIRONMENT: &str = "canary-environment-6161";
/// In the user's file.
const OF_CONFIGURATION: &str = "canary-configuration-6161";
/// In an address, before the `@`.
const OF_ADDRESS: &str = "canary-address-6161";
/// In a file that a tool reads, in the form of a key.
const OF_FILE: &str = "ghp_canaryFile6161canaryFile6161";
/// In the output of a program, in another form.
const OF_OUTPUT: &str = "sk-canary-output-6161-canary-output";

const AGENT: &str = "apiVersion: aldo-ai/agent.v1
name: careless
privacy_tier: internal
model_policy:
  capability_class: local-reasoning
  capability_requirements: [tool-use]
prompt: You read what is there.
tools:
  native: [shell.exec]
  permissions: {network: none, filesystem: read-write}
  approvals: {shell.exec: never}
  guards: {shell: {allow: [sh]}}
";

/// Every file below `folder` that holds one of the canaries.
fn betrayers(folder: &Path, canaries: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(betrayers(&path, canaries));
        } else if let Ok(content) = fs::read(&path) {
            let content = String::from_utf8_lossy(&content).into_owned();
            let held = canaries.iter().filter(|canary| content.contains(**canary));
            found.extend(held.map(|canary| format!("{canary} in {}", path.display())));
        }
    }
    found
}

#[test]
fn j01_no_canary_is_left_anywhere() {
    let env = TestEnv::new();
    env.write(&env.project().join("careless.yaml"), AGENT);
    let work = env.project().join("work");
    env.write(&work.join("secret.txt"), format!("token: {OF_FILE}\n"));
    env.write(
        &env.home().join(".config/aldo/config.toml"),
        format!("api_token = \"{OF_CONFIGURATION}\"\napi_url = \"https://127.0.0.1:9\"\n"),
    );
    let script = format!(
        "cat secret.txt; echo {OF_OUTPUT}; env; cat /proc/$PPID/environ; echo http://me:{OF_ADDRESS}@host/"
    );
    let server = llama(move |request| match results(request) {
        0 => calls(request, &[json!({"program": "sh", "args": ["-c", script]})]),
        _ => says(&format!("the key is {OF_FILE}")),
    });
    let ran = env
        .aldo([
            "run",
            "./careless.yaml",
            "--inputs",
            "look",
            "-v",
            "-v",
            "--json",
        ])
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", server.base_url())
        .env(
            "VLLM_BASE_URL",
            format!("http://me:{OF_ADDRESS}@127.0.0.1:9"),
        )
        .env("ALDO_SHELL_ENABLED", "1")
        .env("ALDO_SHELL_ROOT", &work)
        .env("AWS_SECRET_ACCESS_KEY", OF_ENVIRONMENT)
        .env("PATH", "/usr/bin:/bin")
        .run();
    // An address with a secret in it is refused as such; the run then never begins.
    if ran.code == Some(2) {
        assert!(!ran.to_string().contains(OF_ADDRESS), "{ran}");
        return without_the_address(&env, &server.base_url(), &work);
    }
    nothing_is_left(&env, &ran, &work);
}

fn without_the_address(env: &TestEnv, server: &str, work: &Path) {
    let ran = env
        .aldo([
            "run",
            "./careless.yaml",
            "--inputs",
            "look",
            "-v",
            "-v",
            "--json",
        ])
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", server)
        .env("ALDO_SHELL_ENABLED", "1")
        .env("ALDO_SHELL_ROOT", work)
        .env("AWS_SECRET_ACCESS_KEY", OF_ENVIRONMENT)
        .env("PATH", "/usr/bin:/bin")
        .run()
        .exits(0);
    nothing_is_left(env, &ran, work);
}

#[track_caller]
fn nothing_is_left(env: &TestEnv, ran: &super::env::Ran, work: &Path) {
    let kept = [
        OF_ENVIRONMENT,
        OF_CONFIGURATION,
        OF_ADDRESS,
        OF_FILE,
        OF_OUTPUT,
    ];
    let left = betrayers(&env.aldo_home(), &kept);
    assert!(left.is_empty(), "{left:?}");
    for canary in [OF_ENVIRONMENT, OF_CONFIGURATION, OF_ADDRESS] {
        assert!(!ran.to_string().contains(canary), "{canary}: {ran}");
    }
    for canary in kept {
        assert!(!ran.stderr.contains(canary), "{canary}: {}", ran.stderr);
    }
    let shown = env.aldo(["runs", "show", "last", "--json"]).run().exits(0);
    assert!(
        shown.stdout.contains("[redacted:"),
        "control: nothing was redacted: {shown}"
    );
    assert!(
        kept.iter()
            .all(|canary| !shown.to_string().contains(canary)),
        "{shown}"
    );
    assert_eq!(
        fs::read_dir(work).unwrap().count(),
        1,
        "a core file, or another one"
    );
}

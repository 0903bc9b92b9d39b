//! The kernel's seal on a run: what it closes, and that it is never left out in silence.

use std::path::Path;
use std::process::Command;

use super::TestEnv;

const RUN: [&str; 4] = ["run", "confidant", "--inputs", "Who are you?"];

/// Says why a test cannot run here; where the rig is required that is a failure.
fn missing(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        let required = std::env::var_os("ALDO_RIG_REQUIRED").is_some();
        assert!(!required, "`{program}` is needed");
        eprintln!("skipped: no `{program}`");
    }
    !found
}

/// Runs aldo under `strace` and gives its exit code, its stdout and the log.
fn traced(env: &TestEnv, strace: &[&str], args: &[&str]) -> (Option<i32>, String, String) {
    let log = env.home().join("strace.log");
    let aldo = env.std(args);
    let mut command = Command::new("strace");
    command.arg("-f").arg("-o").arg(&log).args(strace).arg("--");
    command.arg(aldo.get_program()).args(aldo.get_args());
    command.current_dir(env.project()).env_clear();
    command.envs(
        aldo.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    (
        output.status.code(),
        text(output.stdout) + &text(output.stderr),
        log,
    )
}

#[test]
fn e08_a_sensitive_run_in_process_has_no_internet_socket() {
    if missing("strace") {
        return;
    }
    let env = TestEnv::new();
    let (code, said, log) = traced(&env, &["-e", "trace=network,seccomp,prctl"], &RUN);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        log.contains("SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC"),
        "{log}"
    );
    // What the seal tries to see that it holds is the only attempt, and it is refused.
    let opened = log.lines().filter(|line| line.contains("AF_INET"));
    for line in opened {
        assert!(line.contains("EPERM"), "{line}");
    }
}

#[test]
fn e10_a_kernel_that_refuses_the_seal_ends_the_run() {
    if missing("strace") {
        return;
    }
    for refusal in ["inject=seccomp:error=EINVAL", "inject=seccomp:error=ENOSYS"] {
        let env = TestEnv::new();
        let args = [&RUN[..], &["--json"]].concat();
        let strace = ["-e", "trace=seccomp", "-e", refusal];
        let (code, said, _) = traced(&env, &strace, &args);
        assert_eq!(code, Some(3), "{said}");
        let document: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(document["error"]["code"], "seal_unavailable", "{said}");
        assert!(
            document["error"]["hints"].to_string().contains("--no-seal"),
            "{said}"
        );
        let shown = env.aldo(["runs", "show", "last", "--json"]).run().exits(0);
        assert_eq!(shown.json()["run"]["status"], "failed", "{shown}");
        assert!(
            !shown.stdout.contains("\"assistant\""),
            "a model answered: {shown}"
        );
    }
}

/// A seal that the kernel takes and does not keep counts as none.
#[test]
fn e10_a_seal_that_does_not_hold_ends_the_run() {
    if missing("strace") {
        return;
    }
    let env = TestEnv::new();
    let strace = ["-e", "trace=seccomp", "-e", "inject=seccomp:retval=0"];
    let (code, said, _) = traced(&env, &strace, &RUN);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("still opens"), "{said}");
}

#[test]
fn e10_a_run_without_the_seal_says_so_and_writes_it_down() {
    let env = TestEnv::new();
    let args = ["run", "confidant", "--inputs", "x", "--no-seal", "--json"];
    let ran = env.aldo(args).run().exits(0);
    assert_eq!(ran.json()["seal"]["state"], "off", "{ran}");
    assert!(ran.stderr.contains("--no-seal"), "{ran}");
    let shown = env.aldo(["runs", "show", "last", "--json"]).run().exits(0);
    assert_eq!(sealed(&shown.json())["state"], "off", "{shown}");
}

#[test]
fn a_sealed_run_is_written_down_as_one() {
    let env = TestEnv::new();
    let args = ["run", "confidant", "--inputs", "x", "--json"];
    let ran = env.aldo(args).run().exits(0);
    assert_eq!(ran.json()["seal"]["state"], "in_process", "{ran}");
    let shown = env.aldo(["runs", "show", "last", "--json"]).run().exits(0);
    assert_eq!(sealed(&shown.json())["state"], "in_process", "{shown}");
    let ran = env.aldo(["run", "hello", "--json"]).run().exits(0);
    assert_eq!(ran.json().get("seal"), None, "{ran}");
}

/// The run's own record of its seal, which stands after the decision.
fn sealed(run: &serde_json::Value) -> serde_json::Value {
    let events = run["events"].as_array().unwrap();
    let at = |kind: &str| events.iter().position(|event| event["kind"] == kind);
    let seal = at("seal").unwrap();
    assert!(at("decision").unwrap() < seal);
    events[seal]["body"].clone()
}

/// A run that starts over with another number of threads seals after that, not before.
#[test]
fn a_sealed_run_may_choose_its_threads() {
    let env = TestEnv::new();
    let args = [
        "run",
        "confidant",
        "--inputs",
        "x",
        "--threads",
        "2",
        "--json",
    ];
    let ran = env.aldo(args).run().exits(0);
    assert_eq!(ran.json()["seal"]["state"], "in_process", "{ran}");
}

/// A checkpoint anywhere on the disk is still read once the run is sealed, behind a link as well.
#[test]
fn a_sealed_run_reads_its_checkpoint_wherever_it_is() {
    let env = TestEnv::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("real.gguf");
    std::fs::copy(env.store_tiny("tiny.gguf"), &real).unwrap();
    let link = env.project().join("link.gguf");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    for path in [real.as_path(), link.as_path()] {
        let path = path.to_str().unwrap();
        let ran = env
            .aldo([
                "run",
                "confidant",
                "--model",
                path,
                "--inputs",
                "x",
                "--json",
            ])
            .run();
        assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
        assert_eq!(ran.json()["seal"]["state"], "in_process", "{ran}");
    }
}

#[test]
fn r14_aldo_leaves_no_core_files() {
    let limits = |command: &mut Command| {
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let path = format!("/proc/{}/limits", child.id());
        let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
        let line = loop {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let line = text
                .lines()
                .find(|line| line.starts_with("Max core file size"));
            let line = line.unwrap_or_default().to_owned();
            if line.split_whitespace().nth(5) == Some("0") || std::time::Instant::now() > end {
                break line;
            }
            std::thread::yield_now();
        };
        let _ = child.kill();
        let _ = child.wait();
        line
    };
    if !Path::new("/proc/self/limits").exists() {
        return eprintln!("skipped: no /proc");
    }
    let env = TestEnv::new();
    // `--inputs -` waits for its input, so the process is there to be looked at.
    let mut command = env.std(&["run", "hello", "--inputs", "-"]);
    command.stdin(std::process::Stdio::piped());
    let line = limits(&mut command);
    assert_eq!(line.split_whitespace().nth(5), Some("0"), "{line}");
}
